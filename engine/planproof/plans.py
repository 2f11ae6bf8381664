"""Plan and participant files to facts: read, validated, and every value exact with its state and place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from planproof.diagnostics import Diagnostic, clip, has_errors, ordered
from planproof.plan import Facts, Participant, Plan, Settings
from planproof.rulebook import Rulebook
from planproof.schema import Schema, participant_schema, plan_schema
from planproof.source import Source
from planproof.statements import StatementReader, keys
from planproof.yaml_quick import read
from planproof.yaml_text import LARGEST_FILE, Mapping, Scalar

if TYPE_CHECKING:
    from planproof.validate import Validator


class Loader:
    """Reads files for one rule book; make it once and use it for every file."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book

    @cached_property
    def _plans(self) -> Validator:
        return _validator(plan_schema(self.book.core))

    @cached_property
    def _participants(self) -> Validator:
        return _validator(participant_schema(self.book.core))

    def plan(self, path: Path) -> tuple[Plan | None, Source | None, tuple[Diagnostic, ...]]:
        """The plan of a file, its text, and what is wrong with it."""
        source, unreadable = read_source(path)
        if source is None:
            return None, None, unreadable
        plan, diagnostics = self.plan_of(source)
        return plan, source, diagnostics

    def plan_of(self, source: Source) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
        """The plan of a text, and what is wrong with it."""
        node, diagnostics = read(source)
        if node is None:
            return None, diagnostics
        problems = (*diagnostics, *self._plans.problems(node))
        if problems or not isinstance(node, Mapping):
            return None, ordered(problems)
        reader = StatementReader(self.book, keys(node.get("sources")))
        plan = reader.plan(source, node)
        return (None if has_errors(reader.diagnostics) else plan), ordered(reader.diagnostics)

    def participant(
        self, path: Path | None, settings: Iterable[str]
    ) -> tuple[Participant | None, tuple[Source, ...], Settings, tuple[Diagnostic, ...]]:
        """The participant of a file with settings laid over it, the sources, what is set, and what is wrong."""
        source, unreadable = read_source(path) if path is not None else (None, ())
        person, sources, set_, diagnostics = self.participant_of(source, settings)
        if unreadable:
            return None, sources, Settings(), ordered((*unreadable, *diagnostics))
        return person, sources, set_, diagnostics

    def participant_of(
        self, source: Source | None, settings: Iterable[str]
    ) -> tuple[Participant | None, tuple[Source, ...], Settings, tuple[Diagnostic, ...]]:
        """The participant of a text with settings laid over it, the sources, what is set, and what is wrong.

        A setting is `participant.x=VALUE`, `plan.x=VALUE` or, for a year, `x for 2025=VALUE`; a later one lies over
        an earlier one.
        """
        sources: list[Source] = []
        diagnostics: list[Diagnostic] = []
        facts, group = Facts(), ""
        if source is not None:
            sources.append(source)
            facts, group, wrong = self._participant_file(source)
            diagnostics += wrong
        reader = StatementReader(self.book)
        texts = tuple(settings)
        plan_facts, told = Facts(), source is not None
        for number, setting in enumerate(texts, 1):
            place = Source("--set" if len(texts) == 1 else f"--set {number}", setting)
            sources.append(place)
            name, key, statement, chosen = reader.setting(place)
            set_facts = Facts({(name, key): statement}) if statement else Facts()
            if name.startswith("plan."):
                plan_facts = plan_facts.joined(set_facts)
            else:
                facts, group, told = facts.joined(set_facts), chosen or group, True
        diagnostics += reader.diagnostics
        if has_errors(diagnostics):
            return None, tuple(sources), Settings(), ordered(diagnostics)
        person = Participant(source, facts, group) if told else None
        return person, tuple(sources), Settings(texts, plan_facts), ordered(diagnostics)

    def _participant_file(self, source: Source) -> tuple[Facts, str, tuple[Diagnostic, ...]]:
        node, diagnostics = read(source)
        if node is None:
            return Facts(), "", diagnostics
        problems = (*diagnostics, *self._participants.problems(node))
        if problems or not isinstance(node, Mapping):
            return Facts(), "", ordered(problems)
        reader = StatementReader(self.book)
        group = node.get("group")
        rest = Mapping({key: entry for key, entry in node.entries.items() if key != "group"}, node.span)
        facts = reader.facts(rest, "participant")
        return facts, group.text if isinstance(group, Scalar) else "", tuple(reader.diagnostics)


def _validator(schema: Schema) -> Validator:
    from planproof.validate import Validator

    return Validator(schema)


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; one that cannot be looked at is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def read_source(path: Path) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text of a plan or participant file, with line ends put in order, or why it cannot be read."""
    name = path.as_posix()
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return None, (Diagnostic("unreadable", f"cannot read `{clip(name, 200)}`: it is no ordinary file"),)
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        cause = "it is a folder" if is_folder(path) else (error.strerror or "unreadable").lower()
        name = clip(name, 200)
        return None, (Diagnostic("unreadable", f"cannot read `{name}`: {cause}"),)
    if len(data) > LARGEST_FILE:
        return None, (Diagnostic("yaml-size", f"`{name}` is larger than {LARGEST_FILE:,} bytes"),)
    try:
        return Source(name, data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")), ()
    except UnicodeDecodeError as error:
        return None, (Diagnostic("unreadable", f"cannot read `{name}`: byte {error.start} is not UTF-8 text"),)
