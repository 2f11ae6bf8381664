"""The verifier: sound proofs of every kind hold, and one change of anything is found."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conftest import ROOT, book_of
from doc_blocks import DOCS, all_blocks
from outputs import FULL, PERSON, printed, problem
from planproof.answer import Answer, Answerer
from planproof.cli import main
from planproof.core import Fact
from planproof.encode import Encoder
from planproof.plan import Facts, Plan, Statement
from planproof.plans import Loader
from planproof.proof_text import NoProof, formed, read_proof
from planproof.rulebook import Rulebook, compile_rules, hash_of, load_rulebook
from planproof.source import Source
from planproof.types import Kind
from planproof.values import State, Value
from planproof.verify import Verification, Verifier
from planproof.verify_inputs import Given
from proof_damage import Damager, canonical, digest, harmless, resealed
from small import define, except_, fact, listed

PLANS = sorted((ROOT / "plans").glob("*.yaml"))
YEARS = range(2014, 2027)
LIBRARY = ROOT / "tests" / "books" / "library"
CHANGES_OF_PLANS, CHANGES_OF_SMALL_PROOFS, OTHER_FACTS = 400, 3000, 60


@pytest.fixture(name="verifier", scope="module")
def made_verifier(book: Rulebook) -> Verifier:
    """A verifier for the rule book that ships."""
    return Verifier(book)


@pytest.fixture(name="encoder", scope="module")
def made_encoder(answerer: Answerer) -> Encoder:
    """An encoder for it."""
    return Encoder(answerer)


def loaded(loader: Loader, path: Path) -> Plan:
    """The plan of a file that must be right."""
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None, diagnostics
    return plan


def as_read(data: Any) -> Any:
    """A proof as another program reads it."""
    return read_proof(json.dumps(data))


def sound(found: Verification, *unchecked: str) -> None:
    """No fault, and just these inputs unchecked."""
    assert found.fault is None
    assert found.unchecked == unchecked


# ------------------------------------------------------------------ sound proofs


@pytest.mark.parametrize("year", YEARS)
def test_proofs_of_the_plans_hold(answerer: Answerer, encoder: Encoder, verifier: Verifier, loader: Loader, year: int) -> None:
    """Of every plan in every year, those of groups too: with the plan file, and in the last year without it as well."""
    for path in PLANS:
        plan = loaded(loader, path)
        answer = answerer.answer(plan, None, year, date(year, 12, 31))
        for one in (answer, *answer.groups):
            data = as_read(encoder.proof(one.proof))
            sound(verifier.verify(data, Given(plan)))
            if year == YEARS[-1]:
                sound(verifier.verify(data), "plan")


QUESTIONS = {
    "nothing more": (),
    "a participant in a file": PERSON,
    "a participant in a file, with settings": (*PERSON, "--set", "plan.catch_up.higher_60_63=yes", "--set", "participant.group=hourly"),
    "settings alone": ("--set", "plan.roth.deferrals=no", "--set", "plan.roth.deferrals=yes"),
    "a participant whose group is not told": ("--set", "participant.compensation=250000"),
    "a participant in no group": ("--set", "participant.compensation for 2026=250000", "--set", "participant.group=none"),
    "a participant of a group": ("--set", "participant.group=hourly", "--set", "participant.compensation=unknown"),
    "before an amendment": ("--on", "2026-06-30"),
    "another year": ("--year", "2019"),
    "a year without figures": ("--year", "2031"),
}


def command(*arguments: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """The exit code of a command run from the project's folder, what it prints, and what it says is wrong."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("what", QUESTIONS)
def test_proofs_of_every_kind_of_question_hold(tmp_path: Path, what: str) -> None:
    """Groups, amendments, rows, participants and settings, with the inputs and without; those of the groups too."""
    asked = QUESTIONS[what]
    answer = json.loads(printed("check", FULL, *asked))
    inputs = [asked[i + j] for i, word in enumerate(asked) if word in ("--participant", "--set") for j in (0, 1)]
    for name, one in {"main": answer, **answer["groups"]}.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(one["proof"]), encoding="utf-8")
        assert command("verify", path)[0] == 0
        code, out, err = command("verify", path, "--plan", FULL, *inputs, "--format", "json")
        assert (code, err) == (0, "")
        assert problem("verify", json.loads(out)) == ""
        assert (json.loads(out)["unchecked"], json.loads(out)["verdict"]) == ([], None if one["verdict"] == "unknown" else one["verdict"])


def test_proofs_of_the_library_hold(tmp_path: Path) -> None:
    """Another rule book: rows with values of their own, allocations, a verdict with amounts."""
    for plan in ("ashford", "hollow"):
        inputs = ("--rules", LIBRARY, "--participant", LIBRARY / "participants" / "ines.yaml")
        path = tmp_path / "proof.json"
        path.write_text(command("check", LIBRARY / "plans" / f"{plan}.yaml", *inputs, "--format", "json")[1], encoding="utf-8")
        assert command("verify", path, "--plan", LIBRARY / "plans" / f"{plan}.yaml", *inputs)[0] == 0
        assert command("verify", path, "--rules", LIBRARY)[1].splitlines()[1] == "inputs not checked: plan, participant"


TAIL = 'verdict v : one of good, bad\n  label "v"\n  cites Test\n  phases now\n  amounts answer\n  is bad\n'
YEARLY = (
    fact("participant.x", "money by y", "between $0 and $100", "presumed $5 cites Law")
    + fact("participant.z", "money by y", "between $0 and $100")
    + fact("participant.year", "year", "between 2000 and 2100")
    + fact("participant.later", "year", "between 2000 and 2100")
    + define("y", "year", "participant.year")
)
ROWED = listed("participant.rows", "r", "n : count between 1 and 99", "m : money between $0 and $100", "ok : yes/no", order="n") + fact(
    "participant.a", "money", "between $0 and $1,000"
)
SMALL = {
    "unknown years": YEARLY + define("answer", "money", "participant.z + participant.z for (participant.later) + participant.x"),
    "unknown years, of parameters": YEARLY
    + 'parameter p : money by y\n  label "p"\n  cites Law\n  2026: $1 cites Law\n  2027: not in force cites Law\n'
    + define("answer", "money", "p + p for (participant.later) + p for 2026 + p for 2027 + participant.x for 2027"),
    "rows": ROWED
    + define("r.share", "money", "share of (participant.a filling each r up to r.m)")
    + define("r.level", "money", "reduction of (r.m taking participant.a from highest first where r.ok)")
    + define("r.before", "money", "total of (r.share for each earlier r where r.ok)")
    + define(
        "answer",
        "money",
        "total of (r.share + r.level + r.before for each r)",
        except_("none", "every r where (r.ok) has (r.m > $0)", "$1"),
    ),
    "rounding": ROWED + define("answer", "money", "average of (r.m for each r) * 10%\n  but not less than $0\n  rounded half up to $0.10"),
}
STATED = {
    "unknown years": (
        "",
        "x: 7",
        "x: 7\nyear: 2026",
        "x: {2026: 7}\nz: {2025: 5}",
        "z: 5",
        "z: 5\nlater: 2026",
        "year: 2026\nlater: 2025\nz: 5",
    ),
    "unknown years, of parameters": ("", "year: 2026", "x: 9\nyear: 2027", "later: 2030\nyear: 2026", "later: 2027"),
    "rows": (
        "",
        "a: 70\nrows: []",
        "a: 70.01\nrows: [{n: 2, m: 30, ok: yes}, {n: 1, m: 50, ok: no}, {n: 3, m: 50, ok: yes}]",
        "a: 7\nrows: [{n: 2, m: 30, ok: yes}, {n: 1, m: 50}]",
        "rows: [{n: 2, m: 30, ok: yes}, {n: 1, m: unknown, ok: no}]",
    ),
    "rounding": ("rows: []", "rows: [{n: 2, m: 30.05}, {n: 1, m: 50}, {n: 3, m: 1}]", "rows: [{n: 2}]"),
}


def small_proofs(tmp_path: Path, what: str) -> list[tuple[Verifier, Any, Given]]:
    """Proofs of a small rule book over several participants."""
    book = book_of(SMALL[what] + TAIL)
    answerer, loader, found = Answerer(book), Loader(book), []
    plan, diagnostics = loader.plan_of(Source("plan.yaml", "employer: A\nname: B\ntype: C\nfeatures: {}\n"))
    assert plan is not None, diagnostics
    for number, text in enumerate(STATED[what]):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text or "{}", encoding="utf-8")
        person, _, settings, diagnostics = loader.participant(path, [])
        assert person is not None, diagnostics
        answer = answerer.answer(plan, person, 2026, date(2026, 12, 31))
        found.append((Verifier(book), as_read(Encoder(answerer).proof(answer.proof)), Given(plan, person, settings)))
    return found


@pytest.mark.parametrize("what", SMALL)
def test_proofs_of_small_books_hold(tmp_path: Path, what: str) -> None:
    """Years that are not known, rows and what is spread over them, rounding."""
    for verifier, proof, given in small_proofs(tmp_path, what):
        sound(verifier.verify(proof, given))
        sound(verifier.verify(proof), "plan", "participant")


def test_proofs_of_the_book_on_the_page_hold() -> None:
    """The rule book that the page on the language tells, over its own facts."""
    good = [block for block in all_blocks() if block.page == "docs/language.md" and block.language == "rules" and block.bad is None]
    texts = [block.text if block.text.startswith("chapter") else f'chapter "{block}"\n\n{block.text}' for block in good]
    sources = tuple(Source(str(block), text) for block, text in zip(good, texts, strict=True))
    core, diagnostics = compile_rules(sources)
    assert core is not None, diagnostics
    book = Rulebook(core, sources, hash_of(sources))
    loader, answerer = Loader(book), Answerer(book)
    features = "loans: {allowed: yes, minimum: none, due_on_leaving: yes}"
    plan, diagnostics = loader.plan_of(Source("p.yaml", f"employer: A\nname: B\ntype: C\nfeatures: {{{features}}}\n"))
    assert plan is not None, diagnostics
    person, _, settings, _ = loader.participant(None, ["participant.vested_balance=80000", "participant.compensation for 2025=160000"])
    answer = answerer.answer(plan, person, 2026, date(2026, 12, 31), settings)
    sound(Verifier(book).verify(as_read(Encoder(answerer).proof(answer.proof)), Given(plan, person, settings)))


# ------------------------------------------------------------------ one change of anything


FOUND = ("no proof", "false")


def judged(verifier: Verifier, proof: Any, given: Given) -> str:
    """How a proof is judged: as no proof, as false, as sound but for inputs that it names and that are not given, or as sound."""
    try:
        found = verifier.verify(formed(proof), given)
    except NoProof:
        return "no proof"
    if found.fault is not None:
        return "false"
    return f"sound, without {', '.join(found.unchecked)}" if found.unchecked else "sound"


def hold_against(damager: Damager, verifier: Verifier, proof: Any, given: Given, tally: Counter[str]) -> None:
    """One change is found as it is, and after sealing anew; of a computed step even without the files."""
    damage = damager.damaged(proof)
    assert judged(verifier, damage.proof, given) in FOUND, damage.what
    tally["found as edited"] += 1
    try:
        sealed = resealed(damage.proof)
    except (KeyError, TypeError, AttributeError, ValueError):
        tally["cannot be sealed anew"] += 1
        return
    without = damage.kind in ("definition", "parameter", "asked")
    found = judged(verifier, sealed, Given() if without else given)
    if found in FOUND:
        tally[f"found after sealing anew{', without the files' if without else ''}"] += 1
    elif found in ("sound, without participant", "sound, without settings") and not without:
        assert damage.what.split(":")[0] in ("participant", "settings"), damage.what
        tally["told as not checked: an input that the proof did not name"] += 1
    else:
        why = harmless(proof, sealed)
        assert why, damage.what
        tally[why] += 1


def test_one_change_to_the_proof_of_a_plan_is_found(answerer: Answerer, encoder: Encoder, verifier: Verifier, loader: Loader) -> None:
    """Whatever is changed, in proofs of many plans."""
    random, tally = Random(1), Counter[str]()
    for path in random.sample(PLANS, 10):
        plan = loaded(loader, path)
        year = random.choice(YEARS)
        proof = as_read(encoder.proof(answerer.answer(plan, None, year, date(year, 12, 31)).proof))
        sound(verifier.verify(proof, Given(plan)))  # so that its steps are known to be true
        damager = Damager(random)
        damager.learn(proof)
        for _ in range(CHANGES_OF_PLANS // 10):
            hold_against(damager, verifier, proof, Given(plan), tally)
    assert tally["found as edited"] == CHANGES_OF_PLANS
    assert sum(count for what, count in tally.items() if what.startswith("found after")) > CHANGES_OF_PLANS * 0.8


def library_proof() -> tuple[Verifier, Any, Given]:
    """The proof of a plan of the library for a participant with rows."""
    book, _, diagnostics = load_rulebook(LIBRARY)
    assert book is not None, diagnostics
    loader, answerer = Loader(book), Answerer(book)
    plan = loaded(loader, LIBRARY / "plans" / "ashford.yaml")
    person, _, settings, _ = loader.participant(LIBRARY / "participants" / "ines.yaml", ["plan.grace_days=2"])
    answer = answerer.answer(plan, person, 2026, date(2026, 6, 30), settings)
    return Verifier(book), as_read(Encoder(answerer).proof(answer.proof)), Given(plan, person, settings)


def test_one_change_to_a_small_proof_is_found(tmp_path: Path) -> None:
    """The same of small proofs with rows, years, amounts, a participant and settings, thousands of times."""
    random, tally = Random(2), Counter[str]()
    proofs = [library_proof(), *(proof for what in SMALL for proof in small_proofs(tmp_path, what))]
    damager = Damager(random)
    for verifier, proof, given in proofs:
        sound(verifier.verify(proof, given))
        damager.learn(proof)
    for number in range(CHANGES_OF_SMALL_PROOFS):
        verifier, proof, given = proofs[0] if number % 2 else random.choice(proofs)
        hold_against(damager, verifier, proof, given, tally)
    assert tally["found as edited"] == CHANGES_OF_SMALL_PROOFS
    assert sum(count for what, count in tally.items() if what.startswith("found after")) > CHANGES_OF_SMALL_PROOFS * 0.8


def other_value(random: Random, declared: Fact, statement: Statement) -> Statement:
    """Another value of a fact, or none of it known."""
    if declared.type.kind is Kind.TRUTH:
        values: list[Value] = [True, False]
    elif declared.type.kind is Kind.CHOICE:
        values = list(declared.type.options)
    else:
        values = [declared.low, declared.high, *([None] if declared.type.optional else [])]
    value = random.choice([value for value in values if (value, State.STATED) != (statement.value, statement.state)])
    return replace(statement, value=value, state=State.STATED, claims=())


def test_a_proof_over_other_facts_is_sound_and_not_of_this_plan(
    answerer: Answerer, encoder: Encoder, verifier: Verifier, loader: Loader
) -> None:
    """A proof for a plan that says one thing otherwise, under this plan's hash, fails with the file and only with it."""
    random, used = Random(3), 0
    for number in range(OTHER_FACTS):
        plan = loaded(loader, PLANS[number % len(PLANS)])
        (name, year), statement = random.choice(sorted(plan.facts.statements.items(), key=lambda item: item[0][0]))
        other = other_value(random, answerer.book.facts[name], statement)
        facts = Facts({**plan.facts.statements, (name, year): other}, plan.facts.lists, plan.facts.depth)
        answer: Answer = answerer.answer(replace(plan, facts=facts), None, 2026, date(2026, 12, 31))
        data = as_read(encoder.proof(answer.proof))
        sound(verifier.verify(data), "plan")
        fault = verifier.verify(data, Given(plan)).fault
        own = encoder.proof(answerer.answer(plan, None, 2026, date(2026, 12, 31)).proof)
        if canonical(own) != canonical(data):  # else the fact is not read, or does not apply
            assert fault is not None
            assert fault.name == name
            used += 1
        else:
            assert fault is None
    assert used > OTHER_FACTS * 0.7


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_truth_for_a_number_is_found(tmp_path: Path, known: bool) -> None:
    """Python takes true for 1; the texts of the steps differ, whether the step is known to be true or not."""
    tried = 0
    for verifier, proof, given in small_proofs(tmp_path, "rows"):
        if known:
            sound(verifier.verify(proof, given))
        for number, step in enumerate(proof["steps"]):
            if step.get("row") == 1:
                damaged = {**proof, "steps": [*proof["steps"]]}
                damaged["steps"][number] = {**step, "row": True}
                damaged["seal"] = digest({key: value for key, value in damaged.items() if key != "seal"})
                assert judged(verifier, damaged, given) == "false"
                tried += 1
    assert tried > 4


def test_what_is_known_to_be_true_hangs_on_the_files(answerer: Answerer, encoder: Encoder, verifier: Verifier, loader: Loader) -> None:
    """That nobody says anything of a fact is true of a proof without its file, and false of one with a file that does."""
    plan = loaded(loader, ROOT / "plans" / "microsoft.yaml")
    silent = replace(plan, facts=Facts())
    proof = as_read(encoder.proof(answerer.answer(silent, None, 2026, date(2026, 12, 31)).proof))
    for _ in range(2):
        sound(verifier.verify(proof, Given(silent)))
        sound(verifier.verify(proof), "plan")
        assert judged(verifier, proof, Given(plan)) == "false"


# ------------------------------------------------------------------ what is told


def step_of(proof: Any, name: str) -> Any:
    """The first step of a name."""
    return next(step for step in proof["steps"] if step["name"] == name)


def _double_verdict(proof: Any) -> None:
    proof["others"]["surplus"] = proof["verdict"]


def _idle(proof: Any) -> None:
    extra = copy.deepcopy(step_of(proof, "annual_additions_dollar_limit"))
    proof["steps"].append({**extra, "year": 2025})


FALSE: dict[str, tuple[Callable[[Any], object], str]] = {
    "a value": (lambda proof: step_of(proof, "convertible_in_plan").update(value="no"), "its `value` is"),
    "an authority": (
        lambda proof: step_of(proof, "mega_backdoor")["branches"][0]["authority"]["citations"].append("IRC 1"),
        "its `branches[0].authority.citations` is",
    ),
    "an input dropped": (lambda proof: step_of(proof, "convertible_in_plan")["inputs"].pop(), "which is not among its inputs"),
    "an input too many": (
        lambda proof: step_of(proof, "mega_backdoor")["inputs"].append(proof["steps"][0]["id"]),
        "which is among its inputs",
    ),
    "inputs in another order": (lambda proof: step_of(proof, "convertible_in_plan")["inputs"].reverse(), "where its inputs have"),
    "a root too many": (_double_verdict, "`others` has, and must not have, `surplus`"),
    "a step that nothing uses": (_idle, "its `value` is"),
    "a place": (lambda proof: step_of(proof, "mega_backdoor")["place"].update(line=1), "its `place.line` is 1 and must be"),
    "another rule book": (lambda proof: proof.update(rulebook="0" * 64), "the proof rests on another rule book"),
    "another plan": (lambda proof: proof.update(plan="0" * 64), "the plan file is not the one that the proof is about"),
    "a binding": (lambda proof: proof["amounts"]["elective_deferral_limit"].update(binding="x"), '.binding` is "x" and must be'),
    "a number for a truth": (lambda proof: step_of(proof, "mega_backdoor")["branches"][0].update(taken=True), "is true and must be"),
}


@pytest.mark.parametrize("what", FALSE)
def test_a_false_proof_is_told(answerer: Answerer, encoder: Encoder, verifier: Verifier, loader: Loader, what: str) -> None:
    """What is wrong is told of the first false step, sealed anew or not."""
    plan = loaded(loader, ROOT / "plans" / "microsoft.yaml")
    proof = as_read(encoder.proof(answerer.answer(plan, None, 2026, date(2026, 12, 31)).proof))
    damage, message = FALSE[what]
    damage(proof)
    fault = verifier.verify(resealed(proof), Given(plan)).fault
    assert fault is not None
    assert message in fault.message


def test_the_command_tells_the_step_and_its_place(tmp_path: Path) -> None:
    """The first false step is named with its place in the rule book; the code is 1."""
    proof = json.loads(printed("check", FULL))["proof"]
    step_of(proof, "convertible_in_plan")["value"] = None
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof), encoding="utf-8")
    code, out, err = command("verify", path)
    assert (code, err) == (1, "")
    number = proof["steps"].index(step_of(proof, "convertible_in_plan")) + 1
    assert out.splitlines()[0].startswith("rules/paths.rules:")
    assert f"error[proof-false]: step {number}, `convertible_in_plan`: " in out
    code, out, err = command("verify", path, "--format", "json")
    data = json.loads(out)
    assert problem("verify", data) == ""
    assert (code, err, data["sound"], data["fault"]["step"], data["verdict"]) == (1, "", False, number, None)


def test_a_sound_proof_says_what_was_not_checked(tmp_path: Path) -> None:
    """Without a file its facts are not checked, and that is said."""
    path = tmp_path / "proof.json"
    path.write_text(printed("check", FULL, *PERSON), encoding="utf-8")
    lines = [command("verify", path, *more)[1].splitlines()[-1] for more in ((), ("--plan", FULL), ("--plan", FULL, *PERSON))]
    assert lines == ["inputs not checked: plan, participant", "inputs not checked: participant", "inputs checked"]
    assert command("verify", "-", stdin=path.read_bytes())[0] == 0
    told = command("verify", path, "--plan", FULL, *PERSON, "--set", "plan.roth.deferrals=no")
    assert (told[0], "the settings are not those that the proof is about" in told[1]) == (1, True)


# ------------------------------------------------------------------ what is no proof

DEEP = "[" * 100_000
NO_PROOFS = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "a text": '"planproof-proof/1"',
    "another format": '{"format": "planproof-check/2"}',
    "several plans": '{"format": "planproof-check/1", "results": []}',
    "no fields": '{"format": "planproof-proof/1"}',
    "not a number": '{"format": NaN}',
    "no end of numbers": '{"format": Infinity}',
    "a fraction": '{"format": "planproof-proof/1", "steps": 1.5}',
    "a huge number": '{"format": ' + "9" * 10_000 + "}",
    "a large exponent": '{"format": 1e999999}',
    "too deep": DEEP,
    "a key twice": '{"format": "planproof-proof/1", "format": "planproof-proof/1"}',
    "half a character": '{"format": "\\ud800"}',
}


@pytest.mark.parametrize("what", NO_PROOFS)
def test_what_is_no_proof_is_refused(tmp_path: Path, what: str) -> None:
    """With code 2, a message with a place, and no trace."""
    path = tmp_path / "proof.json"
    path.write_text(NO_PROOFS[what], encoding="utf-8")
    code, out, err = command("verify", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"{path.as_posix()}:")
    assert "error[proof-form]: " in err


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """No file, a folder, no UTF-8; and inputs that are wrong."""
    path = tmp_path / "proof.json"
    path.write_bytes(b"\xff")
    for name in (path, tmp_path, tmp_path / "absent.json"):
        code, out, err = command("verify", name)
        assert (code, out) == (2, "")
        assert err.startswith("error[unreadable]: ")
    path.write_text(printed("check", FULL), encoding="utf-8")
    assert command("verify", path, "--plan", tmp_path / "absent.yaml")[0] == 2
    assert command("verify", path, "--set", "x")[0] == 2


@pytest.mark.parametrize("value", [None, "", "x", 0, -1, True, [], {}, [[]], [None], {"a": 1}, 10**400], ids=repr)
def test_a_value_of_another_type_is_no_trace(verifier: Verifier, value: Any) -> None:
    """Wherever it stands in the head or in steps of every kind."""
    proof = json.loads(printed("check", FULL, *PERSON))["proof"]
    steps = {step["kind"]: number for number, step in enumerate(proof["steps"]) if step["inputs"] or step["kind"] != "definition"}
    for key in proof:
        if canonical(proof[key]) != canonical(value):
            assert judged(verifier, {**proof, key: value}, Given()) in FOUND
    for key in proof["asked"]:
        damaged = {**proof, "asked": {**proof["asked"], key: value}}
        assert judged(verifier, resealed(damaged), Given())
    for number in steps.values():
        for key in proof["steps"][number]:
            damaged = {**proof, "steps": [*proof["steps"]]}
            damaged["steps"][number] = {**proof["steps"][number], key: value}
            if canonical(damaged) != canonical(proof):
                assert judged(verifier, damaged, Given()) in FOUND, key


def test_the_published_schema_takes_what_the_verifier_takes() -> None:
    """A sound proof holds against its schema; the page tells where it stands."""
    assert problem("proof", json.loads(printed("check", FULL))["proof"]) == ""
    assert "planproof verify" in (DOCS / "proofs.md").read_text(encoding="utf-8")
