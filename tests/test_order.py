"""No meaning hangs on order: of files, of declarations, of exceptions, of keys; and the same bytes come out every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from conftest import ROOT
from planproof.answer import Answer, Answerer
from planproof.core import Core
from planproof.encode import Encoder, dumps
from planproof.evaluate import Evaluator
from planproof.plan import Facts
from planproof.plans import Loader
from planproof.rulebook import Rulebook, compile_rules, hash_of
from planproof.source import Source
from shipped import ASKED, CORE, EVALUATOR, PLAIN, SETTINGS

EXAMPLE = ROOT / "docs" / "examples" / "full-plan.yaml"
PARTICIPANT = ROOT / "docs" / "examples" / "full-participant.yaml"
DAY = date(2026, 12, 31)


def answered(book: Rulebook) -> tuple[Answerer, Answer]:
    """The answer of a rule book for the example files."""
    loader = Loader(book)
    plan, _, _ = loader.plan(EXAMPLE)
    person, _, facts, _ = loader.participant(PARTICIPANT, ())
    assert plan is not None
    answerer = Answerer(book)
    return answerer, answerer.answer(plan, person, 2026, DAY, facts)


def written(book: Rulebook) -> str:
    """The same as JSON."""
    answerer, answer = answered(book)
    return dumps(Encoder(answerer).answer(answer))


def recompiled(sources: list[Source]) -> Rulebook:
    """A rule book compiled from these texts in this order."""
    core, diagnostics = compile_rules(sources)
    assert core is not None, diagnostics
    return Rulebook(core, tuple(sources), hash_of(sources))


# ------------------------------------------------------------------ the rule book


def test_the_order_of_files_changes_not_one_byte(book: Rulebook) -> None:
    """Files may be handed over in any order."""
    sources = list(book.sources)
    Random(1).shuffle(sources)
    assert sources != list(book.sources)
    again = recompiled(sources)
    assert again.core == book.core
    assert written(again) == written(book)


def declarations(source: Source) -> list[str]:
    """The declarations of a rule file but for its chapter, each with its lines."""
    pieces = re.split(r"(?m)^(?=[a-z])", source.text)
    return [piece.rstrip() + "\n" for piece in pieces if piece[:1].isalpha() and not piece.startswith("chapter ")]


def normal(core: Core) -> Core:
    """A core with what is only listed in the order of writing sorted by name."""
    return replace(
        core,
        paths=tuple(sorted(core.paths, key=lambda path: path.name)),
        pitfalls=tuple(sorted(core.pitfalls, key=lambda pitfall: pitfall.name)),
    )


def unordered(answer: Answer) -> tuple[Any, ...]:
    """What an answer says, without places and the order of its lists."""
    return (
        answer.verdict,
        {name: (amount.step.value, amount.binding) for name, amount in answer.amounts},
        {path.path.name: (path.phases, [requirement.value for requirement in path.requirements]) for path in answer.paths},
        {pitfall.pitfall.name: (pitfall.certain, pitfall.depends_on, pitfall.cost) for pitfall in answer.pitfalls},
        {(missing.reason, missing.needed_for) for missing in answer.missing},
        {(step.name, step.value) for step in answer.presumed},
        {(rest.name, rest.branch) for rest in answer.rests_on},
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_declarations_has_no_meaning(book: Rulebook, seed: int) -> None:
    """Every declaration dealt out anew over files of other names, in another order."""
    random = Random(seed)
    pieces = [piece for source in book.sources for piece in declarations(source)]
    random.shuffle(pieces)
    hands = [pieces[start::3] for start in range(3)]
    sources = [Source(f"rules/{name}.rules", 'chapter "Dealt"\n\n' + "\n".join(hand)) for name, hand in zip("cab", hands, strict=True)]
    again = recompiled(sources)
    assert normal(again.core) == normal(book.core)
    assert unordered(answered(again)[1]) == unordered(answered(book)[1])


@SETTINGS
@given(strategies.some_facts(CORE), st.integers(0, 5))
def test_the_order_of_exceptions_has_no_meaning(facts: Facts, seed: int) -> None:
    """Every definition's exceptions in another order give the same value, and the same reasons where there is none."""
    first, second = EVALUATOR.run(facts, ASKED), SHUFFLED[seed].run(facts, ASKED)
    for name in PLAIN:
        assert first.step(name).value == second.step(name).value


def shuffled(seed: int) -> Evaluator:
    """The rule book with the exceptions of every definition in another order."""
    random = Random(seed)
    definitions = []
    for definition in CORE.definitions:
        base, *exceptions = definition.branches
        random.shuffle(exceptions)
        definitions.append(replace(definition, branches=(base, *exceptions)))
    return Evaluator(replace(CORE, definitions=tuple(definitions)))


SHUFFLED = [shuffled(seed) for seed in range(6)]

# ------------------------------------------------------------------ the plan file

PLAN: dict[str, Any] = {
    "employer": "Acme",
    "name": "Acme plan",
    "type": "401(k)",
    "sources": {"spd": {"document": "SPD", "date": "2025"}, "guide": {"document": "Guide", "title": "Start"}},
    "features": {
        "plan_year_ends_in_month": 12,
        "after_tax": {
            "allowed": {"value": "yes", "source": "spd", "page": 3},
            "percent_cap": "10%",
            "dollar_cap": "none",
            "combined_percent_cap": "50%",
        },
        "roth": {"deferrals": "yes"},
        "in_plan_roth": {
            "allowed": "yes",
            "automatic": {"conflicting": [{"value": "yes", "source": "guide"}, {"value": "no", "source": "spd"}]},
        },
        "in_service": {"after_tax": "at_any_age"},
        "match": {"offered": "yes", "tiers": [{"rate": "50%", "from": "0%", "to": "6%"}], "dollar_cap": "none", "computed": "annually"},
        "nonelective": {"rate": "unknown"},
    },
    "amendments": [
        {
            "name": "First",
            "effective": "2026-07-01",
            "features": {"in_plan_roth": {"after_tax": "included"}, "forfeitures": "not_allocated"},
        }
    ],
    "groups": {
        "hourly": {"label": "Hourly", "features": {"after_tax": {"allowed": "no"}}},
        "union": {"label": "Union", "features": {"roth": {"deferrals": "no"}}},
    },
}


def flow(node: Any, random: Random | None) -> str:
    """A tree as YAML in flow form, its keys in random order."""
    if isinstance(node, dict):
        keys = list(node)
        if random is not None:
            random.shuffle(keys)
        return "{" + ", ".join(f"{key}: {flow(node[key], random)}" for key in keys) + "}"
    return "[" + ", ".join(flow(item, random) for item in node) + "]" if isinstance(node, list) else str(node)


def placeless(data: Any) -> Any:
    """JSON data without places, and without the hashes that hold them; groups in the order of their names."""
    if isinstance(data, dict):
        return {
            key: placeless(value)
            for key, value in sorted(data.items())
            if key not in ("place", "id", "inputs", "seal", "step", "plan", "others")
        }
    return [placeless(item) for item in data] if isinstance(data, list) else data


def test_the_order_of_keys_in_a_plan_file_has_no_meaning(answerer: Answerer, loader: Loader) -> None:
    """Verdicts, amounts, missing facts and all steps are the same, but for their places in the file."""

    def found(random: Random | None) -> Any:
        plan, diagnostics = loader.plan_of(Source("plan.yaml", flow(PLAN, random)))
        assert plan is not None, diagnostics
        data = placeless(Encoder(answerer).answer(answerer.answer(plan, None, 2026, DAY)))
        for one in (data, *data["groups"].values()):
            one["proof"].pop("verdict")
        return data

    expected = found(None)
    for seed in range(25):
        assert found(Random(seed)) == expected


# ------------------------------------------------------------------ the same bytes


def test_the_same_question_gives_the_same_bytes(book: Rulebook) -> None:
    """Twice in one process, with nothing shared but the rule texts."""
    assert written(book) == written(recompiled(list(book.sources)))


def test_the_same_bytes_in_another_process_with_another_hash_seed(tmp_path: Path) -> None:
    """With a cold cache and with a warm one, whatever the seed of hashes."""
    command = [sys.executable, "-m", "planproof", "check", EXAMPLE.as_posix(), "--participant", PARTICIPANT.as_posix(), "--format", "json"]
    results = []
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, env=environment, check=True, cwd=tmp_path)
        results.append(done.stdout)
    assert len(set(results)) == 1
    assert len(results[0]) > 1000


def test_no_meaning_hangs_on_which_file_a_declaration_is_in() -> None:
    """Declarations scattered over files of other names give the same answer; only places and hashes differ."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.rules"))]
    declarations = [piece for text in texts for piece in re.split(r"(?m)^(?=[a-z])", text) if re.match("[a-z]", piece)]
    declarations = [piece for piece in declarations if not piece.startswith("chapter")]
    random = Random(7)
    expected = ""
    for _ in range(3):
        random.shuffle(declarations)
        names = random.sample(["alpha", "mid", "omega", "zeta"], 3)
        parts = [f'chapter "{name}"\n\n' + "".join(declarations[number::3]) for number, name in enumerate(names)]
        answerer, answer = answered(recompiled([Source(f"{name}.rules", part) for name, part in zip(names, parts, strict=True)]))
        data = Encoder(answerer).answer(answer)
        del data["proof"]
        text = dumps(data)
        expected = expected or text
        assert text == expected
