"""Images of the platform's own, and what the catalogue knows of them."""

from __future__ import annotations

from tierwright.blueprint import Described
from tierwright.model.compose import ComposeService

_NOTHING = ComposeService()


def own_image(platform: Described, name: str) -> str | None:
    """The service for which the image of a workload is made; None where it comes from elsewhere, as the values say."""
    catalogue = platform.blueprint.catalogue
    owner = catalogue.image_owner(name)
    from_elsewhere = owner not in catalogue.services or platform.platform.values_of(owner).image.repository
    return None if from_elsewhere else owner


def build_context(platform: Described, name: str) -> str | None:
    """The folder in which the image of a workload is made, if it is the platform's own and there is one.

    An image with a digest is made already: another one cannot have that digest.
    """
    owner, contexts = own_image(platform, name), platform.blueprint.catalogue.compose.contexts
    if owner is None or platform.platform.values_of(owner).image.digest:
        return None
    return said_of(platform, owner).context or (f"{contexts}/{owner}" if contexts else None)


def health_tool(platform: Described, name: str) -> str | None:
    """The program in the image of a service that asks for health by HTTP; that of all services is in the platform's own images."""
    catalogue = platform.blueprint.catalogue
    of_all = catalogue.compose.health_tool if own_image(platform, name) else None
    return said_of(platform, name).health_tool or said_of(platform, catalogue.image_owner(name)).health_tool or of_all


def has_shell(platform: Described, name: str) -> bool:
    """Whether the image of a workload has a shell."""
    owner = platform.blueprint.catalogue.image_owner(name)
    return said_of(platform, name).shell and said_of(platform, owner).shell


def said_of(platform: Described, name: str) -> ComposeService:
    """What the catalogue says for Compose and Swarm of one workload."""
    service = platform.blueprint.catalogue.services.get(name)
    return _NOTHING if service is None or service.compose is None else service.compose
