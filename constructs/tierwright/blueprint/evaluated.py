"""What the declared objects are under given values."""

from __future__ import annotations

from typing import Any

import msgspec


class Evaluated(msgspec.Struct, frozen=True):
    """An object under the given values: `manifest` is plain data, without API version and kind."""

    file: str
    id: str
    api_version: str
    kind: str
    manifest: dict[str, Any]

    @property
    def object(self) -> dict[str, Any]:
        """The object as the API server gets it."""
        return {"apiVersion": self.api_version, "kind": self.kind, **self.manifest}
