"""Frames of other libraries, taken and given back through Arrow: Polars, pandas, PyArrow, DuckDB, and what else speaks it.

None of these libraries is imported here: a frame brings its own. Polars takes any object with `__arrow_c_stream__`
without a copy of its buffers, and a result goes back by the way of the library that the frame came from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from planproof.diagnostics import Diagnostic, clip


def taken(frame: object) -> tuple[pl.DataFrame | None, tuple[Diagnostic, ...]]:
    """A frame as one of Polars, or why it cannot be taken."""
    try:
        if isinstance(frame, pl.LazyFrame):
            return frame.collect(), ()
        if isinstance(frame, pl.DataFrame):
            return frame, ()
        if hasattr(frame, "__arrow_c_stream__"):
            return pl.DataFrame(frame), ()
    except Exception as error:  # whatever another library raises while it hands over its rows
        cause = clip(str(error).partition("\n")[0], 200)
        return None, (Diagnostic("frame-unreadable", f"the rows of the frame cannot be read: {cause}", help=_HELP),)
    return None, (Diagnostic("not-a-frame", f"a value of the type `{type(frame).__name__}` is no frame", help=_HELP),)


_HELP = "give a frame of Polars, pandas or PyArrow, or a relation of DuckDB; a column has values of one type"


def given(result: pl.DataFrame, like: object) -> object:
    """A result as a frame of the library that another frame is of; Polars for one that is of none known here."""
    for cls in type(like).__mro__:
        give = _GIVEN.get(f"{cls.__module__.partition('.')[0]}.{cls.__name__}")
        if give is not None:
            return give(result, like)
    return result


def _to_arrow(result: pl.DataFrame, _: object) -> object:
    return result.to_arrow(compat_level=pl.CompatLevel.oldest())


def _to_pandas(result: pl.DataFrame, _: object) -> object:
    """A frame of Arrow's own types, as the usual ones of pandas turn integers with gaps into floats."""
    return result.to_pandas(use_pyarrow_extension_array=True)


def _to_duckdb(result: pl.DataFrame, like: Any) -> object:
    """A relation of the connection that the other is of: it finds `result`, this function's own, by name."""
    return like.query("given", "from result")


_GIVEN: dict[str, Callable[[pl.DataFrame, Any], object]] = {
    "polars.LazyFrame": lambda result, _: result.lazy(),
    "pandas.DataFrame": _to_pandas,
    "pyarrow.Table": _to_arrow,
    "pyarrow.RecordBatch": _to_arrow,
    "pyarrow.RecordBatchReader": _to_arrow,
    "duckdb.DuckDBPyRelation": _to_duckdb,
    "_duckdb.DuckDBPyRelation": _to_duckdb,
}
