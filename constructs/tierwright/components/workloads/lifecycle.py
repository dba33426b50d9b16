"""The hooks of a service's container: the user's, and the pause before a pod ends."""

from __future__ import annotations

from tierwright.expressions.conditions import Truth
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import Map, expression_of
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.metadata import Manifest
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.service import Service


def lifecycle(meta: ServiceMeta, service: Service) -> Tree:
    """The `lifecycle` of the container of a service.

    Endpoints lag behind termination: the pod serves until every node routes elsewhere. Nothing routes to one without ports, which
    has no pause. A hook of the user takes the place of the pause.
    """
    return meta.shared("lifecycle", _paused) if service.all_ports else OmitEmpty(meta.values.lifecycle)


def _paused(meta: ServiceMeta) -> Manifest:
    hooks = expression_of(meta.values.lifecycle)
    start, stop = (Lookup(hooks, hook) for hook in ("postStart", "preStop"))
    return {
        "preStop": when(Truth(stop), Map(stop), {"sleep": {"seconds": meta.values.shutdown.pre_stop_seconds}}),
        "postStart": OmitEmpty(Map(start)),
    }
