"""`everyService`: what the catalogue says once for all services. Whoever reads services finds it in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tierwright.config.problems import Path
from tierwright.config.soundness import UNSOUND, numbered
from tierwright.model.catalogue import EMPTY, Catalogue, EveryService
from tierwright.model.placeholders import placeholders
from tierwright.model.reach import WAYS
from tierwright.model.references import text_of
from tierwright.model.service import Service
from tierwright.model.settings import setting_names

LISTS = (*WAYS, "secrets", "external")
"""The lists of a service that `everyService` extends; its variables lie below those of the service."""


def resolved(written: Catalogue) -> Catalogue:
    """The catalogue in which each service has what `everyService` gives it. What is unsound gives nothing and gets nothing."""
    every, services = written.every_service, written.services
    if every is UNSOUND or services is UNSOUND or every is EMPTY:
        return written
    extended = {name: _extended(name, service, every) for name, service in services.items()}
    return msgspec.structs.replace(written, services=extended)


def given(every: EveryService) -> Iterator[str]:
    """Every name that `everyService` gives: those of its lists, then its variables."""
    for key in LISTS:
        yield from getattr(every, key)
    yield from every.environment


def origin(written: Catalogue, path: Path) -> Path:
    """Where an entry of the resolved catalogue is written; `path` is the path there, also of an entry that exists nowhere."""
    if path[0] != "services" or len(path) < 4:
        return path
    _, name, key, entry, *_ = path
    service, every = written.services[str(name)], written.every_service
    if key == "environment" and entry not in service.environment and entry in every.environment:
        return ("everyService", key, entry)
    if key in LISTS and isinstance(entry, int) and entry >= len(getattr(service, str(key))):
        return ("everyService", str(key), _positions(service, every, str(name), str(key))[entry - len(getattr(service, str(key)))])
    return path


def _extended(name: str, service: Service, every: EveryService) -> Service:
    if service is UNSOUND or service.without is UNSOUND:
        return service
    changed: dict[str, Any] = {}
    for key in LISTS:
        own = getattr(service, key)
        if positions := _positions(service, every, name, key):
            changed[key] = [*own, *(getattr(every, key)[index] for index in positions)]
    if service.environment is not UNSOUND and every.environment is not UNSOUND:
        changed["environment"] = _left(name, service, every) | service.environment
    return msgspec.structs.replace(service, **changed)


def _left(name: str, service: Service, every: EveryService) -> dict[str, str]:
    """The variables that the service `name` gets; those about what it is without are not among them."""
    without, own_variables = _without(service), setting_names(service)
    own = {name, *(target for key in WAYS for _, target in numbered(getattr(service, key)))}
    absent = set(without) - own
    return {
        variable: text
        for variable, text in every.environment.items()
        if variable not in (*without, *own_variables)
        and absent.isdisjoint(asked.target for asked in placeholders(text_of(text)) if not asked.is_public)
    }


def _positions(service: Service, every: EveryService, name: str, key: str) -> list[int]:
    """The positions in a list of `everyService` of what the service `name` gets from it."""
    own = getattr(service, key)
    if own is UNSOUND:
        return []
    got = {*_without(service), *(target for _, target in numbered(own))}
    positions = []
    for index, target in numbered(getattr(every, key)):
        itself = key in WAYS and target.partition(":")[0] == name
        if target not in got and not itself:
            positions.append(index)
            got.add(target)
    return positions


def _without(service: Service) -> list[str]:
    return [name for _, name in numbered(service.without)]
