"""Settings of services: variables whose types the catalogue knows. Their values are in those of each service."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tierwright.kit.component import Component
from tierwright.model.catalogue import Catalogue
from tierwright.model.service import Variable
from tierwright.model.settings import Scalar

_SETTINGS = Annotated[
    dict[Variable, Scalar], Meta(description="The settings that the catalogue gives types, as numbers, true or false, or texts.")
]


def _is_wanted(catalogue: Catalogue) -> bool:
    return any(service.settings for service in catalogue.services.values())


SETTINGS = Component(
    name="settings",
    own_values={"settings": (_SETTINGS, {})},
    wanted=_is_wanted,
    lack=("the catalogue has no service with settings", "add them there, or remove this"),
)
