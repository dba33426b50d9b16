"""Values of the startup gates."""

from typing import Annotated

from msgspec import Meta

from tierwright.blueprint import Blueprint
from tierwright.model.values import Startup
from tierwright.model.workload_values import Image, Resources

NAME = "startup"


class StartupValues(Startup, frozen=True):
    """The gates: init containers that hold a pod back until what it waits for is ready."""

    poll_seconds: Annotated[int, Meta(ge=1, le=60)]
    """The pause between two attempts. In a long wait it grows to at most twice that; in a pod's last gate it is at most a
    quarter."""
    progress_deadline_seconds: Annotated[int, Meta(ge=600, le=86_400)]
    """A rollout that takes longer counts as failed. Must be longer than the complete start."""
    image: Image
    resources: Resources


def startup_values(blueprint: Blueprint) -> StartupValues:
    """A token for each of them."""
    return blueprint.values_of_part(NAME, StartupValues)
