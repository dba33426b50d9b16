"""The networks of destinations outside the platform; only platforms that have such destinations have these values."""

from __future__ import annotations

from pathlib import Path

from tierwright.kit.component import Component
from tierwright.kit.network_values import WithDestinations
from tierwright.model.catalogue import Catalogue


def _is_wanted(catalogue: Catalogue) -> bool:
    return bool(catalogue.external)


DESTINATIONS = Component(
    name="destinations",
    section_values={"networkPolicy": (WithDestinations, "apiServerPorts")},
    defaults=Path(__file__).with_name("defaults.yaml"),
    wanted=_is_wanted,
    lack=("the catalogue has no destination outside the platform", "add it to `external` there, or remove this"),
)
