"""Members that operators run: what the platform says of their pods and volumes.

An operator adds containers of its own to its pods, and their amounts are its affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tierwright.admission.containers import Pods
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.kit.cluster_scoped import group_of
from tierwright.model.catalogue import Catalogue


class Operated(msgspec.Struct, frozen=True):
    """The members of one object: their pods, and their claims, each named and with its size as it is written."""

    pods: Pods
    claims: Sequence[tuple[str, str]]


def operated_of(objects: Sequence[Evaluated], catalogue: Catalogue) -> Iterator[Operated]:
    """The members of the platform's own objects. Those of the user's objects are the user's affair."""
    described = {
        kind: (operated.label, members)
        for part in catalogue.connected().values()
        for operated in part.operated
        for kind, members in operated.members.items()
    }
    for evaluated in objects:
        label, of = described.get(f"{group_of(evaluated.api_version)}/{evaluated.kind}", ("", None))
        if of and position(evaluated) is None:
            name, members = str(evaluated.manifest["metadata"]["name"]), of(evaluated.manifest["spec"])
            pods = Pods(kind=evaluated.kind, name=name, labels={label: name}, spec=members.pod, largest=members.number)
            yield Operated(pods, [(f"a claim of {evaluated.kind} {name}", size) for size in members.sizes])
