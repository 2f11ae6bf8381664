"""The small rule book as an expert writes it by hand: in plain Python, in NumPy and in Polars."""
