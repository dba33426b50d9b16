"""From files to a checked platform."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path as FilePath
from typing import Any, TypeVar

import msgspec

from castiel.model.catalogue import Catalogue
from castiel.model.documents import Node, overlay, read
from castiel.model.graph import Graph
from castiel.model.platform import Platform
from castiel.model.problems import ConfigError, Problem
from castiel.model.rules import CatalogueRules
from castiel.model.values import Values
from castiel.model.values_rules import ValuesRules, unknown_services

T = TypeVar("T")


def load(*, catalogue: FilePath, values: Sequence[FilePath], schemas: FilePath) -> Platform:
    """Read and check a catalogue and its values, the defaults first and each overlay over those before it.

    `schemas` is the folder with catalogue.schema.json and values.schema.json. Raises ConfigError with everything that
    is wrong in all of the files, as far as one error does not hide another.
    """
    problems: list[Problem] = []
    catalogue_document = _attempt(problems, [catalogue])
    values_document = _attempt(problems, values)

    typed_catalogue = None
    if catalogue_document is not None:
        typed_catalogue = _typed(catalogue_document.plain(), Catalogue)
        if typed_catalogue is None:
            problems += _explained(catalogue_document, schemas / "catalogue.schema.json")
        else:
            problems += CatalogueRules(catalogue_document, typed_catalogue).problems()
    typed_values = None
    if values_document is not None:
        typed_values = _typed(_whole(values_document, typed_catalogue), Values)
        unknown = list(unknown_services(values_document, typed_catalogue)) if typed_catalogue else []
        problems += unknown
        if typed_values is None or typed_catalogue is None or unknown:
            problems += _explained(values_document, schemas / "values.schema.json")
    _stop_at(problems)

    assert values_document is not None
    assert typed_catalogue is not None
    assert typed_values is not None
    platform = _platform(typed_catalogue, typed_values)
    _stop_at(ValuesRules(values_document, platform).problems())
    return platform


def _typed(plain: Any, kind: type[T]) -> T | None:
    """The data as its type, or None where the type refuses it."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        return None


def _explained(document: Node, schema: FilePath) -> Iterator[Problem]:
    """What the schema, which says the same as the type, finds wrong: every error, not the first alone."""
    from castiel.model.validation import problems_of  # a tenth of a sound run's time, and of no use to it

    return problems_of(document, json.loads(schema.read_bytes()))


def _attempt(problems: list[Problem], files: Sequence[FilePath]) -> Node | None:
    """The files laid over one another, or None when one of them cannot be read."""
    documents: list[Node] = []
    for file in files:
        try:
            documents.append(read(file))
        except ConfigError as error:
            problems += error.problems
    return reduce(overlay, documents) if len(documents) == len(files) else None


def _stop_at(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ConfigError(found)


def _whole(document: Node, catalogue: Catalogue | None) -> Any:
    """The values with an entry for every service: the defaults with what differs laid over them."""
    plain = document.plain()
    if catalogue is None:
        return plain
    defaults, own = document.get("defaults"), document.get("services").pruned()
    return {**plain, "services": {name: overlay(defaults, own.get(name)).plain() for name in catalogue.services}}


def _platform(catalogue: Catalogue, values: Values) -> Platform:
    tier_of = {name: entry.tier for name, entry in _entries(catalogue)}
    needs = {name: service.needs for name, service in catalogue.services.items()}
    tiers = [tier.name for tier in catalogue.tiers]
    return Platform(catalogue, values, Graph(order=values.startup.order, tiers=tiers, tier_of=tier_of, needs=needs))


def _entries(catalogue: Catalogue) -> Iterator[tuple[str, Any]]:
    yield from catalogue.data_services.present().items()
    yield from catalogue.services.items()
