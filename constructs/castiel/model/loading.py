"""From files to a checked platform."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path as FilePath
from typing import Any

import msgspec

from castiel.model.catalogue import Catalogue
from castiel.model.documents import Node, overlay, read
from castiel.model.graph import Graph
from castiel.model.platform import Platform
from castiel.model.problems import ConfigError, Problem
from castiel.model.rules import CatalogueRules
from castiel.model.validation import problems_of
from castiel.model.values import Values
from castiel.model.values_rules import ValuesRules, unknown_services


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
        found = list(problems_of(catalogue_document, _schema(schemas, "catalogue")))
        if not found:
            typed_catalogue = msgspec.convert(catalogue_document.plain(), Catalogue)
            found = list(CatalogueRules(catalogue_document, typed_catalogue).problems())
        problems += found
    if values_document is not None:
        found = list(problems_of(values_document, _schema(schemas, "values")))
        if typed_catalogue is not None:
            found += unknown_services(values_document, typed_catalogue)
        problems += found
    _stop_at(problems)

    assert values_document is not None
    assert typed_catalogue is not None
    platform = _platform(typed_catalogue, values_document)
    _stop_at(ValuesRules(values_document, platform).problems())
    return platform


def _attempt(problems: list[Problem], files: Sequence[FilePath]) -> Node | None:
    """The files laid over one another, or None when one of them cannot be read."""
    documents: list[Node] = []
    for file in files:
        try:
            documents.append(read(file))
        except ConfigError as error:
            problems += error.problems
    return reduce(overlay, documents) if len(documents) == len(files) else None


def _schema(folder: FilePath, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((folder / f"{name}.schema.json").read_bytes())
    return schema


def _stop_at(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ConfigError(found)


def _platform(catalogue: Catalogue, document: Node) -> Platform:
    defaults, own = document.get("defaults"), document.get("services").pruned()
    services = {name: overlay(defaults, own.get(name)).plain() for name in catalogue.services}
    values = msgspec.convert({**document.plain(), "services": services}, Values)
    tier_of = {name: entry.tier for name, entry in _entries(catalogue)}
    needs = {name: service.needs for name, service in catalogue.services.items()}
    tiers = [tier.name for tier in catalogue.tiers]
    return Platform(catalogue, values, Graph(order=values.startup.order, tiers=tiers, tier_of=tier_of, needs=needs))


def _entries(catalogue: Catalogue) -> Iterator[tuple[str, Any]]:
    yield from catalogue.data_services.present().items()
    yield from catalogue.services.items()
