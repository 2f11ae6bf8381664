"""What steps record: years, layers of statements, inputs whatever is asked first, and what decides."""

from __future__ import annotations

from datetime import date

from conftest import book_of
from planproof.answer import Answerer
from planproof.decide import binding, deciding_inputs
from planproof.encode import Encoder
from planproof.plan import Asked, Evidence, Facts
from planproof.plans import Loader
from planproof.proof import Context, Proof
from planproof.source import Source
from small import ask, define, evaluator, except_, fact, facts

DATED = (
    fact("participant.pay", "money by this_year", "between $0 and $100")
    + fact("participant.past", "yes/no")
    + define("this_year", "year", "asked.year")
    + define("last_year", "year", "this_year - 1")
    + define("now", "money", "participant.pay")
    + define("before", "money", "participant.pay for (last_year)")
    + define("named", "money", "participant.pay for 2026")
)


def _over(lower: Facts, upper: Facts) -> list[object]:
    found = evaluator(DATED).run(lower.joined(upper), Asked(2026))
    return [found.step(name).value for name in ("now", "before", "named")]


def test_a_plain_value_over_values_of_years() -> None:
    """The later plain value answers its own year; other years keep theirs."""
    lower = facts({("participant.pay", 2026): 1_00, ("participant.pay", 2025): 2_00})
    assert _over(lower, facts({"participant.pay": 9_00})) == [9_00, 2_00, 9_00]


def test_a_value_of_a_year_over_a_plain_value() -> None:
    """The later value of a year answers that year."""
    lower = facts({"participant.pay": 9_00})
    assert _over(lower, facts({("participant.pay", 2026): 1_00, ("participant.pay", 2025): 2_00})) == [1_00, 2_00, 1_00]


def test_settings_one_over_the_other(loader: Loader) -> None:
    """A later setting lies over an earlier one, plain or of a year."""
    for first, second in (("", " for 2026"), (" for 2026", "")):
        texts = [f"participant.compensation{first}=1", f"participant.compensation{second}=2"]
        person, _, _, problems = loader.participant(None, texts)
        assert person is not None
        assert not problems
        latest = max(person.facts.statements.values(), key=lambda statement: statement.layer)
        assert latest.value == 2_00


def test_inputs_do_not_depend_on_what_is_asked_first() -> None:
    """Two readers of one year each have their own inputs, in either order."""
    for order in (("now", "named"), ("named", "now")):
        run = ask(DATED, {"participant.pay": 5_00})
        steps = {name: run.step(name) for name in order}
        assert [step.name for step in steps["now"].inputs] == ["this_year", "participant.pay"]
        assert [step.name for step in steps["named"].inputs] == ["participant.pay"]
        assert steps["now"].inputs[1] is steps["named"].inputs[0]


BOOK = (
    DATED
    + define("ceiling", "money", "greater of (participant.high, participant.low)")
    + fact("participant.high", "money", "between $0 and $100")
    + fact("participant.low", "money", "between $0 and $100")
    + define("rest", "money", "ceiling - $1\n  but not less than $0")
    + define("both_years", "money", "participant.pay + participant.pay for (this_year + 0)")
    + 'verdict good : one of fine, bad\n  label "Good"\n  cites Test\n  phases now_open\n  amounts rest, both_years\n  is fine\n'
)


def test_every_id_stands_once() -> None:
    """One fact of one year is one step, however its year is named."""
    book = book_of(BOOK)
    answerer = Answerer(book)
    given = facts({"participant.pay": 5_00, "participant.high": 7_00, "participant.low": 9_00})
    context = Context(book.hash, "", "", "", 2026, date(2026, 12, 31), "", True)
    proof, _ = answerer.prove(given, Asked(2026, date(2026, 12, 31)), context)
    assert isinstance(proof, Proof)
    ids = [step["id"] for step in Encoder(answerer).proof(proof)["steps"]]
    assert len(ids) == len(set(ids))


def test_binding_of_the_greater() -> None:
    """The greater of two is decided by the greater; a floor at a written value decides nothing."""
    book = book_of(BOOK)
    answerer = Answerer(book)
    run = answerer.evaluator.run(facts({"participant.high": 50, "participant.low": 60}), Asked(2026))
    assert binding(answerer.evaluator.definitions, run, "rest") == "participant.low"


def test_what_decides_with_two_years_of_one_name() -> None:
    """A name read for two years tells nothing by its name alone: what holds is among what decides."""
    text = (
        fact("participant.x", "yes/no by this_year")
        + fact("participant.fine", "yes/no")
        + fact("participant.shaky", "yes/no")
        + define("this_year", "year", "asked.year")
        + define("answer", "yes/no", "(participant.x for 2025 and participant.shaky) or (participant.x and participant.fine)")
    )
    values = {("participant.x", 2025): False, ("participant.x", 2026): True, "participant.fine": True, "participant.shaky": True}
    run = ask(text, values)
    step = run.step("answer")
    assert step.value is True
    names = [found.name for found in deciding_inputs(book_of(text).definitions, step)]
    assert "participant.fine" in names


def test_a_possible_conflict_is_not_certain() -> None:
    """One exception holds, another may, and neither is over the other: both are told as possible."""
    text = (
        fact("participant.p", "yes/no")
        + fact("participant.q", "yes/no")
        + define("answer", "count", "1", except_("first", "participant.p", "2"), except_("second", "participant.q", "3"))
    )
    step = ask(text, {"participant.p": True}).step("answer")
    assert getattr(step, "taken", None) == ("first", "second")


def test_an_amendment_names_the_source_of_what_names_none(loader: Loader) -> None:
    """Page and note of a value stay; the amendment's source fills in."""
    text = (
        "employer: E\nname: P\ntype: 401(k)\nsources: {spd: {document: SPD}, am: {document: Amendment}}\nfeatures: {}\n"
        "amendments:\n  - {name: A, effective: 2026-01-01, source: am,"
        " features: {after_tax: {allowed: {value: yes, page: 12, note: hi}}}}\n"
    )
    plan, diagnostics = loader.plan_of(Source("plan.yaml", text))
    assert plan is not None, diagnostics
    statement = plan.on(date(2026, 1, 1)).statements["plan.after_tax.allowed", None]
    assert statement.evidence == Evidence("am", "12", "", "hi")


def test_a_plain_value_under_a_value_of_a_year_that_may_be_its_own() -> None:
    """Where the own year is not known, a later value of some year leaves the fact unknown."""
    text = (
        fact("participant.pay", "money by some_year", "between $0 and $100")
        + fact("participant.shifted", "yes/no")
        + define("some_year", "year", "asked.year", except_("shifted", "participant.shifted", "asked.year - 1"))
        + define("now", "money", "participant.pay")
    )
    plain, dated = facts({"participant.pay": 9_00}), facts({("participant.pay", 2026): 1_00})
    for lower, upper, known in ((plain, dated, False), (dated, plain, True)):
        run = evaluator(text).run(lower.joined(upper), Asked(2026))
        assert (run.step("now").value == 9_00) is known
