"""Destinations outside the platform: elsewhere in the cluster, or outside of it."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import LABEL_NAME, LABEL_VALUE, NAMESPACE_NAME
from tierwright.model.ports import PortNumber

PodLabels = dict[Annotated[str, Meta(pattern=LABEL_NAME)], Annotated[str, Meta(pattern=LABEL_VALUE)]]


class ExternalPort(Entry, frozen=True, kw_only=True):
    """A port with its protocol."""

    port: PortNumber
    """The port."""
    protocol: Literal["TCP", "UDP"] = "TCP"
    """TCP or UDP."""


class External(Entry, frozen=True, kw_only=True):
    """A destination outside the platform that services may connect to.

    With `namespace` or `podLabels` it is in the cluster. Else it is in the networks that the values name, or anywhere outside.
    """

    description: str = ""
    """What it is, for the reader."""
    ports: Annotated[list[PortNumber | ExternalPort], Meta(min_length=1)]
    """The ports there, those of the pods where it is in the cluster: numbers of TCP, or mappings."""
    namespace: Annotated[str, Meta(pattern=NAMESPACE_NAME)] | None = None
    """The namespace of its pods; without it, but with `podLabels`, the platform's own."""
    pod_labels: Annotated[PodLabels, Meta(min_length=1)] | None = None
    """The labels of its pods; without them, all pods of `namespace`."""

    @property
    def is_in_cluster(self) -> bool:
        """Whether its pods are told by namespace or labels."""
        return self.namespace is not None or self.pod_labels is not None

    @property
    def all_ports(self) -> tuple[ExternalPort, ...]:
        """Each port with its protocol."""
        return tuple(ExternalPort(port=port) if isinstance(port, int) else port for port in self.ports)
