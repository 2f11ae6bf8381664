"""Decisions as the text of an expression language with a conditional inside: what most rule engines have.

A subclass says how its language writes each form; what is here is the usual way.
"""

from __future__ import annotations

from mini.peers.decisions import Compare, Constant, Extreme, Floor, Infix, Is, Name, One, Rule, Term, Test


class Language:
    """The usual way to write an expression."""

    null, true, false = "null", "true", "false"

    def rule(self, rule: Rule) -> str:
        """A rule as one expression."""
        text = self.term(rule.otherwise)
        for case in reversed(rule.cases):
            text = self.conditional(self.any_of([self.test(test) for test in case.any_of]), self.term(case.value), text)
        return text

    def name(self, name: str) -> str:
        """A fact or a rule before this one."""
        return name

    def conditional(self, test: str, then: str, otherwise: str) -> str:
        """One of two values."""
        return f"({test} ? {then} : {otherwise})"

    def any_of(self, tests: list[str]) -> str:
        """Whether some test holds."""
        return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"

    def test(self, test: Test) -> str:
        """One test."""
        match test:
            case Is(name, what):
                return f"({self.name(name)} == {self.constant(what)})"
            case Compare(sign, left, right):
                return f"({self.term(left)} {sign} {self.term(right)})"

    def constant(self, value: int | str | bool | None) -> str:
        """A number, a word, a truth or unknown."""
        match value:
            case None:
                return self.null
            case bool():
                return self.true if value else self.false
            case int():
                return str(value)
            case str():
                return f'"{value}"'

    def term(self, term: Term) -> str:
        """One value."""
        match term:
            case Constant(value):
                return self.constant(value)
            case Name(name):
                return self.name(name)
            case Infix(sign, left, right):
                return f"({self.term(left)} {sign} {self.term(right)})"
            case Floor(inner, by):
                return self.floor(self.term(inner), by)
            case Extreme(least, left, right):
                return self.extreme(least, self.term(left), self.term(right))
            case Compare():
                return self.test(term)
            case One(test):
                return self.conditional(self.test(test), "1", "0")

    def floor(self, term: str, by: int) -> str:
        """A quotient, rounded down."""
        return f"({term} // {by})"

    def extreme(self, least: bool, left: str, right: str) -> str:
        """The lesser or the greater."""
        return self.conditional(f"({left} {'<' if least else '>'} {right})", left, right)


class Python(Language):
    """The same in Python."""

    null, true, false = "None", "True", "False"

    def conditional(self, test: str, then: str, otherwise: str) -> str:
        """One of two values."""
        return f"({then} if {test} else {otherwise})"
