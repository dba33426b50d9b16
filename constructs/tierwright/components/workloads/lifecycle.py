"""The hooks of a service's container: the user's, and the pause before a pod ends."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Truth
from tierwright.expressions.expression import Argument, Lookup
from tierwright.expressions.tokens import Map, Number, expression_of
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.metadata import Manifest
from tierwright.model.manifest_pieces import Lifecycle


def lifecycle(blueprint: Blueprint, hooks: Lifecycle, pause: int | None) -> Tree:
    """The `lifecycle` of a container with these hooks; `pause` is how many seconds a pod serves on when it is to end.

    Endpoints lag behind termination: the pod serves until every node routes elsewhere. Nothing routes to one without ports, which
    has no pause. A hook of the user takes the place of the pause.
    """
    own = expression_of(hooks)
    if pause is None:
        return OmitEmpty(hooks)
    return blueprint.call("lifecycle", _paused, hooks=own, seconds=expression_of(pause))


def _paused() -> Manifest:
    start, stop = (Lookup(Argument("hooks"), hook) for hook in ("postStart", "preStop"))
    return {
        "preStop": when(Truth(stop), Map(stop), {"sleep": {"seconds": Number(Argument("seconds"))}}),
        "postStart": OmitEmpty(Map(start)),
    }
