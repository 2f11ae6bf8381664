"""Small random rule texts: every form of the language, nested at random, each definition over those before it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from small import define, except_, fact, listed

FACTS = (
    fact("plan.yes", "yes/no"),
    fact("plan.often", "yes/no", "presumed yes   cites Test"),
    fact("plan.word", "one of one, two, three"),
    fact("plan.day", "date"),
    fact("plan.share", "rate", "between 0% and 100%"),
    fact("plan.cap", "money or none", "between $0 and $1,000,000", "applies when plan.yes"),
    fact("plan.maybe", "yes/no", "applies when plan.often"),
    fact("participant.pay", "money by asked.year", "between $0 and $1,000,000"),
    fact("participant.gift", "money", "between $0 and $10,000"),
    fact("participant.times", "count", "between 0 and 12"),
    fact("participant.first", "year or none", "between 1990 and 2040"),
    listed(
        "participant.parts", "part", "rank : count between 1 and 99", "size : money between $0 and $5,000", "good : yes/no", order="rank"
    ),
    listed("plan.steps", "step", "rate : rate between 0% and 200%", "flat : money between $0 and $5,000"),
)
FIGURES = """parameter figure : money by asked.year
  label "figure"
  cites Test
  2025: $1,000   cites Test
  2026: $1,100   cites Test
  2027: not in force   cites Test
"""


class RandomRules:
    """Draws a rule text; definitions of each kind are used by later ones."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names: dict[str, list[str]] = {
            "yes/no": ["plan.yes", "plan.often", "plan.maybe"],
            "money": ["participant.pay", "participant.gift", "figure", "plan.cap"],
            "rate": ["plan.share"],
            "count": ["participant.times"],
            "year": ["asked.year", "participant.first"],
            "date": ["plan.day", "asked.date"],
        }

    def draw(self, count: int) -> str:
        """A text with so many definitions, and two for each row of a list."""
        amounts = self._pick("money", ""), self._pick("money", "")
        texts = [
            *FACTS,
            FIGURES,
            self._of_rows("part.own", "money", "part"),
            self._of_rows("step.counts", "yes/no", "step"),
            define("part.share", "money", f"share of ({amounts[0]} filling each part up to part.size)"),
            define("part.cut", "money", f"reduction of (part.size taking {amounts[1]} from highest first where part.good)"),
            define("part.before", "money", "total of (part.own for each earlier part)"),
            define("first_share", "money", "total of (part.share for each part where part.rank < 30)"),
            define("first_cut", "money", "highest of (part.cut for each part)"),
        ]
        self._names["money part"] += ["part.share", "part.cut", "part.before"]
        for number in range(count):
            kind = self._random.choice(("yes/no", "money", "money", "rate", "count", "year", "date"))
            name = f"d{number}"
            texts.append(self._definition(name, kind, lambda kind=kind: self._expression(kind, 2)))  # type: ignore[misc]
            self._names[kind].append(name)
        return "\n".join(texts)

    def _of_rows(self, name: str, kind: str, row: str) -> str:
        made = self._definition(name, kind, lambda: self._expression(kind, 1, row))
        self._names.setdefault(f"{kind} {row}", []).append(name)
        return made

    def _definition(self, name: str, kind: str, body: Callable[[], str]) -> str:
        rounds = {"money": " rounded half up to cents", "rate": " rounded down to 0.01%"}.get(kind, "")
        exceptions: list[str] = []
        before: list[str] = []
        for number in range(self._random.choice((0, 0, 1, 1, 2, 3))):
            label = f"e{number}"
            over = [other for other in before if self._random.random() < 0.7]
            more = [f"over {', '.join(over)}"] if over else []
            row = name.split(".")[0] if "." in name else ""
            exceptions.append(except_(label, self._expression("yes/no", 1, row), body() + rounds, *more))
            before.append(label)
        return define(name, kind, body() + rounds, *exceptions)

    def _pick(self, kind: str, row: str) -> str:
        of_row = {
            "part": {"money": ["part.size"], "yes/no": ["part.good"], "count": ["part.rank"]},
            "step": {"rate": ["step.rate"], "money": ["step.flat"]},
        }
        names = [*self._names.get(kind, []), *self._names.get(f"{kind} {row}", []), *of_row.get(row, {}).get(kind, [])]
        return self._random.choice(names)

    def _expression(self, kind: str, depth: int, row: str = "") -> str:
        if depth == 0 or self._random.random() < 0.2:
            return self._pick(kind, row)
        make = {
            "yes/no": self._test,
            "money": self._amount,
            "rate": self._rate,
            "count": self._count,
            "year": self._year,
            "date": self._date,
        }
        return f"({make[kind](depth, row)})"

    def _two(self, kind: str, depth: int, row: str) -> tuple[str, str]:
        return self._expression(kind, depth - 1, row), self._expression(kind, depth - 1, row)

    def _test(self, depth: int, row: str = "") -> str:
        kind = self._random.choice(("money", "rate", "count", "year", "date"))
        (left, right), (one, other) = self._two("yes/no", depth, row), self._two(kind, depth, row)
        where = self._expression("yes/no", depth - 1, "part")
        return self._random.choice(
            (
                f"{left} and {right}",
                f"{left} or {right}",
                f"not {left}",
                f"{one} {self._random.choice(('=', '!=', '<', '<=', '>', '>='))} {other}",
                f"{self._pick(kind, row)} is known",
                "plan.cap is none",
                "participant.first is none",
                f"plan.word is one of ({self._random.choice(('one', 'two'))}, three)",
                f"some part where ({where})",
                f"every part where ({where}) has (part.good)",
                f"no step where (step.rate > {self._expression('rate', 0)})",
            )
        )

    def _amount(self, depth: int, row: str = "") -> str:
        (left, right), rate = self._two("money", depth, row), self._expression("rate", depth - 1, row)
        count, year = self._expression("count", depth - 1, row), self._expression("year", 0)
        inner, where = self._expression("money", depth - 1, "part"), self._expression("yes/no", 0, "part")
        kind = self._random.choice(("total", "average", "highest", "lowest"))
        return self._random.choice(
            (
                f"{left} + {right}",
                f"{left} - {right}",
                f"{left} * {rate}",
                f"{left} * {count}",
                f"{left} / {count}",
                f"- {left}",
                f"lesser of ({left}, {right})",
                f"greater of ({left}, {right}, $5)",
                f"participant.pay for ({year} - 1)",
                "figure for 2025",
                f"{kind} of ({inner} for each part where {where})",
                f"total of (step.rate * {left} for each step)" if not row else "$7",
                "$1,100",
            )
        )

    def _rate(self, depth: int, row: str = "") -> str:
        (left, right), (one, other) = self._two("rate", depth, row), self._two("money", depth, row)
        return self._random.choice((f"{left} + {right}", f"{left} * {right}", f"{one} / {other}", f"lesser of ({left}, 12.5%)", "33.4%"))

    def _count(self, depth: int, row: str = "") -> str:
        (left, right), (one, other) = self._two("count", depth, row), self._two("year", depth, row)
        return self._random.choice((f"{left} + {right}", f"{one} - {other}", "count of (each part where part.good)", "3", f"{left} * 2"))

    def _year(self, depth: int, row: str = "") -> str:
        day, count = self._expression("date", depth - 1, row), self._expression("count", 0, row)
        return self._random.choice((f"year_of({day})", f"asked.year - {count}", f"lesser of ({self._pick('year', row)}, asked.year)"))

    def _date(self, depth: int, row: str = "") -> str:
        day, year, count = self._expression("date", depth - 1, row), self._expression("year", 0, row), self._expression("count", 0, row)
        return self._random.choice((f"{day} + 18 months", f"{day} - 40 days", f"start_of_year({year})", f"{day} + {count} * 1 month"))
