r"""Plan and participant files that are wrong, each with the diagnostics it must get, at their places.

A file of `bad_plans` or `bad_participants` says what is expected at the end of the offending line, as a comment:
`### code: regex`, or `### code@COLUMN: regex`; several stand one after the other. The regex is searched in the
message and the help. Where a comment cannot stand, `NAME.expect` beside the file holds lines of
`LINE[:COLUMN] code: regex`, with `-` as the line of a diagnostic that has no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from planproof import oddities as oddities_module
from planproof import plans, statements, validate, yaml_text
from planproof.answer import Answerer
from planproof.diagnostics import Diagnostic, Severity, render
from planproof.oddities import oddities
from planproof.plans import Loader
from planproof.source import Source

HERE = Path(__file__).resolve().parent
PLANS = sorted(path for path in (HERE / "bad_plans").iterdir() if path.suffix in (".yaml", ".json"))
PARTICIPANTS = sorted(path for path in (HERE / "bad_participants").iterdir() if path.suffix in (".yaml", ".json"))

HEAD = "employer: Acme\nname: Plan\ntype: 401(k)\nfeatures:\n"

# Plan texts too long to keep, with the place and code of their one diagnostic.
LONG = {
    "too many values": (HEAD + "  match:\n    tiers: [" + "1%, " * 13_000 + "1%]\n", 6, "yaml-values", r"more than 12,000 values"),
    "too large": (
        HEAD + "  governmental: no\n" + "# padding\n" * 27_000,
        None,
        "yaml-size",
        r"`.*too large.yaml` is larger than 262,144 bytes",
    ),
}

# Settings of the command line, with the column, code and message of their one diagnostic.
SETTINGS = [
    ("participant.compensation", 1, "bad-setting", r"a setting is NAME=VALUE"),
    ("", 1, "bad-setting", r"a setting is NAME=VALUE"),
    ("=5000", 1, "bad-setting", r"a setting is NAME=VALUE"),
    ("Participant.compensation=5000", 1, "bad-setting", r"a setting is NAME=VALUE"),
    ("participant.compensation for 25=5000", 1, "bad-setting", r"a setting is NAME=VALUE"),
    ("participant.group=Hourly 1", 19, "bad-setting", r"`Hourly 1` is no name of a group"),
    ("participant.group=", 19, "bad-setting", r"is no name of a group"),
    (
        "participant.compensatoin=5000",
        1,
        "unknown-name",
        r"there is no fact `participant.compensatoin`.*did you mean `participant.compensation`",
    ),
    ("plan.after_tax=yes", 1, "unknown-name", r"there is no fact `plan.after_tax`"),
    ("participant.pay_periods=26", 1, "unknown-name", r"a list is given in a file"),
    ("participant.age_at_year_end for 2025=50", 33, "not-keyed", r"`participant.age_at_year_end` has no years"),
    ("participant.compensation=5e3", 26, "plan-value", r"`5e3` is not an amount of money"),
    ("participant.compensation = 1_000", 28, "plan-value", r"`1_000` is not an amount of money"),
    ("participant.compensation for 2025=0.5", 35, "plan-value", r"`0.5` is not an amount of money"),
    ("participant.compensation=", 26, "plan-value", r"not an amount of money|no value"),
    ("participant.compensation=100000000.01", 26, "out-of-range", r"\$100,000,000.01 is not between \$0 and \$100,000,000"),
    ("participant.age_at_year_end=111", 29, "out-of-range", r"111 is not between 14 and 110"),
    ("plan.after_tax.allowed=true", 24, "plan-value", r"`true` is not one of yes, no, unknown"),
    ("plan.governmental=none", 19, "plan-value", r"`none` is not one of yes, no, unknown"),
    ("plan.after_tax.percent_cap=0.15", 28, "plan-value", r"`0.15` is not a rate.*written with `%`"),
    ("plan.type=401k", 11, "plan-value", r"`401k` is not one of 401\(k\),.*did you mean `401\(k\)`"),
]


@dataclass(frozen=True)
class Expected:
    """One diagnostic that must come; a line or column that is not told is not looked at."""

    line: int | None
    column: int | None
    code: str
    message: str


_COMMENT = re.compile(r"(?P<code>[a-z0-9-]+)(?:@(?P<column>\d+))?: (?P<message>.+)")
_SIDECAR = re.compile(r"(?P<line>\d+|-)(?::(?P<column>\d+))? (?P<code>\S+): (?P<message>.+)")


def expected_of(path: Path) -> list[Expected]:
    """What a bad file says that it must get."""
    sidecar = path.with_name(path.name + ".expect")
    if sidecar.exists():
        return [_expected(match, None) for line in sidecar.read_text("utf-8").splitlines() if (match := _matched(_SIDECAR, line))]
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    return [_expected(_matched(_COMMENT, part), number) for number, line in lines for part in line.split("### ")[1:]]


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text.strip())
    assert match is not None, f"not an expectation: {text}"
    return match


def _expected(match: re.Match[str], line: int | None) -> Expected:
    if line is None and match["line"] != "-":
        line = int(match["line"])
    return Expected(line, int(match["column"]) if match["column"] else None, match["code"], match["message"])


def told(found: Diagnostic) -> str:
    """All that a diagnostic says."""
    return found.message + (f" / {found.help}" if found.help else "")


def fits(found: Diagnostic, expected: Expected) -> bool:
    """Whether a diagnostic is the expected one."""
    line, column = (found.span.line, found.span.column) if found.span else (None, None)
    place = line == expected.line and expected.column in (None, column)
    return place and found.code == expected.code and re.search(expected.message, told(found), re.DOTALL) is not None


def assert_exactly(diagnostics: Iterable[Diagnostic], expected: list[Expected], sources: dict[str, Source], path: str) -> None:
    """The diagnostics are the expected ones, one each, and every one of them shows its place."""
    rest = list(diagnostics)
    for found in rest:
        assert_shown(found, sources, path)
    missing = []
    for one in expected:
        match = next((found for found in rest if fits(found, one)), None)
        if match is None:
            missing.append(one)
        else:
            rest.remove(match)
    wrong = [*(f"missing: {one}" for one in missing), *(render(found, sources) for found in rest)]
    assert not wrong, "\n".join(wrong)


def assert_shown(found: Diagnostic, sources: dict[str, Source], path: str) -> None:
    """A rendered diagnostic names the file and, if it has a place, underlines the text there."""
    assert found.message
    assert found.message[0] != found.message[0].upper() or not found.message[0].isalpha()
    assert not found.message.endswith(".")
    lines = render(found, sources).splitlines()
    assert path in lines[0]
    assert f"{found.severity}[{found.code}]: " in lines[0]
    if found.span is None:
        assert len(lines) == 1 + bool(found.help)
        return
    assert lines[0].startswith(f"{path}:{found.span.line}:{found.span.column}: ")
    assert len(lines) == 3 + bool(found.help)
    first = lines[2].index("^")
    assert set(lines[2][first:]) == {"^"}
    source = sources[found.span.path]
    under = source.text[found.span.start : found.span.start + 1]
    assert under in ("", "\n") or not under.isprintable() or lines[1][first] == under


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_bad_plan(loader: Loader, path: Path) -> None:
    """A bad plan file gets exactly the diagnostics written in it."""
    plan, source, diagnostics = loader.plan(path)
    expected = expected_of(path)
    assert expected, "a bad file says what is wrong with it"
    assert_exactly(diagnostics, expected, {source.path: source} if source else {}, path.as_posix())
    assert plan is None


@pytest.mark.parametrize("path", PARTICIPANTS, ids=lambda path: path.name)
def test_bad_participant(loader: Loader, path: Path) -> None:
    """A bad participant file gets exactly the diagnostics written in it."""
    participant, sources, _, diagnostics = loader.participant(path, [])
    expected = expected_of(path)
    assert expected, "a bad file says what is wrong with it"
    assert_exactly(diagnostics, expected, {source.path: source for source in sources}, path.as_posix())
    assert participant is None


@pytest.mark.parametrize("name", LONG)
def test_long_plan(loader: Loader, tmp_path: Path, name: str) -> None:
    """A plan beyond a bound is refused at the bound."""
    text, line, code, message = LONG[name]
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, "utf-8")
    plan, source, diagnostics = loader.plan(path)
    assert_exactly(diagnostics, [Expected(line, None, code, message)], {source.path: source} if source else {}, path.as_posix())
    assert plan is None


@pytest.mark.parametrize(("setting", "column", "code", "message"), SETTINGS, ids=[setting or "nothing" for setting, *_ in SETTINGS])
def test_bad_setting(loader: Loader, setting: str, column: int, code: str, message: str) -> None:
    """A bad setting gets one diagnostic, placed in the setting."""
    participant, sources, settings, diagnostics = loader.participant(None, [setting])
    assert_exactly(diagnostics, [Expected(1, column, code, message)], {source.path: source for source in sources}, "--set")
    assert participant is None
    assert not settings.facts.statements


def test_every_bad_setting_is_shown(loader: Loader) -> None:
    """Several bad settings are all told, each with its own text."""
    _, sources, _, diagnostics = loader.participant(None, ["participant.compensation=5e3", "plan.type=401k", "plan.governmental=no"])
    known = {source.path: source for source in sources}
    shown = [render(found, known).splitlines()[1].partition("| ")[2] for found in diagnostics]
    assert sorted(shown) == ["participant.compensation=5e3", "plan.type=401k"]


def test_setting_of_several_lines_before_a_short_one(loader: Loader) -> None:
    """A place on the third line of one setting is shown though the next has only one."""
    _, sources, _, diagnostics = loader.participant(None, ["participant.compensation\n=\n5e3", "plan.governmental=no"])
    assert [found.code for found in diagnostics] == ["plan-value"]
    assert render(diagnostics[0], {source.path: source for source in sources}).splitlines()[1].endswith("| 5e3")


def test_file_that_is_not_there(loader: Loader, tmp_path: Path) -> None:
    """A missing file and a folder are unreadable, by name."""
    for path, cause in ((tmp_path / "nowhere.yaml", "no such file"), (tmp_path, "it is a folder")):
        plan, source, diagnostics = loader.plan(path)
        assert plan is None
        assert source is None
        assert_exactly(diagnostics, [Expected(None, None, "unreadable", cause)], {}, path.as_posix())


def test_oddities(answerer: Answerer, loader: Loader) -> None:
    """What is right in form and yet odd is a warning, on the line that is odd."""
    text = "sources:\n  spd: {document: SPD}\n  guide: {document: Guide}\n" + HEAD
    text += "  governmental: {value: no, source: spd}\n  roth: {deferrals: yes}\n"
    text += "  in_plan_roth: {allowed: {value: no, source: spd}, automatic: {value: yes, source: spd}}\n"
    source = Source("plan.yaml", text)
    plan, diagnostics = loader.plan_of(source)
    assert plan is not None, diagnostics
    found = list(oddities(answerer, plan))
    assert {one.severity for one in found} == {Severity.WARNING}
    expected = [
        Expected(3, 3, "source-unused", "no value cites the source `guide`"),
        Expected(9, 21, "value-unsourced", "`plan.roth.deferrals` names no source"),
        Expected(10, 72, "not-applicable", "applies only when plan.in_plan_roth.allowed"),
    ]
    assert_exactly(found, expected, {source.path: source}, source.path)


_EMITTED = re.compile(r"(?:Diagnostic|\.error|\._refuse|\._report|_error|_warning)\(\s*\"([a-z0-9-]+)\"")


def test_every_code_is_covered() -> None:
    """Every code that the readers of plans can emit is expected somewhere here."""
    emitted = {
        code
        for module in (yaml_text, validate, plans, statements, oddities_module)
        for code in _EMITTED.findall(Path(str(module.__file__)).read_text("utf-8"))
    }
    covered = {expected.code for path in (*PLANS, *PARTICIPANTS) for expected in expected_of(path)}
    covered |= (
        {code for _, _, code, _ in LONG.values()}
        | {code for _, _, code, _ in SETTINGS}
        | {"source-unused", "value-unsourced", "not-applicable"}
    )
    assert len(emitted) > 20, "the scan finds codes"
    assert emitted - covered == set()
    assert covered - emitted == set()


def test_there_are_enough_bad_files() -> None:
    """No sidecar stands without its file, and the folders hold what they should."""
    sidecars = [path for folder in ("bad_plans", "bad_participants") for path in (HERE / folder).glob("*.expect")]
    assert all(path.with_suffix("").exists() for path in sidecars)
    assert len(PLANS) >= 45
    assert len(PARTICIPANTS) >= 10
