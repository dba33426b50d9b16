"""What all rules over the catalogue share: where they look, and how they report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Path, Problem, choices, dotted, enumerated
from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue, EveryService
from tierwright.model.every_service import origin, resolved
from tierwright.model.part import kinds_of
from tierwright.model.service import Service

T = TypeVar("T")


class CatalogueChecks:
    """Rules over one catalogue. What its schema refuses is UNSOUND in it, and no rule says more of that.

    Rules over services go by the resolved catalogue. Those over the names that somebody has written go through the `_holders`.
    """

    def __init__(self, document: YamlNode, written: Catalogue) -> None:
        """`document` knows the lines of the catalogue; `written` is its data as they are there."""
        self._document = document
        self._written = written
        self._catalogue = catalogue = resolved(written)
        data_services = dict(until_unsound(lambda: [*catalogue.data_services.items()]))
        services = dict(until_unsound(lambda: [*catalogue.services.items()]))
        self._known = {
            name: entry if entry is UNSOUND else entry.tier for name, entry in (data_services | services | data_services).items()
        }
        """The tier of each service and data service."""
        self._data_services = _sound(data_services)
        self._kinds = kinds_of(until_unsound(lambda: catalogue.components))
        """The kinds of data services that a platform can have."""
        self._services = _sound(services)
        self._rank: dict[str, int] = {}
        for _, tier in numbered(catalogue.tiers):
            if tier.name is not UNSOUND:
                self._rank.setdefault(tier.name, len(self._rank))

    def _holders(self) -> Iterator[tuple[Path, str, EveryService | Service]]:
        """Who has lists of names, as they are written: path, name (empty for `everyService`), and entry."""
        if self._written.every_service is not UNSOUND:
            yield ("everyService",), "", self._written.every_service
        for name in self._services:
            yield ("services", name), name, self._written.services[name]

    def _problem(self, path: Path, wrong: str, allowed: str) -> Problem:
        """A problem of an entry of the resolved catalogue; `told_once` finds where that is written."""
        return Problem(self._document.locate(path), dotted(path), wrong, allowed, path)

    def _unknown(self, path: Path, what: str, name: str, known: Collection[str]) -> Problem:
        return self._problem(path, f"there is no {what} `{name}`", choices(name, known))

    def _is_inherited(self, path: Path) -> bool:
        """Whether an entry of a service comes from `everyService`."""
        return origin(self._written, path) != path

    def _told_once(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems where they are written. One of `everyService` is told once, and says in which services it is."""
        inherited: dict[Problem, list[str]] = {}
        for problem in problems:
            path = origin(self._written, problem.at)
            if path == problem.at:
                yield problem
            else:
                inherited.setdefault(self._problem(path, problem.wrong, problem.allowed), []).append(str(problem.at[1]))
        for problem, names in inherited.items():
            yield msgspec.structs.replace(problem, wrong=f"in {enumerated(names)}: {problem.wrong}")


def _sound(entries: Mapping[str, T]) -> dict[str, T]:
    return {name: entry for name, entry in entries.items() if entry is not UNSOUND}
