"""From files to a checked platform."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path as FilePath
from typing import Any, TypeVar

import msgspec

from castiel.model.catalogue import Catalogue
from castiel.model.documents import Node, overlay, read
from castiel.model.graph import Graph, Order
from castiel.model.platform import Platform
from castiel.model.problems import ConfigError, Problem
from castiel.model.rules import CatalogueRules
from castiel.model.values import Values
from castiel.model.values_rules import ValuesRules, unknown_names

T = TypeVar("T")


def load(*, catalogue: FilePath, values: Sequence[FilePath], schemas: FilePath) -> Platform:
    """Read and check a catalogue and its values, the defaults first and each overlay over those before it.

    `schemas` is the folder with catalogue.schema.json and values.schema.json. Raises ConfigError with everything that
    is wrong in all of the files, as far as one error does not hide another.
    """
    problems: list[Problem] = []
    catalogue_document, _ = _overlaid(problems, [catalogue])
    defaults, values_document = _overlaid(problems, values)

    typed_catalogue = None
    if catalogue_document is not None:
        typed_catalogue, found = _typed(
            catalogue_document, catalogue_document.plain(), Catalogue, schemas / "catalogue.schema.json"
        )
        problems += found
        if typed_catalogue is not None:
            problems += CatalogueRules(catalogue_document, typed_catalogue).problems()
    typed_values = None
    if values_document is not None:
        typed_values, found = _typed(
            values_document, _whole(values_document, typed_catalogue), Values, schemas / "values.schema.json"
        )
        problems += found
        problems += _deletions(values_document, schemas / "overlay.schema.json")
        if not found and values_document.get("extraObjects").value:  # the schema knows what an object must have
            problems += _found_by_schema(values_document, schemas / "values.schema.json")
        if typed_catalogue is not None:
            problems += unknown_names(values_document, typed_catalogue)
    if problems:
        raise ConfigError(problems)

    assert values_document is not None
    assert defaults is not None
    assert typed_catalogue is not None
    assert typed_values is not None
    platform = _platform(typed_catalogue, typed_values, defaults.plain())
    problems += ValuesRules(values_document, platform).problems()
    if problems:
        raise ConfigError(problems)
    return platform


def _typed(document: Node, plain: Any, kind: type[T], schema: FilePath) -> tuple[T | None, list[Problem]]:
    """Give the data its type, or say everything that is wrong with the document.

    The type stops at the first error and knows no lines; its schema, which says the same, finds them all.
    """
    try:
        return msgspec.convert(plain, kind), []
    except msgspec.ValidationError as error:
        found = _found_by_schema(document, schema)
        return None, found or [Problem(document.place, "", str(error), "correct it")]


def _deletions(document: Node, schema: FilePath) -> list[Problem]:
    """What is wrong with the keys that null takes away; the typed values have nothing of them any more."""
    if not document.deletes():
        return []
    return [one for one in _found_by_schema(document, schema, nulls=True) if one.wrong in ("unknown key", "the key is not allowed")]


def _found_by_schema(document: Node, schema: FilePath, *, nulls: bool = False) -> list[Problem]:
    from castiel.model.validation import problems_of  # a tenth of a sound run's time, and of no use to it

    return list(problems_of(document, json.loads(schema.read_bytes()), nulls=nulls))


def _overlaid(problems: list[Problem], files: Sequence[FilePath]) -> tuple[Node, Node] | tuple[None, None]:
    """The first file, and all of them laid over one another; None when one of them cannot be read.

    Like Helm: the overlays among themselves first, then what comes of them over the defaults.
    """
    documents: list[Node] = []
    for file in files:
        try:
            documents.append(read(file))
        except ConfigError as error:
            problems += error.problems
    if len(documents) != len(files):
        return None, None
    defaults, *overlays = documents
    return defaults, overlay(defaults, reduce(overlay, overlays)) if overlays else defaults


def _whole(document: Node, catalogue: Catalogue | None) -> Any:
    """The values with a whole entry for every service: the defaults with what differs laid over them."""
    plain = document.plain()
    defaults, own = document.get("defaults"), document.get("services").pruned()
    if not isinstance(own.value, dict):
        return plain
    names = catalogue.services if catalogue else own.value
    return {**plain, "services": {name: overlay(defaults, own.get(name)).plain() for name in names}}


def _platform(catalogue: Catalogue, values: Values, defaults: Any) -> Platform:
    tier_of = {name: entry.tier for name, entry in _entries(catalogue)}
    needs = {name: service.needs for name, service in catalogue.services.items()}
    tiers = [tier.name for tier in catalogue.tiers]
    orders: tuple[Order, ...] = ("tiers", "graph")
    graphs = {order: Graph(order=order, tiers=tiers, tier_of=tier_of, needs=needs) for order in orders}
    return Platform(catalogue, values, graphs, defaults)


def _entries(catalogue: Catalogue) -> Iterator[tuple[str, Any]]:
    yield from catalogue.data_services.present().items()
    yield from catalogue.services.items()
