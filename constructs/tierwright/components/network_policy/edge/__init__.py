"""Who may connect to public services; only platforms that have such services have these values."""

from __future__ import annotations

from pathlib import Path

from tierwright.kit.component import Component
from tierwright.kit.network_values import WithEdge
from tierwright.model.catalogue import Catalogue


def _is_wanted(catalogue: Catalogue) -> bool:
    return catalogue.has_public_service


EDGE = Component(
    name="edge",
    section_values={"networkPolicy": (WithEdge, "apiServerPorts")},
    defaults=Path(__file__).with_name("defaults.yaml"),
    wanted=_is_wanted,
    lack=("the catalogue has no public service", "make one `public` there, or remove this"),
)
