"""Keeps the generated parts of the documentation, and the schemas for editors, equal to what they are generated from.

Run `make schemas` (in the virtual environment, `python docs/generate.py`) to write them, and
`python docs/generate.py --check` to be told of files that are stale. A generated part stands between
`<!-- generated: NAME -->` and `<!-- end -->`; `NAME` is one of the names in `PARTS`, or `run` with the arguments of a
command, whose output then stands there.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import law_page

from planproof import cli
from planproof.core import Column, Fact, ListFact
from planproof.explain import cited
from planproof.flat import short
from planproof.functions import FUNCTIONS
from planproof.resolve import RESERVED
from planproof.rulebook import Rulebook, load_rulebook
from planproof.schema import participant_schema, plan_schema, schema_text
from planproof.types import Kind, shown
from planproof.values import Value

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
_PART = re.compile(r"(<!-- generated: ([^>\n]+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ------------------------------------------------------------------ language.md


def builtins(book: Rulebook) -> str:
    """The table of built-in functions."""
    del book
    rows = [(f"`{function.written}`", _signatures(function.name), function.meaning) for function in FUNCTIONS.values()]
    return table(("written", "takes and gives", "meaning"), rows)


def _signatures(name: str) -> str:
    """What a built-in takes and gives; two kinds that may stand in either order are told once."""
    alike: dict[str, list[str]] = {}
    mixed: dict[str, list[str]] = {}
    signatures = FUNCTIONS[name].signatures
    taken = {signature.parameters for signature in signatures}
    for signature in signatures:
        kinds = [kind.value for kind in signature.parameters]
        fraction = " (a fraction)" if signature.fraction else ""
        if len(set(kinds)) == 1:
            result = "the same" if signature.result is signature.parameters[0] else signature.result.value
            alike.setdefault(result + fraction, []).append(kinds[0])
        elif kinds == sorted(kinds) or signature.parameters[::-1] not in taken:
            mixed.setdefault(signature.result.value + fraction, []).append(" and ".join(kinds))
    lead = "two of " if len(signatures[0].parameters) > 1 else ""
    parts = [f"{lead}{_either(kinds)}: {result}" for result, kinds in alike.items()]
    return "; ".join([*parts, *(f"{_either(pairs)}: {result}" for result, pairs in mixed.items())])


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def reserved(book: Rulebook) -> str:
    """The words that cannot be names."""
    del book
    return ", ".join(f"`{word}`" for word in sorted(RESERVED)) + ".\n"


# ------------------------------------------------------------------ plan-files.md


def plan_facts(book: Rulebook) -> str:
    """Every fact and list of a plan file."""
    return _facts(book, "plan")


def participant_facts(book: Rulebook) -> str:
    """Every fact and list of a participant file."""
    return _facts(book, "participant")


def _facts(book: Rulebook, root: str) -> str:
    told = [(fact.span, fact.name, _fact(fact)) for fact in book.core.facts]
    told += [(listed.span, listed.name, _list(listed)) for listed in book.core.lists]
    told.sort(key=lambda item: (item[0].path, item[0].start))
    return "".join(text for _, name, text in told if name.startswith(f"{root}."))


def _fact(fact: Fact) -> str:
    kind = str(fact.type) + (f", by `{fact.key}`" if fact.key else "")
    parts = [f"- `{fact.name}` ({kind}{_range(fact.low, fact.high, fact.type.kind)}): {fact.label}. {fact.asks}"]
    if fact.applies_text:
        parts.append(f"Applies when `{fact.applies_text}`.")
    if fact.presumed:
        parts.append(f"If nobody says: {shown(fact.presumed.value, fact.type.kind)} ({cited(fact.presumed.authority)}).")
    for answer, phrases in fact.phrases:
        quoted = ", ".join(f"“{phrase}”" for phrase in phrases)
        parts.append(f"Documents say {quoted} for `{answer}`." if answer else f"Words that mislead: {quoted}.")
    return " ".join([*parts, f"Answered by: {fact.answered_by}."]) + "\n"


def _list(listed: ListFact) -> str:
    columns = ", ".join(_column(column) for column in listed.columns)
    order = f" In order of `{listed.order.split('.')[-1]}`." if listed.order else ""
    asked = f"{listed.label}. {listed.asks}"
    return f"- `{listed.name}` (a list of rows): {asked} Columns: {columns}.{order} Answered by: {listed.answered_by}.\n"


def _column(column: Column) -> str:
    return f"`{column.name.split('.')[-1]}` ({column.type}{_range(column.low, column.high, column.type.kind)})"


def _range(low: Value, high: Value, kind: Kind) -> str:
    return "" if low is None else f", {shown(low, kind)} to {shown(high, kind)}"


# ------------------------------------------------------------------ flat-form.md


def flat_columns(book: Rulebook) -> str:
    """Every column of the flat form."""
    told = [(fact.span, (f"`{fact.name}`", str(fact.type), _beside(fact))) for fact in book.core.facts]
    for listed in book.core.lists:
        told.append((listed.span, (f"`{listed.name}`", "rows", "`__state`")))
        told += [(listed.span, (f"`{listed.name}.{short(one.name)}`", f"{one.type}, parted by `;`", "")) for one in listed.columns]
    told.sort(key=lambda item: (item[0].path, item[0].start))
    return table(("column", "holds", "also"), (cells for _, cells in told))


def _beside(fact: Fact) -> str:
    parts = {Kind.MONEY: ["`__cents`"], Kind.RATE: ["`__percent`"]}.get(fact.type.kind, [])
    return ", ".join([*(["`@YEAR`"] if fact.key else []), *parts, "`__state`", "`__claims`"])


def full_plan(book: Rulebook) -> str:
    """The plan file that shows every form."""
    return _file("yaml", DOCS / "examples" / "full-plan.yaml")


def full_participant(book: Rulebook) -> str:
    """The participant file that shows every form."""
    return _file("yaml", DOCS / "examples" / "full-participant.yaml")


def _file(language: str, path: Path) -> str:
    return f"```{language}\n{path.read_text(encoding='utf-8').rstrip()}\n```\n"


# ------------------------------------------------------------------ architecture.md


def floors(book: Rulebook) -> str:
    """The modules by floor, from the contract that the floors are checked by, each with what it is for."""
    del book
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    layers: list[str] = contract["layers"]
    return table(("floor", "module", "what it is for"), _floors(layers[::-1]))


def _floors(layers: list[str]) -> Iterator[tuple[str, str, str]]:
    for number, layer in enumerate(layers, 1):
        for name in re.split(r"\s*[|:]\s*", layer):
            place = ROOT / "engine" / "planproof" / name
            text = (place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text(encoding="utf-8")
            about = " ".join((ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].split())
            yield str(number), f"`{name}`", about


# ------------------------------------------------------------------ claims.md


def claims(book: Rulebook) -> str:
    """The claims of articles, with what shows them."""
    from claims import part  # only this page needs it

    return part(book)


# ------------------------------------------------------------------ pages


PARTS: dict[str, Callable[[Rulebook], str]] = {
    "builtins": builtins,
    "reserved": reserved,
    "plan facts": plan_facts,
    "participant facts": participant_facts,
    "full-plan.yaml": full_plan,
    "full-participant.yaml": full_participant,
    "law": law_page.law,
    "law from the verdict": law_page.verdict,
    "standings": law_page.standings,
    "flat columns": flat_columns,
    "floors": floors,
    "claims": claims,
}


def run(arguments: str) -> str:
    """A command with its output, as on a terminal."""
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
        cli.main(arguments.split())
    return f"```console\n$ planproof {arguments}\n{out.getvalue().rstrip()}\n```\n"


def renewed(page: str, book: Rulebook) -> str:
    """A page with its generated parts made anew."""

    def part(match: re.Match[str]) -> str:
        word, _, arguments = match[2].partition(" ")
        body = run(arguments) if word == "run" else PARTS[match[2]](book)
        return f"{match[1]}{body}{match[4]}"

    return _PART.sub(part, page)


def files(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """Every file that is generated, or has a generated part, with what should stand in it."""
    for path in sorted(DOCS.rglob("*.md")):
        yield path, renewed(path.read_text(encoding="utf-8"), book)
    yield ROOT / "plans" / "schema.json", schema_text(plan_schema(book.core))
    yield ROOT / "plans" / "participant.schema.json", schema_text(participant_schema(book.core))


def main(arguments: list[str]) -> int:
    """Write the files, or say which are stale."""
    book, _, diagnostics = load_rulebook(ROOT / "rules", fresh=True)
    if book is None:
        sys.stderr.write(f"the rule book has errors: {diagnostics[0].message}\n")
        return 2
    checking = "--check" in arguments
    stale = [(path, text) for path, text in files(book) if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if not checking:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'stale' if checking else 'written'}: {path.relative_to(ROOT).as_posix()}\n")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
