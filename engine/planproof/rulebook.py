"""Rule books: loaded from a folder, compiled, and remembered by content."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from planproof import __version__, codec
from planproof.core import ASKED_DATE, ASKED_YEAR, Column, Core, Definition, Fact, ListFact, Parameter
from planproof.diagnostics import Diagnostic, has_errors, ordered
from planproof.known import known_on
from planproof.resources import grammar_text, rules_folder
from planproof.source import Source
from planproof.types import Kind


@dataclass(frozen=True)
class Rulebook:
    """A compiled rule book with the texts it came from and the hash of those texts; `known`: as it was known on a day."""

    core: Core
    sources: tuple[Source, ...]
    hash: str
    known: date | None = None

    def known_on(self, day: date | None) -> Rulebook:
        """The rule book as far as its law was known on a day; as it is, if no day is said."""
        return self if day is None else Rulebook(known_on(self.core, day), self.sources, self.hash, day)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Definitions by name."""
        return {definition.name: definition for definition in self.core.definitions}

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """Facts by name."""
        return {fact.name: fact for fact in self.core.facts}

    @cached_property
    def lists(self) -> dict[str, ListFact]:
        """Lists by name."""
        return {listed.name: listed for listed in self.core.lists}

    @cached_property
    def columns(self) -> dict[str, tuple[ListFact, Column]]:
        """Columns by name, each with its list."""
        return {column.name: (listed, column) for listed in self.core.lists for column in listed.columns}

    def stated(self, name: str) -> Fact | ListFact | None:
        """The fact of that name, or the list of that name or with a column of that name."""
        column = self.columns.get(name)
        return self.facts.get(name) or self.lists.get(name) or (column[0] if column else None)

    def label(self, name: str) -> str:
        """What people call a name of the rule book."""
        found = self.facts.get(name) or self.parameters.get(name) or self.definitions.get(name) or self.lists.get(name)
        return (found.label if found else "") or name

    def kind(self, name: str) -> Kind:
        """The kind of a name's value; a name that has none raises KeyError."""
        found = self.facts.get(name) or self.parameters.get(name) or self.definitions.get(name)
        if found:
            return found.type.kind
        return self.columns[name][1].type.kind if name in self.columns else _ASKED[name]

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Parameters by name."""
        return {parameter.name: parameter for parameter in self.core.parameters}


_ASKED = {ASKED_YEAR: Kind.YEAR, ASKED_DATE: Kind.DATE}


def read_rules(folder: Path) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """The rule files below a folder, by name; a file that is no UTF-8 text is a diagnostic."""
    sources: list[Source] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted(folder.rglob("*.rules")):
        name = f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"
        try:
            sources.append(Source(name, path.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            diagnostics.append(Diagnostic("unreadable", f"cannot read `{name}`: {_cause(error)}"))
    if not sources and not diagnostics:
        diagnostics.append(Diagnostic("no-rules", f"no rule files (*.rules) in `{folder}`"))
    return tuple(sources), tuple(diagnostics)


def _cause(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8 text"
    return (error.strerror or "unreadable").lower()


def compile_rules(sources: Iterable[Source]) -> tuple[Core | None, tuple[Diagnostic, ...]]:
    """All passes over all sources; every diagnostic of a pass, and no core if there is an error."""
    from planproof.figures import figures
    from planproof.lower import lower
    from planproof.order import order
    from planproof.parse import parse
    from planproof.resolve import resolve

    chapters = []
    diagnostics: list[Diagnostic] = []
    for source in sources:
        chapter, found = parse(source)
        chapters.append(chapter)
        diagnostics += found
    scope, found = resolve(chapters)
    diagnostics += found
    core, found, uncited = lower(scope)
    diagnostics += found
    if not has_errors(diagnostics):
        diagnostics += (*order(core), *uncited, *figures(chapters))
    return (None if has_errors(diagnostics) else core), ordered(diagnostics)


def load_rulebook(folder: Path | None = None, *, fresh: bool = False) -> tuple[Rulebook | None, tuple[Source, ...], tuple[Diagnostic, ...]]:
    """The rule book of a folder (the one that comes with the package if none), its sources, and what is wrong.

    A book compiled before is taken from the cache, whose key is the content of rules, grammar and compiler, unless
    `fresh` asks for all diagnostics.
    """
    sources, diagnostics = read_rules(folder or rules_folder())
    if diagnostics:
        return None, sources, diagnostics
    book, diagnostics = rulebook_of(sources, fresh=fresh)
    return book, sources, diagnostics


def rulebook_of(sources: tuple[Source, ...], *, fresh: bool = False) -> tuple[Rulebook | None, tuple[Diagnostic, ...]]:
    """The rule book of some texts, and what is wrong with them; taken from the cache as `load_rulebook` does."""
    digest = hash_of(sources)
    cached = None if fresh else _cached(digest)
    if cached is not None:
        return Rulebook(cached, sources, digest), ()
    core, diagnostics = compile_rules(sources)
    if core is None:
        return None, diagnostics
    _keep(digest, core)
    return Rulebook(core, sources, digest), diagnostics


def hash_of(sources: Iterable[Source]) -> str:
    """The hash of a set of texts with their names."""
    total = sha256()
    for source in sorted(sources, key=lambda s: s.path):
        total.update(_digest(source.path) + _digest(source.text))
    return total.hexdigest()


def hash_text(text: str) -> str:
    """The hash of one text."""
    return _digest(text).hex()


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


# ------------------------------------------------------------------ the cache


def _cache_file(digest: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    key = sha256(f"{__version__} {digest} {grammar_text()}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        key.update(path.read_bytes())
    return Path(base).expanduser() / "planproof" / f"{key.hexdigest()[:32]}.json"


def _cached(digest: str) -> Core | None:
    """The compiled book, if it is there whole; anything odd about the file counts as not there."""
    try:
        checksum, _, body = _cache_file(digest).read_text(encoding="utf-8").partition("\n")
        if sha256(body.encode()).hexdigest() != checksum:
            return None
        return codec.loads(body)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _keep(digest: str, core: Core) -> None:
    """Write the compiled book aside and move it into place; a cache that cannot be written is no error."""
    try:
        path = _cache_file(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        body = codec.dumps(core)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent) as file:
            file.write(f"{sha256(body.encode()).hexdigest()}\n{body}")
            file.flush()
            os.link(file.name, path)
    except (OSError, RuntimeError):
        return
