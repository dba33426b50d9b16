"""Authorities: the CA by which clients know a data service, as their pods mount it."""

from __future__ import annotations

import msgspec

from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import Tree, when
from tierwright.kit.metadata import Manifest


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """The volume with the CA alone, and where it is mounted: as a folder, so that a renewed one takes its place."""

    present: Condition
    volume: Manifest
    mount: Manifest

    @property
    def volumes(self) -> list[Tree]:
        """The volume, where there is a CA."""
        return [when(self.present, self.volume)]

    @property
    def mounts(self) -> list[Tree]:
        """The mount, where there is a CA."""
        return [when(self.present, self.mount)]
