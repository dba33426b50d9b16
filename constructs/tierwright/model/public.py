"""Where users see a service: at which of the platform's public hosts, below which path."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import PATH_PREFIX, SERVICE_NAME

MAIN_HOST = ""
"""The key of the main public host, which has no name in the catalogue."""

ROOT = "/"


class PublicEntry(Entry, frozen=True, kw_only=True):
    """The address at which users see a service."""

    host: Annotated[str, Meta(pattern=SERVICE_NAME)] | None = None
    """The name of a public host; `public.hosts` of the values says what it is. Unless set: the main one."""
    path: Annotated[str, Meta(pattern=PATH_PREFIX)] = ROOT
    """What the paths of its URLs begin with."""


class PublicAddress(msgspec.Struct, frozen=True):
    """A public address: the name of the host, MAIN_HOST for the main one, and the path."""

    host: str
    path: str

    @property
    def shown(self) -> str:
        """The address for errors."""
        return f"the path {self.path} of {f'the host {self.host}' if self.host else 'the main host'}"


def public_address(entry: bool | PublicEntry) -> PublicAddress | None:
    """The address of a service, from its entry of the catalogue; None where nobody outside sees it."""
    if isinstance(entry, PublicEntry):
        return PublicAddress(entry.host or MAIN_HOST, entry.path)
    return PublicAddress(MAIN_HOST, ROOT) if entry else None
