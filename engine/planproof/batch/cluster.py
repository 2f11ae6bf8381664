"""The parts of a run done by the workers of a Spark cluster.

A part is one task. It does what a local process does, by the same code, and commits its pieces in the same way: a task
that is done again writes the same bytes, and whichever comes last is whole. So it does not matter which worker does a
part, how often, or whether it is killed. A worker is sent the texts of the rule book and the plans; inputs and pieces it
must reach by the same paths.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from planproof.batch.jobs import Part
from planproof.batch.worker import Desk, Worker
from planproof.diagnostics import Diagnostic, clip

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

_WAVE = 4  # tasks for each core between two tellings of how far a run is
_SETTINGS = {"spark.executorEnv.POLARS_MAX_THREADS": "1", "spark.ui.showConsoleProgress": "false"}
_HERE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}

# ------------------------------------------------------------------ a session


class SparkTrouble(Exception):
    """Spark is not there, or failed; it says what is wrong."""

    def __init__(self, message: str, help_: str | None = None) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic("spark", message, help=help_)


def session(master: str) -> SparkSession:
    """A session on a cluster, whose workers take one core each; one on this machine listens to nobody else.

    Raises `SparkTrouble`.
    """
    if find_spec("pyspark") is None:
        raise SparkTrouble("Spark is not installed", "pip install 'planproof[spark]'")
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise SparkTrouble("Spark needs Java, and there is none", "on Debian or Ubuntu: apt-get install openjdk-17-jre-headless")
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("planproof").master(master)
    for name, value in (_SETTINGS | (_HERE if master.startswith("local") else {})).items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        raise SparkTrouble(f"Spark does not start at `{clip(master)}`: {_cause(error)}") from error
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _cause(error: Exception) -> str:
    """What Spark says of a failure; of one in Java, what that says."""
    told = str(getattr(error, "java_exception", error)).strip()
    return clip(told.partition("\n")[0], 300)


# ------------------------------------------------------------------ the parts of a run


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a worker is sent: the desk, the folder that names of files are relative to, and the parts."""

    desk: Desk
    home: Path
    parts: tuple[Part, ...]


def in_spark(master: str, desk: Desk, parts: Sequence[Part]) -> Iterator[int]:
    """Do the parts on a cluster; gives back the rows of each, wave by wave. Raises `SparkTrouble`."""
    if not parts:
        return
    spark = session(master)
    try:
        size = _WAVE * spark.sparkContext.defaultParallelism
        desk = replace(desk, job=replace(desk.job, parts=()))  # a worker is sent the parts of its wave alone
        for first in range(0, len(parts), size):
            yield from _wave(spark, _Sent(desk, Path.cwd(), tuple(parts[first : first + size])))
    finally:
        spark.stop()


def _wave(spark: SparkSession, sent: _Sent) -> list[int]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    numbers = spark.range(0, len(sent.parts), 1, len(sent.parts))
    try:
        return [row.rows for row in numbers.mapInArrow(partial(_done, sent), "rows long").collect()]
    except (PySparkException, Py4JError) as error:
        raise SparkTrouble(f"Spark gave up: {_cause(error)}", "what is done is kept: run again to go on") from error


def _done(sent: _Sent, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The parts whose places among those sent come in, each done, as the rows of each."""
    import pyarrow as pa

    os.chdir(sent.home)
    worker = _worker(sent.desk)
    for batch in batches:
        rows = [worker.do(sent.parts[place]) for place in batch.column(0).to_pylist()]
        yield pa.RecordBatch.from_pydict({"rows": pa.array(rows, pa.int64())})


_workers: list[Worker] = []


def _worker(desk: Desk) -> Worker:
    """The worker of this process, which Spark uses for one task after the other; another job has another."""
    if not _workers or (_workers[0].desk.job, _workers[0].desk.folder) != (desk.job, desk.folder):
        _workers[:] = [Worker(desk)]
    return _workers[0]
