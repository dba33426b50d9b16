"""Values that every data service has."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import (
    DATA_KEY,
    DATA_KEY_OR_EMPTY,
    HOST_OR_EMPTY,
    NETWORK,
    OBJECT_NAME_OR_EMPTY,
)
from tierwright.model.ports import PortNumber
from tierwright.model.running_values import PositiveSeconds
from tierwright.model.security_values import SecurityContext
from tierwright.model.workload_values import (
    Annotations,
    Image,
    Labels,
    NamespaceName,
    Placement,
    Resources,
    Size,
)

Cidrs = list[Annotated[str, Meta(pattern=NETWORK)]]


class Storage(Entry, frozen=True):
    """Where the data is stored."""

    persistent: bool
    """true: a volume. false: an emptyDir of this size on the node's disk, lost with the pod."""
    size: Size
    """The size. It cannot be lowered, and raised only where the class allows it."""
    storage_class: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The storage class; empty: the cluster's default."""


class DeveloperAccess(Entry, frozen=True):
    """A second Service `NAME-developer`, for people and their tools. Leave it off in production."""

    enabled: bool
    """Whether the Service is made and the networks are admitted."""
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]
    """The type of that Service."""
    cidrs: Cidrs
    """Who may connect; never everybody."""


class Operator(Entry, frozen=True):
    """Where the operator is that runs the data service; policies let it reach the pods that it makes."""

    namespace: NamespaceName
    """Its namespace."""
    pod_labels: Annotated[Labels, Meta(min_length=1)]
    """The labels of its pods."""


class ExternalSecretKey(Entry, frozen=True):
    """The Secret with the password of an external data service, or with its whole URL."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """A Secret in the platform's namespace; empty: NAME-credentials, or its name in `secrets.names`."""
    key: Annotated[str, Meta(pattern=DATA_KEY)]
    """The key that holds the password."""
    url_key: Annotated[str, Meta(pattern=DATA_KEY_OR_EMPTY)]
    """The key that holds the whole URL, which services get as it is; empty: the URL is made from its parts."""


class ExternalDataService(Entry, frozen=True):
    """Where an external data service listens; used with `topology: external`."""

    host: Annotated[str, Meta(pattern=HOST_OR_EMPTY)]
    """A DNS name or an IPv4 address."""
    port: PortNumber
    """Its port."""
    tls: bool
    """Whether to connect with TLS."""
    cidrs: Cidrs
    """The networks that contain it; policies allow these only."""
    secret: ExternalSecretKey


class Operation(Entry, frozen=True, kw_only=True):
    """What data services have in common."""

    topology: Literal["single", "external"]
    """`single`: one pod in the cluster. `external`: it runs elsewhere, and only policies and gates are made."""
    image: Image
    resources: Resources
    scratch: Size
    """The size of /tmp, on the node's disk; a pod that writes more is evicted. The limit of ephemeral-storage must hold it."""
    storage: Storage
    termination_grace_seconds: PositiveSeconds
    """How long a clean shutdown may take. With 0, the next pod would start while this one still writes."""
    security: SecurityContext
    placement: Placement
    pod_annotations: Annotations
    """Annotations of the pods."""
    external: ExternalDataService
