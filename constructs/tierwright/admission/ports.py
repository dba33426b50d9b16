"""The rules of ports, which Services and containers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import FieldRule, matching, one_of
from tierwright.config.problems import Complaint, Path, written

Object = Mapping[str, Any]
Place = tuple[Path, Object]
LARGEST = 65535


def port_rules(where: tuple[str, ...], number: str, name: str) -> tuple[FieldRule, ...]:
    """The rules of the ports at `where`: the field `number` has that of one, `name` is the pattern of their names."""
    return (
        FieldRule(where, number, lambda port: 0 < port <= LARGEST, f"a whole number from 1 to {LARGEST}"),
        matching(where, "name", name, or_empty=True),
        one_of(where, "protocol", ("TCP", "UDP", "SCTP"), or_empty=True),
    )


def repeated_ports(ports: Iterable[Place], number: str) -> Iterator[Complaint]:
    """Ports of one list with one name, or with one number and protocol.

    The API server takes a number twice in a container, but server-side apply cannot tell the two apart.
    """
    known = list(ports)
    yield from repeated(known, "name")
    yield from repeated(known, number, lambda port: (port[number], port.get("protocol") or "TCP"))


def repeated(entries: Iterable[Place], field: str, identity: Callable[[Object], object] | None = None) -> Iterator[Complaint]:
    """Entries whose `field` is the same as in an earlier one; `identity` is what must differ, where that is more than the field."""
    taken: set[object] = set()
    for path, entry in entries:
        own = identity(entry) if identity else entry.get(field)
        if entry.get(field) and own in taken:
            yield (*path, field), f"{written(entry[field])} is used twice", "give each its own"
        taken.add(own)
