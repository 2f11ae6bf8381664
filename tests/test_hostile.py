"""Hostile input: each file or setting is refused with a located error, in bounded time, memory and output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "docs" / "examples" / "full-plan.yaml"

SECONDS = 2.0  # of processor time: other work on the machine does not count
MEGABYTES = 300
CHARACTERS = 20_000

HEAD = "employer: Acme\nname: Plan\ntype: 401(k)\nfeatures:\n"
TIERS = HEAD + "  match:\n    tiers:\n"
MANY = 250_000


def _laughs() -> str:
    """A billion laughs: each line names the one before nine times."""
    lines = [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(["k0: &k0 ha", *lines])


def _clashes() -> str:
    amendment = "  - {name: a, effective: 2026-01-01, features: {governmental: no}}\n"
    return HEAD + "  governmental: no\namendments:\n" + amendment * 1_000


# File names that start with the name of a case; what they hold is made when the case runs.
FILES: dict[str, Callable[[], str | bytes]] = {
    # many things inside one another
    "laughs.yaml": _laughs,
    "deep-flow-list.yaml": lambda: "[" * 100_000,
    "deep-flow-mapping.yaml": lambda: "{a: " * 60_000,
    "deep-list.yaml": lambda: "- " * 100_000,
    "deep-keys.yaml": lambda: "? " * 100_000,
    "deep-block.yaml": lambda: "".join(" " * level + "a:\n" for level in range(700)),
    "deep.json": lambda: "[" * 100_000 + "]" * 100_000,
    "deep-objects.json": lambda: '{"a":' * 40_000 + "1" + "}" * 40_000,
    # long things
    "fifty-megabytes.yaml": lambda: b"a: b\n" * 10_000_000,
    "long-text.yaml": lambda: HEAD + "  governmental: " + "x" * MANY,
    "long-words.yaml": lambda: "employer: " + "x " * (MANY // 2),
    "long-lines.yaml": lambda: "employer: |\n" + " x\n" * 80_000,
    "long-folded.yaml": lambda: 'employer: "' + "x\n " * 80_000 + '"',
    "long-escapes.yaml": lambda: 'employer: "' + "\\x41" * 60_000 + '"',
    "long-key.yaml": lambda: "k" * MANY + ": 1",
    "long-quoted-key.yaml": lambda: '? "' + "k" * 240_000 + '"\n: 1',
    "long-comment.yaml": lambda: "#" + "c" * MANY,
    "long-anchor.yaml": lambda: "a: &" + "a" * MANY + " 1",
    "long-alias.yaml": lambda: "a: *" + "a" * MANY,
    "long-tag.yaml": lambda: "a: !" + "a" * 120_000 + " 1",
    "long-directive.yaml": lambda: "%YAML " + "1" * MANY + "\n---\na: 1",
    "long-source.yaml": lambda: HEAD + "  governmental: {value: yes, source: " + "s" * 200_000 + "}",
    "long-digits.yaml": lambda: HEAD + "  plan_year_ends_in_month: " + "9" * 100_000,
    "long-decimals.yaml": lambda: HEAD + "  after_tax: {dollar_cap: 0." + "9" * 100_000 + "}",
    "long-commas.yaml": lambda: HEAD + '  after_tax: {dollar_cap: "$1' + ",000" * 30_000 + '"}',
    "long-ein.yaml": lambda: HEAD + "  governmental: no\nein: " + "9" * 100_000,
    # many things in a row
    "colons.yaml": lambda: "a: " * 83_000,
    "commas.yaml": lambda: "," * MANY,
    "flow-values.yaml": lambda: "[" + "a," * (MANY // 2),
    "blank-lines.yaml": lambda: "employer: x" + "\n" * MANY,
    "blanks.yaml": lambda: " " * MANY,
    "tabs.yaml": lambda: "a:" + "\t" * MANY + "b",
    "byte-order-marks.yaml": lambda: "\ufeff" * 80_000,
    "carriage-returns.yaml": lambda: "a: 1\r" * 50_000,
    "documents.yaml": lambda: "---\n" * 60_000,
    "comments.yaml": lambda: "# c\n" * 60_000 + "a: 1",
    "tag-directives.yaml": lambda: "".join(f"%TAG !e{n}! tag:e{n}:\n" for n in range(9_000)) + "---\na: 1",
    "duplicate-keys.yaml": lambda: "a: 1\n" * 50_000,
    "hundred-thousand-keys.yaml": lambda: "a: 1\n" * 100_000,
    "anchors.yaml": lambda: "".join(f"k{n}: &a{n} 1\n" for n in range(10_000)),
    "unknown-keys.yaml": lambda: HEAD + "".join(f"  after_tax{n}: 1\n" for n in range(5_900)),
    "bad-rows.yaml": lambda: TIERS + "      - x\n" * 11_000,
    "bad-rates.yaml": lambda: TIERS + "      - {rate: 1}\n" * 3_900,
    "clashes.yaml": _clashes,
    # left open
    "open-quote.yaml": lambda: 'employer: "' + "x " * 100_000,
    "open-single-quote.yaml": lambda: "employer: '" + "x\n " * 66_000,
    "open-bracket.yaml": lambda: "employer: [" + "x " * 100_000,
    "open-brackets.yaml": lambda: "employer: [" + "x,\n" * 60_000,
    # not text, or text that no terminal shows
    "nul.yaml": lambda: b"employer: A\x00B\n",
    "nothing-but-nul.yaml": lambda: b"\x00" * MANY,
    "binary.yaml": lambda: bytes(range(256)) * 100,
    "not-utf8.yaml": lambda: b"employer: \xff\xfe\n",
    "utf16.yaml": lambda: "employer: Acme\n".encode("utf-16"),
    "utf32.yaml": lambda: "employer: Acme\n".encode("utf-32"),
    "half-character.yaml": lambda: 'employer: "\\ud800"\nname: Plan\ntype: 401(k)\nfeatures: {governmental: yes}\n',
    "no-character.yaml": lambda: 'employer: "\\UFFFFFFFF"\nname: Plan\ntype: 401(k)\nfeatures: {governmental: yes}\n',
    "steering.yaml": lambda: HEAD + '  governmental: "\\e[2J\\n\\e]0;x\\a"\n',
}

# Settings: each alone is refused.
SETTINGS: dict[str, Sequence[str | bytes]] = {
    "empty": [""],
    "no-value": ["="],
    "long-value": ["participant.compensation=" + "9" * 100_000],
    "long-name": ["p" * 100_000 + "=1"],
    "long-group": ["participant.group=" + "a" * 100_000],
    "blanks-before": ["participant.compensation=" + " " * 100_000 + "x"],
    "blanks-within": ["participant.compensation=x" + " " * 100_000 + "x"],
    "blanks-in-name": ["participant.compensation" + " " * 100_000 + "x"],
    "lines": ["\n" * 60_000 + "=x"],
    "not-utf8": [b"participant.compensation=\xff"],
    "not-utf8-group": [b"participant.group=\xff"],
    "steering": ["participant.compensation=\x1b[2J"],
    "digits": ["participant.compensation=\u0665\u0660\u0660\u0660"],
    "year-digits": ["participant.compensation for \u0662\u0660\u0662\u0665=5000"],
    "yaml": ["participant.compensation=&a {value: 5}"],
    "not-a-number": ["participant.age_at_withdrawal=NaN"],
    "list": ["plan.match.tiers=[]"],
    "three-thousand": [f"x{n}=1" for n in range(3_000)],
    "lines-before-short": ["participant.compensation\n=\n5x", "plan.governmental=no"],
}

PARTICIPANTS: dict[str, Callable[[], str | bytes]] = {
    "laughs.yaml": _laughs,
    "deep.json": lambda: "[" * 100_000,
    "megabyte.yaml": lambda: "compensation: 5\n" * 70_000,
    "unknown-keys.yaml": lambda: "".join(f"compensation{n}: 1\n" for n in range(5_900)),
    "bad-years.yaml": lambda: "compensation:\n" + "".join(f"  {n}: x\n" for n in range(1000, 6_900)),
    "same-periods.yaml": lambda: "pay_periods:\n" + "  - {number: 1}\n" * 3_900,
    "long-group.yaml": lambda: "group: " + "a" * 200_000,
    "long-digits.yaml": lambda: "age_at_year_end: " + "9" * 100_000,
    "binary.yaml": lambda: bytes(range(256)),
    "utf16.json": lambda: '{"group": "none"}'.encode("utf-16"),
    "half-character.yaml": lambda: 'group: "\\udfff"\n',
}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it took."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


# A process between, so that neither time nor memory of the test runner counts.
_MEASURE = """
import json, resource, subprocess, sys
try:
    done = subprocess.run(sys.argv[1:], capture_output=True, timeout=10)
    code, out, err = done.returncode, done.stdout, done.stderr
except subprocess.TimeoutExpired:
    code, out, err = -1, b"", b"timed out"
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
texts = [text.decode("utf-8", "replace") for text in (out, err)]
json.dump([code, *texts, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6], sys.stdout)
"""


def ended(*arguments: str | bytes | Path) -> Ended:
    """How `planproof` ends with these arguments."""
    command: list[str | bytes | Path] = [sys.executable, "-I", "-S", "-c", _MEASURE, sys.executable, "-m", "planproof", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PLANPROOF_DEBUG"}
    done = subprocess.run(command, capture_output=True, timeout=30, check=True, env=environment)
    return Ended(*json.loads(done.stdout))


def assert_refused(end: Ended, name: str) -> None:
    """The command refused its input as it should: located, soon, and in few words."""
    assert end.code == 2, end
    assert "Traceback" not in end.err
    assert "error[" in end.err
    assert "error[internal]" not in end.err, end.err[:500]
    assert name in end.err
    assert "\x1b" not in end.err + end.out
    assert len(end.err) + len(end.out) < CHARACTERS
    assert end.seconds < SECONDS
    assert end.megabytes < MEGABYTES


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", FILES)
def test_hostile_plan(tmp_path: Path, name: str) -> None:
    """A hostile plan file is refused."""
    path = _written(tmp_path / name, FILES[name]())
    end = ended("check", path)
    path.unlink()
    assert_refused(end, name)


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_hostile_participant(tmp_path: Path, name: str) -> None:
    """A hostile participant file is refused."""
    path = _written(tmp_path / name, PARTICIPANTS[name]())
    end = ended("check", PLAN, "--participant", path)
    path.unlink()
    assert_refused(end, PLAN.name if name == "long-group.yaml" else name)


@pytest.mark.parametrize("name", SETTINGS)
def test_hostile_setting(name: str) -> None:
    """A hostile setting is refused."""
    options = [part for setting in SETTINGS[name] for part in ("--set", setting)]
    assert_refused(ended("check", PLAN, *options), PLAN.name if name == "long-group" else "--set")


def test_hostile_file_among_good_ones(tmp_path: Path) -> None:
    """A folder with one hostile file: the good plan has its verdict, the other its error."""
    _written(tmp_path / "sound.yaml", PLAN.read_bytes())
    _written(tmp_path / "laughs.yaml", _laughs())
    end = ended("check", tmp_path)
    assert_refused(end, "laughs.yaml")
    row = next(line for line in end.out.splitlines() if line.startswith("sound "))
    assert " supported " in row


@pytest.mark.parametrize("name", [b"\xff.yaml", b"line\nend.yaml", b"\x1b[2J.yaml"], ids=["not-utf8", "line", "steering"])
def test_hostile_file_name(tmp_path: Path, name: bytes) -> None:
    """A good plan under an odd name gets its verdict, and the name steers no terminal."""
    path = os.fsencode(tmp_path) + b"/" + name
    with open(path, "wb") as file:
        file.write(PLAN.read_bytes())
    end = ended("check", path)
    assert end.code == 0, end.err
    assert "Mega-backdoor Roth: supported" in end.out
    assert end.out.splitlines()[1].startswith("401(k) · ")
    assert "year 2026" in end.out.splitlines()[1]
    assert "\x1b" not in end.out


def test_texts_of_a_plan_steer_no_terminal(tmp_path: Path) -> None:
    """Escape sequences and line ends in a name are shown, not sent."""
    text = 'employer: "\\e[2JAcme\\nSupported: yes"\nname: Plan\ntype: 401(k)\nfeatures: {governmental: no}\n'
    end = ended("check", _written(tmp_path / "plan.yaml", text))
    assert end.code == 0, end.err
    assert "\x1b" not in end.out
    assert not any(line.startswith("Supported: yes") for line in end.out.splitlines())
