"""Bad rule programs: each carries the diagnostics it must give, on the line where they belong.

At the end of a line `### code: pattern` says that a diagnostic begins there; `code@COLUMN` pins the column too, and a
second `###` adds a second diagnostic. On the first line `### -: code: pattern` stands for one that has no place. The
pattern is searched in the message followed by the help.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import planproof
from planproof.answer import Answerer
from planproof.catalogue import not_shown
from planproof.diagnostics import Diagnostic, ordered, render
from planproof.resources import grammar_text
from planproof.rulebook import Rulebook, compile_rules, hash_of
from planproof.source import Source

FOLDER = Path(__file__).parent / "bad_rules"
PASSES = ("parse", "resolve", "lower", "order", "figures")
AFTER_THEM = "catalogue"  # what `lint` says of a rule book that compiles
REPORTERS = ("Diagnostic", "error", "reject", "_one_of")
NUMBERED = 9  # the width of `   123 | ` before the text of a line

_HEAD = 'chapter "Too much"\n\n'
_CONSTANT = 'define {name} : count\n  label "A step"\n  cites Town code 1\n  is {value}\n\n'


def _chain(length: int) -> str:
    """A program with so many definitions, each on the one before."""
    links = [_CONSTANT.format(name=f"step_{i}", value=f"step_{i - 1} + 1") for i in range(1, length)]
    first, *others = [_CONSTANT.format(name="step_0", value="1"), *links]
    others[119] = others[119].replace(" : count", " : count  ### chain-too-deep@8: more than 120 definitions")
    shown = 'example "the end is used"\n  cites Town code 1\n  expect step_125 126\n'
    return _HEAD + first + "".join(others) + shown


GENERATED = {
    "number_too_long": _HEAD
    + 'define grains : count\n  label "Grains"\n  cites Legend\n'
    + f"  is {'9' * 5000}  ### syntax@6: digits\n"
    + 'define price : money\n  label "Price of the grains"\n  cites Legend\n'
    + f"  is ${'9' * 5000}  ### syntax@6: digits\n",
    "file_too_large": f'chapter "Large"  ### file-too-large@1: 1,000,000 characters\n{"# nothing" * 120_000}\n',
    "declaration_too_long": _HEAD
    + "define fee : money  ### declaration-too-long@1: 100,000 characters\n"
    + f"  # {'long ' * 20_001}\n"
    + '  label "A fee"\n  cites Town code 1\n  is $1\n',
    "chain_too_deep": _chain(126),
}


@dataclass(frozen=True)
class Expected:
    """One diagnostic that a program says it gives."""

    line: int | None
    code: str
    column: int | None
    pattern: str

    def matches(self, found: Diagnostic) -> bool:
        """Whether a diagnostic is this one."""
        here = (found.span.line, found.span.column) if found.span else (None, None)
        at_column = self.column in (None, here[1])
        text = f"{found.message} {found.help or ''}"
        return (here[0], found.code) == (self.line, self.code) and at_column and re.search(self.pattern, text) is not None


_EXPECTATION = re.compile(r"(?P<unplaced>-: )?(?P<code>[a-z-]+)(@(?P<column>\d+))?: (?P<pattern>.+)")


def expectations(text: str) -> list[Expected]:
    """What the comments of a program say it gives."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for note in line.split("### ")[1:]:
            match = _EXPECTATION.fullmatch(note.strip())
            assert match, f"line {number}: {note!r} is no expectation"
            column = int(match["column"]) if match["column"] else None
            found.append(Expected(None if match["unplaced"] else number, match["code"], column, match["pattern"]))
    return found


@cache
def programs() -> dict[str, str]:
    """Every bad program by name: the files, and those too large to be one."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.rules"))}
    return files | GENERATED


def _linted(source: Source) -> tuple[bool, tuple[Diagnostic, ...]]:
    """Whether a program compiles, and all that `lint` finds wrong with it."""
    core, found = compile_rules([source])
    if core is None:
        return False, found
    return True, ordered((*found, *not_shown(Answerer(Rulebook(core, (source,), hash_of([source]))))))


@cache
def _compiled(name: str) -> tuple[Source, bool, tuple[Diagnostic, ...]]:
    """A program, whether it compiles, and what is wrong with it."""
    source = Source(f"bad/{name}.rules", programs()[name])
    return source, *_linted(source)


def _placed(found: Diagnostic) -> tuple[int | None, str]:
    """The line and code of a diagnostic."""
    return (found.span.line if found.span else None), found.code


@pytest.mark.parametrize("name", programs())
def test_diagnostics_are_those_it_names(name: str) -> None:
    """A bad program gives exactly the diagnostics that its comments name, each at its place and in its words."""
    source, has_core, found = _compiled(name)
    wanted = expectations(source.text)
    shown = "\n".join(render(one, {source.path: source}) for one in found)
    assert wanted
    assert Counter(map(_placed, found)) == Counter((one.line, one.code) for one in wanted), shown
    for one in wanted:
        assert any(one.matches(other) for other in found), f"{one}\n{shown}"
    assert has_core == all(one.severity == "warning" for one in found), shown


@pytest.mark.parametrize("name", programs())
def test_rendering_shows_the_place(name: str) -> None:
    """A rendered diagnostic names file, line and column, shows the line, and underlines from that column."""
    source, _, found = _compiled(name)
    for one in found:
        lines = render(one, {source.path: source}).split("\n")
        if one.span is None:
            assert lines[0].startswith(f"{one.severity}[{one.code}]: ")
            continue
        assert lines[0].startswith(f"{source.path}:{one.span.line}:{one.span.column}: {one.severity}[{one.code}]: ")
        assert lines[1].startswith(f"{one.span.line:>6} | ")
        assert re.fullmatch(r" {7}\| *\^+", lines[2])
        assert lines[2].index("^") == NUMBERED + one.span.column - 1
        assert len(lines[2]) <= len(lines[1]), "the underline runs past the line"


@pytest.mark.parametrize("name", programs())
def test_messages_are_in_the_house_style(name: str) -> None:
    """A message has no capital, no final stop, no empty part, and no word that is not the user's own or the language's."""
    for found in _compiled(name)[2]:
        assert re.match(r"[a-z`\d]", found.message), found.message
        assert not re.search(r"[.:,]$|\s$", found.message), found.message
        _, _, listed = found.message.partition(": expected ") if found.code == "syntax" else ("", "", "")
        foreign = [word for word in re.findall(r"`([a-z_]+)`", listed) if not _in_grammar(word)]
        assert not foreign, f"{found.message}: {foreign}"
        meant = re.search(r"did you mean (`.*`)", found.help or "")
        assert meant is None or meant[1] not in found.message, "the help names what was written"


def _in_grammar(word: str) -> bool:
    """Whether the grammar has the word as a word of the language: in quotes, or inside a pattern."""
    texts = re.findall(r'"(\w+)"|/((?:[^/\\\n]|\\.)+)/', re.sub(r"^\s*//.*$", "", grammar_text(), flags=re.MULTILINE))
    return any(quoted == word or re.search(rf"\b{word}\b", pattern.replace("\\b", " ").replace("?", " ")) for quoted, pattern in texts)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.rules")))
def test_line_ends_do_not_matter(name: str) -> None:
    """The same text with the line ends of another system gives the same diagnostics at the same places."""
    source, _, found = _compiled(name)
    _, others = _linted(Source(source.path, source.text.replace("\n", "\r\n")))
    assert [_described(one) for one in others] == [_described(one) for one in found]


def _described(found: Diagnostic) -> tuple[str, str, str | None, int, int]:
    """All of a diagnostic but its offsets."""
    place = (found.span.line, found.span.column) if found.span else (0, 0)
    return found.code, found.message, found.help, *place


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n"])
def test_a_file_without_declarations_says_nothing(text: str) -> None:
    """A file that was only begun is a rule book without rules."""
    core, found = compile_rules([Source("begun.rules", text)])
    assert core is not None
    assert found == ()


# ------------------------------------------------------------------ the corpus as a whole


def _reported(tree: ast.AST) -> Iterator[str]:
    """The codes that a module's source can report: first arguments of what reports, written or named `code`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "code" for target in node.targets):
            chosen = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
            yield from (one.value for one in chosen if isinstance(one, ast.Constant) and isinstance(one.value, str))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in REPORTERS:
                yield node.args[0].value


def _front_end() -> Iterator[ast.AST]:
    """The sources of the language passes and of all that they import."""
    waiting, seen = list(PASSES), set[str]()
    while waiting:
        name = waiting.pop()
        path = Path(planproof.__path__[0], f"{name}.py")
        if name not in seen and path.exists():
            seen.add(name)
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield tree
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module == "planproof":
                    waiting += [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    waiting.append(node.module.removeprefix("planproof."))
    yield ast.parse(Path(planproof.__path__[0], f"{AFTER_THEM}.py").read_text(encoding="utf-8"))


def test_every_code_has_a_bad_program() -> None:
    """What the language passes and the catalogue can report is just what the corpus shows."""
    reported = {code for tree in _front_end() for code in _reported(tree)}
    shown = {expected.code for text in programs().values() for expected in expectations(text)}
    assert shown == reported


def test_corpus_is_large() -> None:
    """There are many bad programs, so that the empty folder does not pass."""
    assert len(programs()) >= 70
