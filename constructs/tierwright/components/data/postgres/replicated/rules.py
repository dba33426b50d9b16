"""Rules over the values of `topology: replicated`, and of members whoever runs them."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.replicated.settings import KEPT
from tierwright.components.data.postgres.topology import OFFICIAL_IMAGE, PATRONI_LABELS, is_replicated
from tierwright.components.data.postgres.values import Postgres, values_of
from tierwright.components.data.settings import kept_settings, unfit_setting
from tierwright.config.problems import dotted
from tierwright.expressions.conditions import Matches, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import KeysMatching
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity

_LEAST_CONNECTIONS = 25
_LEAST = {
    "max_locks_per_transaction": 32,
    "max_replication_slots": 4,
    "max_wal_senders": 3,
    "max_worker_processes": 2,
}
"""The least that Patroni 4 takes of these settings, and of connections (CMDLINE_OPTIONS in its postgresql/config.py)."""


def _rules(postgres: Postgres) -> Iterator[Rule]:
    values, path, replicated = postgres.values, postgres.path, is_replicated(postgres)
    several = any_of(replicated, postgres.is_operated)
    yield Rule(
        path=("image", "repository"),
        broken=all_of(replicated, Matches(expression_of(values.image.repository), OFFICIAL_IMAGE)),
        wrong="the official image has no Patroni, which topology: replicated needs",
        allowed="build one from images/postgres-patroni and name it, or a ready-made one that docs/postgres.md lists",
    )
    yield Rule(
        path=("replication", "members"),
        broken=all_of(several, values.replication.members < 3),
        wrong="when one of so few members is away, none is left to copy to and commits wait",
        allowed=f"set 3 or more, or {path}.topology: single",
    )
    yield Rule(
        path=("storage", "persistent"),
        broken=all_of(several, opposite(values.storage.persistent)),
        wrong="a member that comes back without its data could be taken for a new database",
        allowed=f"set it to true, or {path}.topology: single",
    )
    by = f"{path}.replication and {path}.topology decide such things"
    yield from kept_settings(values.config, *KEPT, by=by, where=replicated)
    yield unfit_setting(
        values.config,
        "wal_level",
        r"(?i)^\s*minimal\s*$",
        wrong="other members cannot copy what is written at this level",
        allowed="remove it, or set logical",
        where=several,
    )
    yield Rule(
        path=("maxConnections",),
        broken=all_of(replicated, values.max_connections < _LEAST_CONNECTIONS),
        wrong=_too_small("max_connections"),
        allowed=f"set {_LEAST_CONNECTIONS} or more",
    )
    yield Rule(
        path=("replication", "walKeepSize"),
        broken=all_of(replicated, Matches(expression_of(values.replication.wal_keep_size), r"^([1-9]|1[0-5])Mi$")),
        wrong=_too_small("wal_keep_size"),
        allowed="set 16Mi or more",
    )
    for name, least in _LEAST.items():
        smaller = "|".join(map(str, range(least)))
        allowed, unfit = f"remove it, or set {least} or more", rf"^\s*\+?0*({smaller})\s*$"
        yield unfit_setting(values.config, name, unfit, wrong=_too_small(name), allowed=allowed, where=replicated)


def _too_small(name: str) -> str:
    return f"Patroni takes no {name} so small, and would put another one in its place"


def _labels(postgres: Postgres) -> Iterator[Rule]:
    """Those by which Services and Patroni know the members: one that says it is the primary before it is would get writes."""
    taken = KeysMatching(expression_of(postgres.blueprint.values.common_labels), "|".join(PATRONI_LABELS))
    yield Rule(
        path=("topology",),
        broken=all_of(is_replicated(postgres), Truth(taken)),
        wrong=f"Patroni labels the members with {' and '.join(PATRONI_LABELS)}, and commonLabels has one of these",
        allowed="choose another name there",
    )


def _room(platform: Platform, name: str) -> Iterator[Complaint]:
    """What is kept of the write-ahead log leaves room for the data."""
    values = values_of(platform, name)
    if values.topology not in ("replicated", "cloudnative-pg"):
        return
    kept = max((values.replication.max_slot_wal_keep_size, values.replication.wal_keep_size), key=quantity)
    if quantity(kept) >= quantity(values.storage.size):
        wrong = f"{kept} of it may be kept on a volume of {values.storage.size}, and the server stops when that is full"
        size = dotted((*platform.catalogue.place(name), "storage", "size"))
        field = "maxSlotWalKeepSize" if kept == values.replication.max_slot_wal_keep_size else "walKeepSize"
        yield Complaint(("replication", field), wrong, f"lower it, or raise {size}", alone=True)


RULES = (_rules, _labels)
PROGRAM_RULES = (_room,)
ALONE = ("a `PATH.replication.maxSlotWalKeepSize` that does not fit into the volume",)
