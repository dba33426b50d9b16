"""What all rules over the values share: where they look, how they report, and questions that several of them ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Complaint, Path, Problem, dotted
from tierwright.model.names import EVERYBODY
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity
from tierwright.model.workload_values import Amounts, Resources

EPHEMERAL_STORAGE = "ephemeral-storage"
RESOURCES = Amounts.__struct_encode_fields__
LOWER = "lower the request, or raise the limit"
ROOM = "raise the limit, or lower the size"


def excess(resources: Resources, resource: str) -> str:
    """How much more of a resource is asked for than may be used; empty where it is not."""
    request, limit = resources.requests.get(resource), resources.limits.get(resource)
    if request is None or limit is None or quantity(request) <= quantity(limit):
        return ""
    return f"the request {request} is above the limit {limit}"


def overflow(resources: Resources, **volumes: str) -> str:
    """What is wrong where volumes on the node's disk, sizes by name, may grow beyond the container's limit; else empty."""
    limit = resources.limits.get(EPHEMERAL_STORAGE)
    if limit is None or sum(map(quantity, volumes.values())) <= quantity(limit):
        return ""
    sizes = " and ".join(f"{name} {size}" for name, size in volumes.items())
    return f"{sizes} {'does' if len(volumes) == 1 else 'do'} not fit into the limit of ephemeral-storage, {limit}"


def of_devices(resources: Resources) -> Iterator[Complaint]:
    """What the API server refuses of devices and huge pages, which no node can promise twice."""
    for side in ("requests", "limits"):
        for resource, amount in getattr(resources, side).items():
            if resource in RESOURCES:
                continue
            path, limit = (side, resource), resources.limits.get(resource)
            page = resource.removeprefix("hugepages-")
            if "kubernetes.io/" in resource or resource.startswith("requests."):
                yield path, "no device has such a name", "allowed: the name that its plugin gives it, such as nvidia.com/gpu"
            elif limit is None or quantity(limit) != quantity(amount):
                wrong = f"the request {amount} is not the limit, {limit}" if limit else "there is a request and no limit"
                yield path, wrong, "write the limit alone, from which the request follows"
            elif page != resource and quantity(amount) % quantity(page):
                yield path, f"{amount} is not a whole number of pages", f"allowed: a multiple of {page}"


def is_everybody(cidr: str) -> bool:
    """Whether a network contains all addresses."""
    return re.search(EVERYBODY, cidr) is not None


class Checks:
    """Rules over the values of one platform. Values that are wrong by themselves are UNSOUND there, and no rule reports them again.

    Each rule is small: a value that is wrong itself ends the rule that reads it, so nothing is read before a rule runs.
    """

    def __init__(self, document: YamlNode, platform: Platform) -> None:
        """`document` is the merged values as the user wrote them; it knows the lines."""
        self._document = document
        self._platform = platform
        self._values = platform.values

    def _problem(self, path: Path, wrong: str, allowed: str, *, alone: bool = False) -> Problem:
        return Problem(self._document.locate(path), dotted(path), wrong, allowed, path, alone)

    def _of_service(self, name: str, *choices: Path) -> Path:
        """Where one of these values of a service was written: its own entry before the defaults, overlays before their base."""
        paths = [(*above, *path) for above in (("services", name), ("defaults",)) for path in choices]
        there = [path for path in paths if self._document.has(path)]
        own = [path for path in there if path[0] == "services"]
        return self._where_written(own or there or [("defaults", *choices[0])])

    def _where_written(self, paths: Sequence[Path]) -> Path:
        """The first of these paths at which the user wrote something; the first of all where there is none."""
        return next(filter(self._document.is_written, paths), paths[0])
