"""A Spark job: verdicts for a table of participants, as a table.

    spark-submit spark_job.py PEOPLE OUT YEAR PLAN...

PEOPLE and OUT are Parquet, wherever Spark reads and writes it; each PLAN is a plan file, where the job is started.
"""

import sys

from pyspark.sql import SparkSession

from planproof.spark import verdicts

people, out, year, *plans = sys.argv[1:]
spark = SparkSession.builder.appName("planproof").getOrCreate()
verdicts(spark.read.parquet(people), year=int(year), plans=plans).write.mode("error").parquet(out)
