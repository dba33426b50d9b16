"""A component: one thing that platforms have, in one place. `tierwright.components.registry` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from tierwright.aspects import Aspect
from tierwright.blueprint import Blueprint
from tierwright.kit.rules import Rules
from tierwright.model.catalogue import Catalogue
from tierwright.model.part import Part


class Declare(Protocol):
    """Declares the objects; `file` is the file of the manifests that contains them."""

    def __call__(self, file: str, /, *, blueprint: Blueprint) -> object:
        """Add them to the blueprint."""


def _nothing(_file: str, /, *, blueprint: Blueprint) -> None:
    del blueprint


class Component(Part, frozen=True, kw_only=True, eq=False):
    """Everything about a component.

    `file` is the file of the manifests for its objects; empty for a data service, whose objects are in the file of its tier, and
    for one that has none of its own.
    `aspects` gives what it adds to the objects of all components; aspects are applied in the order of the registry. `rules` are
    over its values, for the program and the chart. The program alone evaluates `program_rules`. `notes` is what NOTES.txt of
    the chart says about it, as a template.
    """

    declare: Declare = _nothing
    file: str = ""
    rules: Rules = msgspec.field(default_factory=Rules)
    aspects: Callable[[Blueprint], Iterable[Aspect]] = lambda _blueprint: ()
    notes: str = ""


def components_of(catalogue: Catalogue) -> Iterator[Component]:
    """The components that a platform has."""
    for part in catalogue.parts():
        assert isinstance(part, Component)
        yield part


def component_of(catalogue: Catalogue, data_service: str) -> Component:
    """The component of a data service that the platform has."""
    part = catalogue.connected()[data_service]
    assert isinstance(part, Component)
    return part
