"""The limit that binds an amount, over sets: `decide.binding` for all facts of a supposition at once."""

from __future__ import annotations

from planproof import core as c
from planproof.logic import outcomes
from planproof.possible import NOT_KNOWN, YES, Possible, applied
from planproof.suppose import Supposer
from planproof.suppose_logic import truth
from planproof.supposition import Supposition, Thought

Found = tuple[bool, str | None]
"""Whether the same limit binds throughout, and which; nothing where the amount is not known throughout."""

UNSURE: Found = (False, None)


class Binding:
    """Limits that bind over the sets of one rule book."""

    def __init__(self, supposer: Supposer) -> None:
        self.supposer = supposer
        self.definitions = supposer.evaluator.definitions
        self._thoughts: dict[int, Thought] = {}

    def over(self, s: Supposition, name: str) -> Found:
        """The limit that binds an amount throughout a supposition."""
        found = s.possible(name)
        if found.certain and found.value is NOT_KNOWN:
            return True, None
        if NOT_KNOWN in found.some:
            return UNSURE
        while (definition := self.definitions.get(name)) is not None:
            branches = self._branches(s, definition)
            if len(branches) != 1:
                return (True, name) if branches else UNSURE
            branch = branches[0]
            sure, inner = self._decider(s, branch.body)
            if not sure:
                return UNSURE
            if inner is None:
                return True, f"{name}.{branch.label}" if branch.label and isinstance(branch.body, c.Literal) else name
            name = inner
        return True, name

    def _of(self, s: Supposition, node: c.Expression) -> Possible:
        thought = self._thoughts.get(id(node))
        if thought is None:
            thought = self._thoughts[id(node)] = self.supposer.compile(node)
        return thought(s)

    def _branches(self, s: Supposition, definition: c.Definition) -> list[c.Branch]:
        """The branches that hold, or may as far as is known, throughout; nothing if they differ."""
        exceptions = definition.branches[1:]
        guards = [truth(self._of(s, branch.guard)) for branch in exceptions if branch.guard is not None]
        if not all(guard.certain for guard in guards):
            return []
        over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
        labels = [branch.label for branch in exceptions]
        _, possible, _ = outcomes(definition.name, [guard.value for guard in guards], over, labels)
        return [definition.branches[number] for number in possible]

    def _decider(self, s: Supposition, body: c.Expression) -> Found:
        """Whether one name decides an expression throughout, and which; nothing if none does."""
        match body:
            case c.Named(name):
                return True, name
            case c.Keyed(name, _, own):
                return True, name if own else None
            case c.Apply("lesser_of" | "greater_of", arguments) if not _floored(body):
                return self._chosen(s, body.function, arguments)
            case c.Apply(function, (first, *_)) if function == "subtract" or _floored(body) or function.startswith("round_"):
                return self._decider(s, first)
            case _:
                return True, None

    def _chosen(self, s: Supposition, function: str, arguments: tuple[c.Expression, ...]) -> Found:
        """Of several the first that is the least, or the greatest, throughout."""
        values = [self._of(s, argument) for argument in arguments]
        if any(value.some for value in values):
            return (True, None) if any(value.certain and value.some for value in values) else UNSURE
        strict, weak = ("less", "at_most") if function == "lesser_of" else ("greater", "at_least")
        for index, value in enumerate(values):
            others = [(strict if number < index else weak, other) for number, other in enumerate(values) if number != index]
            if all(applied(test, [value, other], s.ranges) is YES for test, other in others):
                return self._decider(s, arguments[index])
        return UNSURE


def _floored(body: c.Apply) -> bool:
    return body.function == "greater_of" and isinstance(body.arguments[-1], c.Literal)
