"""Plan files that are right: every form, the fact it gives, and its place."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from plan_files import HEAD, TWO_SOURCES, bare, features, place, plan_of, stated
from planproof.plan import Claim, Evidence
from planproof.plans import Loader
from planproof.values import State, Value

ROOT = Path(__file__).resolve().parent.parent


# ------------------------------------------------------------------ forms of values


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("5000", 500_000),
        ("5000.50", 500_050),
        ("$5,000.50", 500_050),
        ('"$5,000.50"', 500_050),
        ("'5000'", 500_000),
        ("$5000", 500_000),
        ('"5,000"', 500_000),
        ("$0", 0),
        ("0.01", 1),
        ("$1,000,000", 100_000_000),
    ],
)
def test_money(loader: Loader, text: str, cents: int) -> None:
    """Money is whole cents in every way of writing it."""
    assert stated(features(loader, f"  match:\n    dollar_cap: {text}\n"), "plan.match.dollar_cap") == cents


def test_money_with_comma_in_braces(loader: Loader) -> None:
    """In braces a comma parts values, so an amount with one stands in quotes."""
    facts = features(loader, '  match: {dollar_cap: "$5,000.50"}\n')
    assert stated(facts, "plan.match.dollar_cap") == 500_050


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15%", Fraction(15, 100)),
        ("7.5%", Fraction(75, 1000)),
        ("0%", 0),
        ("100%", 1),
        ("0.000001%", Fraction(1, 10**8)),
        ('"3.25%"', Fraction(325, 10_000)),
    ],
)
def test_rate(loader: Loader, text: str, value: Fraction | int) -> None:
    """A rate is exact."""
    assert stated(features(loader, f"  after_tax:\n    percent_cap: {text}\n"), "plan.after_tax.percent_cap") == value


def test_other_kinds(loader: Loader) -> None:
    """Counts, numbers, yes/no and choices."""
    text = """\
  governmental: no
  plan_year_ends_in_month: 6
  roth: {deferrals: yes}
  in_service: {after_tax: from_minimum_age, minimum_age: 59.5}
"""
    facts = features(loader, text)
    assert stated(facts, "plan.governmental") is False
    assert stated(facts, "plan.roth.deferrals") is True
    assert stated(facts, "plan.plan_year_ends_in_month") == 6
    assert stated(facts, "plan.in_service.after_tax") == "from_minimum_age"
    assert stated(facts, "plan.in_service.minimum_age") == Fraction(119, 2)
    assert stated(facts, "plan.type") == "401(k)"


def test_quotes_do_not_matter_for_words(loader: Loader) -> None:
    """`"yes"` in quotes is the same answer."""
    assert stated(features(loader, "  governmental: \"yes\"\n  roth: {deferrals: 'no'}\n"), "plan.governmental") is True


def test_bounds_belong_to_the_range(loader: Loader) -> None:
    """The ends of a range are in it."""
    for month in (1, 12):
        assert stated(features(loader, f"  plan_year_ends_in_month: {month}\n"), "plan.plan_year_ends_in_month") == month


def test_unknown_silence_and_none_differ(loader: Loader) -> None:
    """`unknown` is asked and not told, a missing line is not stated, `none` is a value."""
    facts = features(loader, "  after_tax: {allowed: unknown, dollar_cap: none, percent_cap: unknown}\n  match: {tiers: unknown}\n")
    assert facts.statements["plan.after_tax.allowed", None].state is State.STATED_UNKNOWN
    assert facts.statements["plan.after_tax.percent_cap", None].state is State.STATED_UNKNOWN
    assert facts.statements["plan.after_tax.dollar_cap", None].state is State.STATED
    assert facts.statements["plan.after_tax.dollar_cap", None].value is None
    assert ("plan.after_tax.combined_percent_cap", None) not in facts.statements
    assert facts.lists["plan.match.tiers"].state is State.STATED_UNKNOWN
    assert facts.lists["plan.match.tiers"].rows == ()


def test_unknown_plan_type(loader: Loader) -> None:
    """A plan whose kind is not told is unknown in its head too."""
    plan = plan_of(loader, "employer: Acme\nname: Plan\ntype: unknown\nfeatures: {}\n")
    assert plan.type == "unknown"
    assert plan.facts.statements["plan.type", None].state is State.STATED_UNKNOWN


# ------------------------------------------------------------------ evidence


def test_single_source_is_the_default_evidence(loader: Loader) -> None:
    """Where a file lists one document, what names no source comes from it."""
    head = HEAD + "sources:\n  spd: {document: SPD}\n"
    text = "  governmental: no\n  roth:\n    deferrals: {value: yes, page: 9}\n  match: {tiers: [{rate: 50%, from: 0%}]}\n"
    facts = features(loader, text, head)
    assert facts.statements["plan.governmental", None].evidence == Evidence("spd")
    assert facts.statements["plan.roth.deferrals", None].evidence == Evidence("spd", page="9")
    assert facts.lists["plan.match.tiers"].evidence == Evidence("spd")


def test_two_sources_have_no_default(loader: Loader) -> None:
    """Where a file lists two documents, only what names one has evidence."""
    facts = features(loader, "  governmental: no\n  roth:\n    deferrals: {value: yes, source: guide}\n", HEAD + TWO_SOURCES)
    assert facts.statements["plan.governmental", None].evidence == Evidence()
    assert facts.statements["plan.roth.deferrals", None].evidence == Evidence("guide")


def test_every_part_of_evidence(loader: Loader) -> None:
    """Source, page, section and note are kept as written, with the value's own place."""
    text = "  governmental: {value: no, source: spd, page: 14, section: 5.1(a), note: By name.}\n"
    statement = features(loader, text, HEAD + TWO_SOURCES).statements["plan.governmental", None]
    assert statement.value is False
    assert statement.evidence == Evidence("spd", "14", "5.1(a)", "By name.")
    assert place(statement) == (8, 25)


def test_unknown_with_evidence(loader: Loader) -> None:
    """That a document does not tell is stated with its page too."""
    facts = features(loader, "  governmental: {value: unknown, source: spd, page: 3}\n", HEAD + TWO_SOURCES)
    statement = facts.statements["plan.governmental", None]
    assert (statement.state, statement.evidence) == (State.STATED_UNKNOWN, Evidence("spd", "3"))


def test_conflicting_claims(loader: Loader) -> None:
    """Claims that disagree are kept, each with its evidence, and give no value."""
    text = """\
  after_tax:
    dollar_cap:
      conflicting:
        - {value: none, source: guide, page: 4}
        - {value: 5000, source: spd}
"""
    statement = features(loader, text, HEAD + TWO_SOURCES).statements["plan.after_tax.dollar_cap", None]
    assert statement.state is State.CONFLICTING
    assert statement.value is None
    assert statement.claims == (Claim(None, Evidence("guide", "4")), Claim(500_000, Evidence("spd")))


def test_documents(loader: Loader) -> None:
    """Documents keep their words, and where they are."""
    text = """\
features: {}
sources:
  a: {document: SPD, title: Yours, date: 2025, address: 'https://a.example'}
  b: {document: Notice, date: 2025-01-01, file: b.pdf}
"""
    plan = plan_of(loader, HEAD + text)
    kept = [(d.id, d.document, d.title, d.date, d.where) for d in plan.documents]
    assert kept == [("a", "SPD", "Yours", "2025", "https://a.example"), ("b", "Notice", "", "2025-01-01", "b.pdf")]


# ------------------------------------------------------------------ lists, amendments, groups


def test_rows(loader: Loader) -> None:
    """Rows of a list, in their order; a cell that is left out is not there."""
    text = "  match:\n    tiers:\n      - {rate: 100%, from: 0%, to: 3%}\n      - {rate: unknown, from: 3%}\n"
    rows = features(loader, text).lists["plan.match.tiers"]
    assert rows.state is State.STATED
    first, second = rows.rows
    assert {name: cell.value for name, cell in first.items()} == {"tier.rate": 1, "tier.from": 0, "tier.to": Fraction(3, 100)}
    assert sorted(second) == ["tier.from", "tier.rate"]
    assert second["tier.rate"].state is State.STATED_UNKNOWN


def test_empty_list_is_stated(loader: Loader) -> None:
    """`[]` says that there are no rows, which is not the same as unknown."""
    rows = features(loader, "  match: {tiers: []}\n").lists["plan.match.tiers"]
    assert (rows.rows, rows.state) == ((), State.STATED)


AMENDED = (
    HEAD
    + TWO_SOURCES
    + """\
features:
  governmental: no
  roth: {deferrals: no}
amendments:
  - name: Second
    adopted: 2026-05-20
    effective: 2026-07-01
    source: guide
    features: {roth: {deferrals: yes}, governmental: {value: yes, source: spd}}
  - {name: First, effective: 2025-01-01, features: {roth: {deferrals: unknown}}}
"""
)


@pytest.mark.parametrize(
    ("day", "governmental", "roth"),
    [
        (date(2024, 12, 31), False, (State.STATED, False)),
        (date(2025, 1, 1), False, (State.STATED_UNKNOWN, None)),
        (date(2026, 6, 30), False, (State.STATED_UNKNOWN, None)),
        (date(2026, 7, 1), True, (State.STATED, True)),
        (date(2030, 1, 1), True, (State.STATED, True)),
    ],
)
def test_amendments_by_date(loader: Loader, day: date, governmental: bool, roth: tuple[State, Value]) -> None:
    """The plan of a day has the amendments effective by then, the latest effective on top, whatever their order."""
    facts = plan_of(loader, AMENDED).on(day)
    statement = facts.statements["plan.roth.deferrals", None]
    assert stated(facts, "plan.governmental") is governmental
    assert (statement.state, statement.value) == roth


def test_evidence_of_amendments(loader: Loader) -> None:
    """An amendment's source is the evidence of what names none itself."""
    second, first = plan_of(loader, AMENDED).amendments
    assert (second.name, second.adopted, second.effective) == ("Second", date(2026, 5, 20), date(2026, 7, 1))
    assert (first.name, first.adopted) == ("First", None)
    assert second.facts.statements["plan.roth.deferrals", None].evidence == Evidence("guide")
    assert second.facts.statements["plan.governmental", None].evidence == Evidence("spd")
    assert first.facts.statements["plan.roth.deferrals", None].evidence == Evidence()


def test_amendments_of_one_day_that_differ(loader: Loader) -> None:
    """Two amendments of one day go together where they change different things."""
    text = """\
features: {}
amendments:
  - {name: A, effective: 2026-01-01, features: {governmental: no}}
  - {name: B, effective: 2026-01-01, features: {roth: {deferrals: yes}}}
"""
    facts = plan_of(loader, HEAD + text).on(date(2026, 1, 1))
    assert stated(facts, "plan.governmental") is False
    assert stated(facts, "plan.roth.deferrals") is True


def test_groups(loader: Loader) -> None:
    """A group has its label and only what differs in it."""
    text = """\
features: {governmental: no}
groups:
  hourly_2:
    label: Hourly employees
    features: {after_tax: {allowed: no}}
"""
    (group,) = plan_of(loader, HEAD + text).groups
    assert (group.name, group.label) == ("hourly_2", "Hourly employees")
    assert bare(group.facts) == ({("plan.after_tax.allowed", None): (State.STATED, False)}, {})


def test_head_of_a_plan(loader: Loader) -> None:
    """The fixed keys of a plan file are kept as written."""
    text = """\
ein: 12-3456789
plan_number: "001"
recordkeeper: Keeper & Co.
features: {}
expected: unsupported
difference: The SPD is silent.
"""
    plan = plan_of(loader, HEAD + text)
    kept = (plan.employer, plan.name, plan.type, plan.ein, plan.plan_number, plan.recordkeeper, plan.expected, plan.difference)
    assert kept == ("Acme", "Plan", "401(k)", "12-3456789", "001", "Keeper & Co.", "unsupported", "The SPD is silent.")


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "examples").glob("*plan.yaml")), ids=lambda path: path.name)
def test_example_plans(loader: Loader, path: Path) -> None:
    """The plans shown in the manual have nothing wrong with them."""
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None
    assert diagnostics == ()


# ------------------------------------------------------------------ JSON


def test_json_plan_equals_yaml_plan(loader: Loader) -> None:
    """The same plan in JSON, indented with tabs, gives the same facts."""
    tree = {
        "employer": "Acme",
        "name": "Plan",
        "type": "401(k)",
        "features": {"plan_year_ends_in_month": 12, "match": {"dollar_cap": 5000, "tiers": [{"rate": "50%", "from": "0%", "to": "6%"}]}},
    }
    text = "  plan_year_ends_in_month: 12\n  match:\n    dollar_cap: 5000\n    tiers: [{rate: 50%, from: 0%, to: 6%}]\n"
    facts = features(loader, text)
    for text in (json.dumps(tree), json.dumps(tree, indent="\t"), json.dumps(tree, separators=(",", ":"))):
        assert bare(plan_of(loader, text, "plan.json").facts) == bare(facts)


def test_json_escapes(loader: Loader) -> None:
    """Characters that JSON writes as escapes, in two halves where they are far out, arrive whole."""
    text = json.dumps({"employer": "Café \U00020000 \U0001f600/", "name": "a\\b", "type": "401(k)", "features": {}}).replace("/", "\\/")
    plan = plan_of(loader, text, "plan.json")
    assert (plan.employer, plan.name) == ("Café \U00020000 \U0001f600/", "a\\b")


# ------------------------------------------------------------------ places

PLACED = """\
employer: Acme
name: Plan
type: 401(k)
features:
  governmental: no
  after_tax:
    percent_cap: {value: 10%, note: n}
    dollar_cap:   "$5,000"
  match:
    tiers:
      - {rate: 50%, from: 0%}
"""


@pytest.mark.parametrize(
    ("name", "line", "column", "text"),
    [
        ("plan.type", 3, 7, "401(k)"),
        ("plan.governmental", 5, 17, "no"),
        ("plan.after_tax.percent_cap", 7, 26, "10%"),
        ("plan.after_tax.dollar_cap", 8, 19, '"$5,000"'),
    ],
)
def test_places(loader: Loader, name: str, line: int, column: int, text: str) -> None:
    """A fact knows where its value stands, quotes included."""
    plan = plan_of(loader, PLACED)
    statement = plan.facts.statements[name, None]
    assert place(statement) == (line, column)
    assert statement.span is not None
    assert plan.source.text[statement.span.start : statement.span.end] == text


def test_places_of_rows(loader: Loader) -> None:
    """A list and each of its cells know their places."""
    listed = plan_of(loader, PLACED).facts.lists["plan.match.tiers"]
    assert place(listed) == (11, 7)
    assert place(listed.rows[0]["tier.rate"]) == (11, 16)


@pytest.mark.parametrize("form", ["crlf", "byte order mark", "both"])
def test_places_in_files_from_elsewhere(loader: Loader, tmp_path: Path, form: str) -> None:
    """Line ends of two characters and a byte order mark change neither facts nor places."""
    text = PLACED.replace("\n", "\r\n") if form != "byte order mark" else PLACED
    path = tmp_path / "plan.yaml"
    path.write_bytes((b"\xef\xbb\xbf" if form != "crlf" else b"") + text.encode())
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None, diagnostics
    assert plan.employer == "Acme"
    assert bare(plan.facts) == bare(plan_of(loader, PLACED).facts)
    assert place(plan.facts.statements["plan.type", None]) == (3, 7)
    assert place(plan.facts.statements["plan.after_tax.dollar_cap", None]) == (8, 19)


@pytest.mark.parametrize("form", ["crlf", "byte order mark"])
def test_faults_in_files_from_elsewhere(loader: Loader, tmp_path: Path, form: str) -> None:
    """A diagnostic has the place that an editor shows."""
    text = HEAD + "features:\n  governmental: yess\n"
    path = tmp_path / "plan.yaml"
    path.write_bytes(text.replace("\n", "\r\n").encode() if form == "crlf" else b"\xef\xbb\xbf" + text.encode())
    _, _, diagnostics = loader.plan(path)
    assert [(found.code, found.span.line, found.span.column) for found in diagnostics if found.span] == [("plan-value", 5, 17)]


def test_comments_and_explicit_start(loader: Loader) -> None:
    """Comments and one `---` are no part of a plan."""
    assert plan_of(loader, f"# plan\n---\n{HEAD}# more\nfeatures: {{}} # none\n").employer == "Acme"
