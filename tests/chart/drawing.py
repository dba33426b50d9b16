"""How many examples the tests of the law draw."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings

_WANTED = int(os.environ.get("CASTIEL_OVERLAYS", "0"))


def drawn(share: float) -> Callable[..., Callable[..., None]]:
    """Settings for this share of all overlays."""
    return settings(
        max_examples=int((_WANTED or 300) * share),
        derandomize=not _WANTED,
        print_blob=bool(_WANTED),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
