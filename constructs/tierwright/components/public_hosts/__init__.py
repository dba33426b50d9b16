"""The further hosts at which users see services; only platforms whose catalogue names such hosts have these values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from tierwright.kit.component import Component
from tierwright.model.catalogue import Catalogue
from tierwright.model.composed import Entry
from tierwright.model.names import PUBLIC_HOST
from tierwright.model.service import Name


class WithHosts(Entry, frozen=True):
    """The addresses that users see beside the main one."""

    hosts: dict[Name, Annotated[str, Meta(pattern=PUBLIC_HOST)]]
    """The further hosts that the catalogue names, by name, likewise. Unless set: NAME.`public.host`."""


def _is_wanted(catalogue: Catalogue) -> bool:
    return bool(catalogue.public_hosts)


PUBLIC_HOSTS = Component(
    name="public-hosts",
    section_values={"public": (WithHosts, "tls")},
    defaults=Path(__file__).with_name("defaults.yaml"),
    wanted=_is_wanted,
    lack=(
        "the catalogue has no public host but the main one",
        "name one by `public: {host: NAME}` of a service there, or remove this",
    ),
)
