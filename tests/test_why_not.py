"""Why not: what is told to give a wanted answer is what a brute-force search finds, no more and no less."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

import small
from brute_force import NUMBER, enough, is_number, key_of, keys_of, representatives, smallest
from conftest import ROOT
from planproof import core as c
from planproof.cli import main
from planproof.diagnostics import Diagnostic
from planproof.evaluate import Evaluator
from planproof.law_in_the_way import Figure, Provision
from planproof.levers import Levers
from planproof.plan import Asked, Facts, Plan
from planproof.plans import Loader
from planproof.possible import YES, Possible, exactly
from planproof.rulebook import Rulebook, load_rulebook
from planproof.stretches import stretch, where
from planproof.suppose import Supposer
from planproof.supposition import Slot
from planproof.types import Kind
from planproof.values import State
from planproof.wanted import Wanted, best, wanted
from planproof.ways import Search, Way
from planproof.why_not import Confirmation, NotConfirmedError, why_not
from shipped import ASKED, CORE, EVALUATOR, FACTS, parts, reached, read_by

LIBRARY = ROOT / "tests" / "books" / "library"
PLANS = sorted((ROOT / "plans").glob("*.yaml"))
FULL, PERSON = "docs/examples/full-plan.yaml", "docs/examples/full-participant.yaml"


@cache
def book(folder: Path = ROOT / "rules") -> Rulebook:
    """A rule book."""
    found, _, diagnostics = load_rulebook(folder)
    assert found is not None, diagnostics
    return found


@cache
def supposer() -> Supposer:
    """The rule book that ships, over sets."""
    return Supposer(EVALUATOR)


def asks(text: str, of: Rulebook | None = None) -> Wanted:
    """What a text asks for."""
    found = wanted(of or book(), text)
    assert isinstance(found, Wanted), found
    return found


def contained(value: Any, to: tuple[Possible, ...]) -> bool:
    """Whether a value is one of some stretches or words."""
    return any(part.may_be(value) for part in to)


def agree(ways: tuple[Way, ...], brute: dict[Any, list[dict[Slot, Any]]], values: dict[Slot, list[Any]], most: int) -> None:
    """The same sets; every combination that brute force found is among them, and of one number no other is."""
    by_key = {keys_of(way): way for way in ways if len(way.to) <= most}
    assert set(by_key) == set(brute)
    for key, way in by_key.items():
        for one in brute[key]:
            assert all(contained(value, way.to[slot]) for slot, value in one.items()), (one, way)
        numbers = [slot for slot, word in key if word is NUMBER]
        if len(numbers) == 1:
            told = {value for value in values[numbers[0]] if is_number(value) and contained(value, way.to[numbers[0]])}
            assert told == {one[numbers[0]] for one in brute[key]}


# ------------------------------------------------------------------ every plan


def thresholds(names: set[str]) -> dict[Kind, set[Any]]:
    """Every figure that stands in some definitions, and every value of a parameter that they read, by kind."""
    found: dict[Kind, set[Any]] = {}
    for definition in CORE.definitions:
        if definition.name in names:
            for node in parts(definition.branches):
                if isinstance(node, c.Literal) and is_number(node.value):
                    found.setdefault(node.type.kind, set()).add(node.value)
    for parameter in CORE.parameters:
        if parameter.name in names:
            found.setdefault(parameter.type.kind, set()).update(value.value for value in parameter.values if is_number(value.value))
    return found


@cache
def verdict_levers() -> dict[Slot, list[Any]]:
    """The facts that the verdict can read, with their words and the representatives of their numbers."""
    names = reached("mega_backdoor")
    figures = thresholds(names)
    facts = [FACTS[name] for name in sorted(read_by("mega_backdoor") & FACTS.keys())]
    assert all(fact.key is None for fact in facts), "a fact by year needs the years that are read"
    return {Slot(fact.name): representatives(fact, figures.get(fact.type.kind, ())) for fact in facts}


@cache
def different() -> dict[Any, list[str]]:
    """The plans that are not supported, by what they say of what the verdict can read; the same need be searched but once."""
    found: dict[Any, list[str]] = {}
    for path in PLANS:
        plan = loaded(path)
        facts = plan.on(ASKED.date)  # type: ignore[arg-type]
        if EVALUATOR.run(facts, ASKED).step("mega_backdoor").value != "supported":
            said = {at.name: facts.statements.get((at.name, None)) for at in verdict_levers()}
            key = tuple((name, None if one is None else (one.state, one.value)) for name, one in said.items())
            found.setdefault(key, []).append(path.name)
    return found


@cache
def loaded(path: Path, folder: Path = ROOT / "rules") -> Plan:
    """The plan of a file."""
    plan, _, diagnostics = Loader(book(folder)).plan(path)
    assert plan is not None, diagnostics
    return plan


def others(facts: Facts, values: dict[Slot, list[Any]]) -> dict[Slot, list[Any]]:
    """The values that facts do not have already."""
    found = {}
    for slot, every in values.items():
        said = facts.statements.get((slot.name, slot.key))
        presumed = FACTS[slot.name].presumed if slot.name in FACTS else None
        now = [said.value] if said and said.state is State.STATED else [presumed.value] if said is None and presumed else []
        found[slot] = [value for value in every if not any(value is one or (is_number(value) and value == one) for one in now)]
    return found


def test_most_plans_are_not_supported() -> None:
    """So that what follows tests something: forty plans, of which many differ."""
    assert sum(len(names) for names in different().values()) >= 30
    assert len(different()) >= 10


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("person", [{}, {"participant.age_at_withdrawal": 52}], ids=["nobody", "somebody"])
def test_sets_of_every_plan_are_those_of_brute_force(index: int, person: dict[str, int]) -> None:
    """Single and double changes of every plan that is not supported: minimal, and none left out."""
    test = asks("supported").test
    for names in list(different().values())[index::6]:
        facts = loaded(ROOT / "plans" / names[0]).on(ASKED.date).joined(small.facts(person))  # type: ignore[arg-type]
        if EVALUATOR.run(facts, ASKED).value(test) is True:
            continue
        values = others(facts, verdict_levers())
        found = Search(supposer(), facts, ASKED, test).ways(2)
        assert (found.size, found.unsettled) == (2, 0)
        agree(found.found, smallest(EVALUATOR, facts, ASKED, test, values, 2), values, 2)


# ------------------------------------------------------------------ small books


def random_book(random: Random) -> str:
    """A small book: facts of every kind, some conditional, presumed or by year, and an answer that turns on them."""

    def condition(deep: int) -> str:
        if deep and random.random() < 0.6:
            return f"({condition(deep - 1)} {random.choice(['and', 'or'])} {condition(deep - 1)})"
        return random.choice(
            [
                "participant.member",
                "not participant.member",
                "participant.guest",
                "participant.asked",
                "participant.kind = gold",
                "participant.kind is one of (gold, silver)",
                f"participant.years >= {random.randint(0, 6)}",
                f"participant.years < {random.randint(1, 6)}",
                f"participant.loans + participant.years <= {random.randint(0, 9)}",
                "participant.loans is none",
                "participant.guest is known",
                f"participant.visits > {random.randint(0, 4)}",
            ]
        )

    facts = [
        small.fact("participant.member", "yes/no"),
        small.fact("participant.guest", "yes/no", f"applies when {random.choice(['not participant.member', 'participant.member'])}"),
        small.fact("participant.asked", "yes/no", "presumed yes cites Test", "applies when participant.kind = gold"),
        small.fact("participant.kind", "one of gold, silver, tin"),
        small.fact("participant.years", "count", "between 0 and 6"),
        small.fact("participant.loans", "count or none", "between 0 and 5"),
        small.fact("participant.visits", "count by asked.year", "between 0 and 4"),
    ]
    first, second = small.define("first", "yes/no", condition(2)), small.define("second", "yes/no", condition(1))
    answer = small.define(
        "answer",
        "yes/no",
        "no",
        small.except_("one", f"first and {condition(1)}", "yes"),
        small.except_("two", "second", random.choice(["yes", "no"]), "over one"),
    )
    return "".join([*facts, first, second, answer])


def random_facts(core: c.Core, random: Random) -> Facts:
    """Facts of every state."""
    states = [State.STATED_UNKNOWN, State.CONFLICTING, State.DIFFERS_BY_GROUP]
    values: dict[Any, Any] = {}
    for fact in core.facts:
        if random.random() < 0.75:
            at = fact.name if fact.key is None or random.random() < 0.5 else (fact.name, 2026)
            values[at] = random.choice(states) if random.random() < 0.2 else random.choice(representatives(fact, range(7)))
    return small.facts(values)


@pytest.mark.parametrize("seed", range(60))
def test_sets_of_small_books_are_those_of_brute_force(seed: int) -> None:
    """Up to three changes, over every value of every fact."""
    random = Random(seed)
    evaluator = small.evaluator(random_book(random))
    test = c.Named("answer")
    for _ in range(3):
        facts = random_facts(evaluator.core, random)
        asked = Asked(2026)
        if evaluator.run(facts, asked).value(test) is True:
            continue
        values = small_levers(evaluator, facts)
        search = Search(Supposer(evaluator), facts, asked, test)
        found = search.ways(3)
        assert (found.size, found.unsettled) == (3, 0)
        agree(found.found, smallest(evaluator, facts, asked, test, values, 3), values, 3)
        confirmation = Confirmation(search.supposer, search.levers, Wanted("answer", "answer", test))
        for way in found.found:
            confirmation.way(way)


def small_levers(evaluator: Evaluator, facts: Facts) -> dict[Slot, list[Any]]:
    """Every value of every fact of a small book, but for the one that it has."""
    found = {}
    for fact in evaluator.core.facts:
        slot = Slot(fact.name, 2026 if fact.key else None)
        said = facts.statements.get((fact.name, slot.key)) or facts.statements.get((fact.name, None))
        now = [said.value] if said is not None and said.state is State.STATED else []
        found[slot] = [value for value in representatives(fact, range(7)) if not any(_same(value, one) for one in now)]
    return found


def _same(value: Any, other: Any) -> bool:
    return value == other and type(value) is type(other)


# ------------------------------------------------------------------ what is told


YEARS = small.fact("participant.years", "number", "between 0 and 100", "changed by time") + small.fact("plan.open", "yes/no")


def test_numbers_are_told_as_stretches() -> None:
    """Between 2 and 5.5 years, in steps of a thousandth; below 1 too."""
    text = YEARS + small.define("answer", "yes/no", "participant.years in 2..5.5 or participant.years < 1")
    evaluator = small.evaluator(text)
    found = Search(Supposer(evaluator), small.facts({"participant.years": Fraction(3, 2)}), Asked(2026), c.Named("answer")).ways(1)
    (way,) = found.found
    assert way.to[Slot("participant.years")] == (stretch(0, Fraction(999, 1000)), stretch(2, Fraction(11, 2)))


def test_two_numbers_of_which_not_every_pair_will_do() -> None:
    """Deferrals and match, of which each alone is too small, together leave the room: at most $12 of both."""
    text = small.fact("participant.deferrals", "money", "between $0 and $50") + small.fact(
        "participant.match", "money", "between $0 and $50"
    )
    text += small.define("room", "money", "$72 - participant.deferrals - participant.match\n  but not less than $0")
    text += small.define("answer", "yes/no", "room >= $60")
    evaluator = small.evaluator(text)
    facts = small.facts({"participant.deferrals": 30_00, "participant.match": 20_00})
    (way,) = Search(Supposer(evaluator), facts, Asked(2026), c.Named("answer")).ways(2).found
    assert {slot.name: parts for slot, parts in way.to.items()} == dict.fromkeys(
        ("participant.deferrals", "participant.match"), (stretch(0, 12_00),)
    )
    assert not way.apart
    assert enough(evaluator, facts, Asked(2026), c.Named("answer"), way.point)


def test_a_fact_by_year_is_changed_for_the_year_that_is_read() -> None:
    """Pay of the year before counts, and a plain statement is of another year."""
    text = small.fact("participant.pay", "money by asked.year", "between $0 and $100")
    text += small.define("answer", "yes/no", "participant.pay for (asked.year - 1) >= $40")
    search = Search(Supposer(small.evaluator(text)), small.facts({"participant.pay": 50_00}), Asked(2026), c.Named("answer"))
    (way,) = search.ways(2).found
    assert way.to == {Slot("participant.pay", 2025): (stretch(40_00, 100_00),)}
    assert search.levers.standing(Slot("participant.pay", 2025), search.base).state is State.NOT_STATED


def test_lists_are_not_searched_and_told() -> None:
    """What turns on rows alone cannot be given by facts, and the list is named."""
    text = small.listed("participant.loans", "loan", "late : yes/no") + YEARS
    text += small.define("answer", "yes/no", "count of (each loan) = 0 and plan.open and participant.years > 0")
    found = Search(Supposer(small.evaluator(text)), small.facts({}), Asked(2026), c.Named("answer")).ways(3)
    assert (found.found, found.possible, found.lists) == ((), False, ("participant.loans",))


def test_a_set_that_evaluation_does_not_confirm_is_a_fault() -> None:
    """Neither one that does not give it, nor one with a part that is enough."""
    evaluator = small.evaluator(YEARS + small.define("answer", "yes/no", "plan.open"))
    supposer_ = Supposer(evaluator)
    levers = Levers(supposer_, small.facts({}), Asked(2026))
    confirmation = Confirmation(supposer_, levers, Wanted("answer", "answer", c.Named("answer")))
    good = {Slot("plan.open"): (YES,)}
    confirmation.way(Way(good, {Slot("plan.open"): True}, apart=True))
    with pytest.raises(NotConfirmedError, match=r"is not given by plan\.open=False"):
        confirmation.way(Way({Slot("plan.open"): (exactly(False),)}, {Slot("plan.open"): False}, apart=True))
    more = {Slot("plan.open"): True, Slot("participant.years"): 3}
    with pytest.raises(NotConfirmedError, match=r"is given by plan\.open=True already"):
        confirmation.way(Way({slot: (exactly(value),) for slot, value in more.items()}, more, apart=True))


@pytest.mark.parametrize("seed", range(30))
def test_where_a_test_holds_along_a_stretch(seed: int) -> None:
    """The stretches are those of looking at every number, with good guesses of where it changes and with bad ones."""
    random = Random(seed)
    holds = {number for number in range(200) if (number // random.choice([7, 20, 50])) % 2}

    def test(part: Possible) -> Possible:
        inside = {number in holds for number in range(part.low, part.high + 1)}  # type: ignore[arg-type, operator]
        return exactly(inside.pop()) if len(inside) == 1 else Possible(frozenset((True, False)))

    found = where(test, stretch(0, 199), 1, 2000, lambda part: random.randint(part.low, part.high))  # type: ignore[arg-type]
    assert found is not None
    assert {number for part in found for number in range(part.low, part.high + 1)} == holds  # type: ignore[arg-type, operator]
    assert all(first.high + 1 < second.low for first, second in pairwise(found))  # type: ignore[operator]
    assert where(test, stretch(0, 199), 1, 2) is None


# ------------------------------------------------------------------ the law


def test_a_figure_of_the_law_that_stands_in_the_way() -> None:
    """The dollar limit of 2026 is $72,000, so that nobody's limit is $80,000 until it is raised to that."""
    facts = loaded(ROOT / FULL).on(ASKED.date)  # type: ignore[arg-type]
    facts = facts.joined(small.facts({("participant.compensation", 2026): 300_000_00}))
    found = why_not(supposer(), facts, ASKED, asks("annual_additions_limit>=80000"))
    assert (found.sets, found.possible) == ((), False)
    (figure,) = found.law
    assert isinstance(figure, Figure)
    assert (figure.parameter.name, figure.year, figure.value) == ("annual_additions_dollar_limit", 2026, 72_000_00)
    assert [part.low for part in figure.to] == [80_000_00]


def test_a_provision_of_the_law_that_stands_in_the_way() -> None:
    """An exception that always holds is told; one that does not hold is not."""
    text = YEARS + small.define("closed", "yes/no", "yes")
    text += small.define("answer", "yes/no", "yes", small.except_("barred", "closed", "no"), small.except_("odd", "not closed", "no"))
    found = why_not_of(text, {"participant.years": 1})
    assert [(one.definition.name, one.branch.label) for one in found if isinstance(one, Provision)] == [("answer", "barred")]


def why_not_of(text: str, values: dict[Any, Any]) -> tuple[Provision | Figure, ...]:
    """What of a small book stands in the way of its answer."""
    from planproof.law_in_the_way import obstacles

    return obstacles(small.evaluator(text), small.facts(values), Asked(2026), c.Named("answer"))


# ------------------------------------------------------------------ what is wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("supportd", "`supportd` is no option of the verdict, path or amount"),
        ("", "`` is no option of the verdict, path or amount"),
        ("no_such>=5", "`no_such` is no option of the verdict, path or amount"),
        ("tier.match>=5", "`tier.match` is no option of the verdict, path or amount"),
        ("after_tax_room", "`after_tax_room` is money"),
        ("after_tax_room>=much", "`much` is not an amount of money"),
        ("mega_backdoor>=supported", "`mega_backdoor` is one of supported, after_separation, unsupported and has no order"),
        ("mega_backdoor=yes", "`yes` is not one of supported, after_separation, unsupported, unknown"),
    ],
)
def test_what_cannot_be_wanted(text: str, message: str) -> None:
    """Each text that asks for nothing is told why."""
    found = wanted(book(), text)
    assert isinstance(found, Diagnostic)
    assert found.message == message


def test_what_is_wanted_by_itself_is_the_first_option() -> None:
    """Of either rule book."""
    assert (best(book()), best(book(LIBRARY))) == ("supported", "lent")


# ------------------------------------------------------------------ the command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, output and messages of the command."""
    code = main(["why-not", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_change_names_who_makes_it_where_it_stands_and_what_it_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    """MIT's page says that there are no after-tax contributions: the sponsor would have to amend the plan."""
    code, out, _ = run(capsys, str(ROOT / "plans" / "mit.yaml"))
    assert code == 0
    assert "Voluntary after-tax contributions: from no to yes" in out
    assert "changed by the plan sponsor, by amendment; now in Employer HR page" in out
    assert "mit.yaml:21:22]" in out
    assert "Withdrawal of after-tax money while employed: at any age" in out
    assert "then: Mega-backdoor Roth supported" in out
    assert "all sets of up to 3 changes" in out


def test_what_is_given_already_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Intel's plan is supported."""
    code, out, _ = run(capsys, str(ROOT / "plans" / "intel.yaml"))
    assert (code, out.splitlines()[-1]) == (0, "It is given already.")


def test_wrong_input_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown wish, an absent file and a size that is none: code 2, and where."""
    code, out, err = run(capsys, str(ROOT / "plans" / "mit.yaml"), "suported")
    assert (code, out) == (2, "")
    assert "error[wanted-unknown]: `suported` is no option" in err
    assert "did you mean `supported`" in err
    assert run(capsys, str(ROOT / "plans" / "absent.yaml"))[0] == 2
    with pytest.raises(SystemExit, match="2"):
        run(capsys, str(ROOT / "plans" / "mit.yaml"), "--size", "9")


def test_groups_are_answered_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Each group of a plan has its own sets."""
    path = next(path for path in PLANS if loaded(path).groups)
    code, out, _ = run(capsys, str(path), "unsupported", "--format", "json")
    assert code == 0
    assert set(json.loads(out)["groups"]) == {group.name for group in loaded(path).groups}


def test_the_unrelated_book(capsys: pytest.CaptureFixture[str]) -> None:
    """Books on loan decide whether Ashford lends: rows of that list are not searched, and it is named."""
    code, out, _ = run(capsys, str(LIBRARY / "plans" / "ashford.yaml"), "--rules", str(LIBRARY))
    assert code == 0
    assert "could give it too: “Books on loan”" in out


def test_sets_of_the_unrelated_book_are_those_of_brute_force() -> None:
    """With a member's books told, single and double changes."""
    of = book(LIBRARY)
    evaluator = Evaluator(of.core)
    person, _, _, diagnostics = Loader(of).participant(LIBRARY / "participants" / "ines.yaml", ())
    assert person is not None, diagnostics
    asked = Asked(2026, ASKED.date)
    seen = 0
    for path in sorted((LIBRARY / "plans").glob("*.yaml")):
        facts = loaded(path, LIBRARY).on(ASKED.date).joined(person.facts)  # type: ignore[arg-type]
        for text in ("lent", "refused", "loans_left>=3", "fees_owed<=1"):
            test = asks(text, of).test
            if evaluator.run(facts, asked).value(test) is True:
                continue
            values = {}
            for fact in of.core.facts:
                said = facts.statements.get((fact.name, None))
                now = said.value if said and said.state is State.STATED else fact.presumed.value if fact.presumed and not said else said
                if fact.key is None and fact.type.kind not in (Kind.DATE, Kind.MONEY):
                    values[Slot(fact.name)] = [v for v in representatives(fact, range(31)) if not _same(v, now)]
            found = Search(Supposer(evaluator), facts, asked, test).ways(2)
            ways = tuple(way for way in found.found if all(slot in values for slot in way.to))
            agree(ways, smallest(evaluator, facts, asked, test, values, 2), values, 2)
            seen += len(ways)
    assert seen > 0
    assert key_of({}) == frozenset()


def test_a_stretch_is_worth_what_its_nearest_value_gives() -> None:
    """The cap is 10% of pay, now of $250,000: of $300,000 it leaves just the $30,000 that are wanted, and the match is 4% of it."""
    settings = ("plan.catch_up.higher_60_63=yes", "participant.employer_contributions=12500", "participant.other_plans.any=no")
    person, _, set_, _ = Loader(book()).participant(ROOT / "docs" / "examples" / "full-participant.yaml", settings)
    assert person is not None
    plan = loaded(ROOT / FULL).on(ASKED.date)  # type: ignore[arg-type]
    facts = plan.joined(set_.facts).joined(person.facts)
    found = why_not(supposer(), facts, ASKED, asks("after_tax_room>=30000"), most=1)
    pay = next(one for one in found.sets if one.changes[0].slot == Slot("participant.plan_compensation", 2026))
    assert [(part.low, part.high) for part in pay.changes[0].to] == [(300_000_00, 100_000_000_00)]
    assert pay.changes[0].example == 300_000_00
    assert pay.after.amounts["after_tax_room"] == exactly(30_000_00)
    assert pay.after.amounts["employer_match"] == exactly(12_000_00)
