"""The documentation is true: its blocks run, its tables are whole, its links lead somewhere."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from doc_blocks import DOCS, ROOT, Block, all_blocks, blocks, first_cells, pages, section
from planproof import findings, parse
from planproof.answer import Answerer
from planproof.catalogue import not_shown
from planproof.clauses import STANDINGS
from planproof.cli import parser
from planproof.core import SEVERITIES
from planproof.diagnostics import render
from planproof.examples import run_examples
from planproof.plans import Loader
from planproof.resources import grammar_text
from planproof.rulebook import Rulebook, compile_rules, hash_of
from planproof.schema import plan_schema
from planproof.source import Source
from planproof.types import NAMED_KINDS
from planproof.values import State

ENGINE = sorted((ROOT / "engine" / "planproof").rglob("*.py"))
GOOD = [block for block in all_blocks() if block.language == "rules" and block.bad is None]
BAD = [block for block in all_blocks() if block.bad is not None]
_LINES = [line for block in all_blocks() if block.language == "console" for line in block.text.splitlines()]
_CALLS = [line.removeprefix("$ ").split(" > ")[0] for line in _LINES if line.removeprefix("$ ").startswith("planproof ")]
CALLS = sorted({line for line in _CALLS if "[" not in line and not any(word.isupper() for word in line.split())})


def _code_words(text: str) -> set[str]:
    """Every word that stands in code style or in a block."""
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^```[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", " ".join(code)))


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# ------------------------------------------------------------------ generated parts


def test_generated_parts_are_current() -> None:
    """`python docs/generate.py` would change nothing."""
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_generator_tells_a_stale_page(tmp_path: Path) -> None:
    """A part that differs from what it is generated from is told, and not written."""
    script = tmp_path / "docs" / "generate.py"
    script.parent.mkdir()
    for name in ("generate.py", "law_page.py"):
        script.with_name(name).write_bytes((DOCS / name).read_bytes())
    for folder in ("rules", "plans"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    page = script.with_name("page.md")
    stale = "<!-- generated: reserved -->\nnothing\n<!-- end -->\n"
    page.write_text(stale, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "stale: docs/page.md\n")
    assert page.read_text(encoding="utf-8") == stale


# ------------------------------------------------------------------ blocks


def _source(block: Block) -> Source:
    return Source(str(block), block.text if block.text.startswith("chapter") else f'chapter "{block}"\n\n{block.text}')


@pytest.mark.parametrize("page", sorted({block.page for block in GOOD}))
def test_rules_on_a_page_are_one_rule_book(page: str) -> None:
    """The good blocks of a page compile together, and their examples pass."""
    sources = [_source(block) for block in GOOD if block.page == page]
    core, diagnostics = compile_rules(sources)
    assert core is not None, "\n".join(render(found, {source.path: source for source in sources}) for found in diagnostics)
    assert core.examples
    outcomes = run_examples(Answerer(Rulebook(core, tuple(sources), hash_of(sources))))
    assert [failure.message for outcome in outcomes for failure in outcome.failures] == []


def test_lint_finds_nothing_in_the_tour() -> None:
    """The rule book of the language's page has no figure in a rule, nothing unused, and an example for every branch."""
    sources = [_source(block) for block in GOOD if block.page == "docs/language.md"]
    core, diagnostics = compile_rules(sources)
    assert core is not None
    unshown = not_shown(Answerer(Rulebook(core, tuple(sources), hash_of(sources))))
    assert [found.message for found in (*diagnostics, *unshown)] == []


@pytest.mark.parametrize("block", BAD, ids=str)
def test_bad_rules_give_their_diagnostic(block: Block) -> None:
    """A bad block, added to the good ones of its page, gives exactly the code after it."""
    _, diagnostics = compile_rules([*(_source(good) for good in GOOD if good.page == block.page), _source(block)])
    assert [found.code for found in diagnostics] == [block.bad]


@pytest.mark.parametrize("line", CALLS)
def test_commands_are_commands(line: str) -> None:
    """A line that calls planproof is one that planproof takes."""
    words = shlex.split(line)
    assert parser().parse_args(words[1:]).command == words[1]


def test_yaml_blocks_are_the_examples() -> None:
    """The two whole files on the page are those in the examples folder."""
    whole = [block.text for block in blocks(DOCS / "plan-files.md") if block.language == "yaml"]
    for name in ("full-plan.yaml", "full-participant.yaml"):
        assert (DOCS / "examples" / name).read_text(encoding="utf-8") in whole


def test_full_plan_shows_every_key(book: Rulebook, loader: Loader) -> None:
    """The full plan has every key that a plan file can have, but for the note on a difference, and loads without a finding."""
    path = DOCS / "examples" / "full-plan.yaml"
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None
    assert diagnostics == ()
    keys = re.findall(r"^([a-z_]+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(keys) == set(plan_schema(book.core)["properties"]) - {"difference"}
    for word in ("unknown", "none", "conflicting", "readings", "page", "section", "note"):
        assert re.search(rf"\b{word}\b", path.read_text(encoding="utf-8"))


def test_full_participant_loads(loader: Loader) -> None:
    """The full participant loads without a finding."""
    person, _, _, diagnostics = loader.participant(DOCS / "examples" / "full-participant.yaml", ())
    assert person is not None
    assert diagnostics == ()


def test_shown_diagnostic_is_the_real_one(loader: Loader) -> None:
    """The diagnostic that the page shows is what the text in question gives."""
    lines = ["employer: A", "name: B", "type: 401(k)", *["#"] * 8, "features:", "  after_tax:", "    allowed: yess", ""]
    source = Source("plans/acme.yaml", "\n".join(lines))
    _, diagnostics = loader.plan_of(source)
    shown = next(block.text for block in blocks(DOCS / "diagnostics.md") if block.language == "text")
    assert "\n".join(render(found, {source.path: source}) for found in diagnostics) + "\n" == shown


# ------------------------------------------------------------------ tables that must be whole


def _codes_in_the_engine() -> Iterator[str]:
    """Every diagnostic code: texts in two words or more with hyphens, and single words in a diagnostic's first place."""
    for path in ENGINE:
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)
        yield from re.findall(r'"error\[([a-z]+)\]', text)
        for node in ast.walk(ast.parse(text)):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("Diagnostic", "reject", "error") and node.args:
                yield from (part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_every_diagnostic_is_documented() -> None:
    """The page lists every code that the engine has, each once, and no other."""
    documented = first_cells(_page("diagnostics.md"))
    assert sorted(documented) == sorted(set(_codes_in_the_engine()) - {"x-type", "what-if", "why-not"})


def _commands(top: argparse.ArgumentParser, within: str = "") -> dict[str, argparse.ArgumentParser]:
    """Every command by name, and the actions of a command below its name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in top._actions:
        for name, command in dict(action.choices or {}).items() if isinstance(action, argparse._SubParsersAction) else ():
            found |= {f"{within}{name}": command, **_commands(command, f"{within}{name} ")}
    return found


def test_every_command_and_option_is_documented() -> None:
    """Each command has a section, each of its options and arguments is told there or in a section on many commands."""
    text = _page("commands.md")
    shared = "".join(
        section(DOCS / "commands.md", f"## {name}")
        for name in ("Options of all commands but `completion` and `ledger`", "Options of `check`, `explain` and `report`")
    )
    commands = _commands(parser())
    assert set(first_cells(text.split("\n## ")[0])) == {name for name in commands if " " not in name}
    for name, command in commands.items():
        head, _, action_name = name.partition(" ")
        told = section(DOCS / "commands.md", f"## {head}")
        words = _code_words(told)
        assert action_name in {"", *first_cells(told)}
        for action in command._actions:
            if action.option_strings:
                assert any(f"`{action.option_strings[-1]}" in part for part in (told, shared)), (name, action.option_strings)
            else:
                assert set(str(action.metavar or action.dest).upper().split("-")) <= {word.upper() for word in words}, (name, action.dest)
    assert "`planproof --version`" in text


def test_no_option_is_documented_that_is_not_there() -> None:
    """Every option that the page tells is one."""
    known = {
        option for command in (parser(), *_commands(parser()).values()) for action in command._actions for option in action.option_strings
    }
    assert set(re.findall(r"`(--[a-z-]+)", _page("commands.md"))) <= known


def test_every_environment_variable_is_documented() -> None:
    """The page lists what the engine reads from its environment."""
    read = {name for path in ENGINE for name in re.findall(r'environ\.get\("([A-Z_]+)"\)', path.read_text(encoding="utf-8"))}
    assert set(first_cells(section(DOCS / "commands.md", "## Environment"))) == read


def test_every_word_of_the_grammar_is_documented() -> None:
    """The page on the language uses every keyword of the grammar."""
    rules = re.sub(r"//[^\n]*", "", grammar_text().split("// ---------------------------------------------------------------- words")[0])
    keywords = set(re.findall(r'"([a-z]+)"', rules))
    assert len(keywords) > 50
    assert keywords - _code_words(_page("language.md")) == set()


def test_lists_of_words_are_whole() -> None:
    """Standings, severities, types and states are told whole."""
    language = DOCS / "language.md"
    assert first_cells(section(language, "### Standing")) == STANDINGS
    assert set(SEVERITIES) <= _code_words(section(language, "## Declarations and clauses"))
    types = section(language, "## Values")
    assert set(NAMED_KINDS) <= _code_words(types)
    told = set(first_cells(section(language, "### Unknown")))
    assert told == {state.value for state in State} - {"stated", "presumed"}


def _fields(schema: Any) -> Iterator[str]:
    """Every key that a schema lists as a property, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _fields(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _fields(part)


def test_every_field_of_a_proof_is_documented() -> None:
    """The page on proofs names every field that the schema has, those it shares with others included."""
    fields = {*_fields(json.loads(_page("schema/proof.json"))), *_fields(json.loads(_page("schema/common.json")))}
    assert len(fields) > 40
    assert fields - _code_words(_page("proofs.md")) == set()


# ------------------------------------------------------------------ links and paths


@cache
def _anchors(path: Path) -> frozenset[str]:
    """What a link can lead to in a page: its headings as words with hyphens, and the names that are marked."""
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    marked = re.findall(r'<a id="([^"\n]+)"></a>', text)
    return frozenset((*marked, *(re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings)))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file, and every anchor a heading, a place that is marked, or a line."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.is_file(), target
        if re.fullmatch(r"L\d+", anchor):
            assert int(anchor[1:]) <= path.read_text(encoding="utf-8").count("\n"), target
        elif anchor:
            assert anchor in _anchors(path), target


def test_paths_in_recipes_exist() -> None:
    """Every file and folder that the recipes name is there."""
    named = re.findall(r"`([a-z_]+/[A-Za-z0-9_./-]*)`", _page("contributing.md"))
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_make_targets_in_the_docs_exist() -> None:
    """Every `make` command that the pages name is a target."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        word for page in pages() for word in re.findall(r"\bmake ([a-z]+)`|^make ([a-z]+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {one or other for one, other in named} <= targets
    assert ("test", "") in named


def test_examples_named_in_recipes_exist() -> None:
    """Every example that the recipes name is one of the rule book."""
    named = re.findall(r"example named “([^”]+)”", _page("contributing.md"))
    rules = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.rules")))
    assert named
    assert [title for title in named if f'example "{title}"' not in rules] == []


def test_bounds_told_are_those_of_the_engine() -> None:
    """The number of findings shown, and the depth of parentheses, are told as they are."""
    page = _page("diagnostics.md")
    assert f"shown {findings._MOST_OF_A_FILE} findings\na file and {findings.MOST_SHOWN} in all" in page
    assert f"more than {parse._DEEPEST} levels of parentheses" in page


def test_decisions_are_records() -> None:
    """Every decision is numbered, listed, and says context, decision, why and consequences."""
    records = [page for page in pages() if page.parent.name == "decisions" and page.name != "README.md"]
    index = _page("decisions/README.md")
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Why", "Consequences"]
        title = text.splitlines()[0].removeprefix("# ")
        assert f"- [{title[:4]}]({record.name}){title[4:]}" in index.splitlines()
