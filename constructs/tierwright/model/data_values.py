"""Values that every data service has."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.catalogue import Port
from tierwright.model.composed import Entry
from tierwright.model.names import (
    DATA_KEY,
    HOST_OR_EMPTY,
    NETWORK,
    OBJECT_NAME_OR_EMPTY,
)
from tierwright.model.workload_values import (
    SCRATCH,
    Annotations,
    Image,
    Placement,
    Resources,
    Seconds,
    Size,
)

Cidrs = list[Annotated[str, Meta(pattern=NETWORK)]]
Topology = Annotated[
    Literal["single", "external"],
    Meta(description="`single`: one pod here. `external`: it runs elsewhere, only the policies and gates are made."),
]


class Storage(Entry, frozen=True):
    """Where the data lies."""

    persistent: Annotated[bool, Meta(description="false: an emptyDir of this size on the node's disk, lost with the pod.")]
    size: Annotated[Size, Meta(description="Cannot be lowered, and raised only where the class allows it.")]
    storage_class: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="Empty: the cluster's default class.")]


class DeveloperAccess(Entry, frozen=True):
    """A second Service `NAME-developer`, for people and their tools. Leave it off in production."""

    enabled: Annotated[bool, Meta(description="Makes the Service and lets the networks in.")]
    type: Annotated[Literal["ClusterIP", "NodePort", "LoadBalancer"], Meta(description="The type of that Service.")]
    cidrs: Annotated[Cidrs, Meta(description="Who may connect; never everybody.")]


class ExternalSecretKey(Entry, frozen=True):
    """Where the password of an external data service stands."""

    name: Annotated[
        str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="A Secret of this namespace; empty: the one that `secrets` names.")
    ]
    key: Annotated[str, Meta(pattern=DATA_KEY, description="The key in it.")]


class ExternalDataService(Entry, frozen=True):
    """Where an external data service is found; used with `topology: external`."""

    host: Annotated[str, Meta(pattern=HOST_OR_EMPTY, description="A DNS name or an IPv4 address.")]
    port: Annotated[Port, Meta(description="The port there.")]
    tls: Annotated[bool, Meta(description="Connect with TLS.")]
    cidrs: Annotated[Cidrs, Meta(description="The networks that it is in; policies allow these only.")]
    secret: ExternalSecretKey


class Operation(Entry, frozen=True, kw_only=True):
    """What data services have in common."""

    topology: Topology
    image: Image
    resources: Resources
    scratch: Annotated[Size, Meta(description=SCRATCH)]
    storage: Storage
    termination_grace_seconds: Annotated[Seconds, Meta(description="How long a clean shutdown may take.")]
    placement: Placement
    pod_annotations: Annotated[Annotations, Meta(description="Annotations of the pods.")]
    external: ExternalDataService
