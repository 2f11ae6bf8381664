"""The processes that Spark runs for this one, and how to kill those that work."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread


def _parents() -> dict[int, int]:
    """The parent of every process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
            found[int(pid)] = int(rest.rpartition(") ")[2].split()[1])
        except OSError:
            continue
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def descendants() -> set[int]:
    """The processes that this one began, and those that they began."""
    parents, found, more = _parents(), set[int](), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more}
        found |= more
    return found


def workers() -> set[int]:
    """The processes in which Python does Spark's tasks: those that a daemon of Spark began."""
    parents = _parents()
    return {pid for pid in descendants() if "pyspark" in _command(pid) and "pyspark" in _command(parents.get(pid, 0))}


def executors() -> set[int]:
    """The machines in Java that hold such workers, where a cluster has several."""
    return {pid for pid in descendants() if "CoarseGrainedExecutorBackend" in _command(pid)}


class Killer:
    """Kills one process as soon as it is time, in a thread; `killed` is the one that it did."""

    def __init__(self, time_is_right: Callable[[], bool], which: Callable[[], set[int]]) -> None:
        self.killed: int | None = None
        self._over = False
        self._thread = Thread(target=self._run, args=(time_is_right, which))

    def _run(self, time_is_right: Callable[[], bool], which: Callable[[], set[int]]) -> None:
        while self.killed is None and not self._over:
            found = which() if time_is_right() else set[int]()
            if found:
                os.kill(min(found), signal.SIGKILL)
                self.killed = min(found)
            time.sleep(0.01)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()
