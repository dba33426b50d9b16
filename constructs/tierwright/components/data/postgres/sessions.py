"""Whose sessions lead where: to the pooler, or to the server."""

from __future__ import annotations

from tierwright.model.service import Service


def pools_of(service: Service, name: str, *, pooled: bool) -> tuple[int, int]:
    """The pools that each pod of a service opens to the PostgreSQL of this name, one for each endpoint: to the pooler, and past it.

    What runs once, and steps before a program, pass the pooler.
    """
    endpoints = {reach.target for reach in service.reaches if reach.owner == name}
    if not pooled or name not in endpoints:
        return 0, len(endpoints)
    once = service.run is not None
    passing = bool(service.prepare) or once
    return 0 if once else 1, len(endpoints) - 1 + passing
