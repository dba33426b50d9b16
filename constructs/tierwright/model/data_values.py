"""Values of PostgreSQL, RabbitMQ and Redis."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.catalogue import Entry, Port
from tierwright.model.names import (
    DATA_KEY,
    HOST_OR_EMPTY,
    NETWORK,
    OBJECT_NAME_OR_EMPTY,
    POSTGRES_NAME,
    RABBITMQ_SIZE,
    RABBITMQ_USER,
    REDIS_COMMAND,
    URL_OPTIONS,
)
from tierwright.model.workload_values import (
    SCRATCH,
    Annotations,
    Image,
    Percent,
    Placement,
    PositiveCount,
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
    tls: Annotated[bool, Meta(description="Connect with TLS. For PostgreSQL `urlOptions` say how.")]
    cidrs: Annotated[Cidrs, Meta(description="The networks that it is in; policies allow these only.")]
    secret: ExternalSecretKey


class Operation(Entry, frozen=True, kw_only=True):
    """What the three data services have in common."""

    topology: Topology
    image: Image
    resources: Resources
    scratch: Annotated[Size, Meta(description=SCRATCH)]
    storage: Storage
    termination_grace_seconds: Annotated[Seconds, Meta(description="How long a clean shutdown may take.")]
    placement: Placement
    pod_annotations: Annotated[Annotations, Meta(description="Annotations of the pods.")]
    external: ExternalDataService


class Postgres(Operation, frozen=True, kw_only=True):
    """PostgreSQL."""

    user: Annotated[
        str, Meta(pattern=POSTGRES_NAME, description="The role that all services share: the database's owner, here no superuser.")
    ]
    database: Annotated[str, Meta(pattern=POSTGRES_NAME, description="The database, made at the first start.")]
    max_connections: Annotated[PositiveCount, Meta(description="Must hold the pools of all services at their largest.")]
    reserved_connections: Annotated[PositiveCount, Meta(description="Kept free of them for administration and backups.")]
    url_options: Annotated[
        str,
        Meta(
            pattern=URL_OPTIONS,
            description="All that stands behind the `?` of DATABASE_URL, in the words of its reader; here Prisma's. "
            "`${poolSize}` is the service's database.poolSize. Empty: no `?`.",
        ),
    ]
    shared_buffers_percent: Annotated[int, Meta(ge=1, le=50, description="Of the memory limit.")]
    shared_memory: Annotated[Size, Meta(description="The size of /dev/shm, for parallel queries; counts against the memory limit.")]
    developer_access: DeveloperAccess


class Rabbitmq(Operation, frozen=True, kw_only=True):
    """RabbitMQ."""

    user: Annotated[str, Meta(pattern=RABBITMQ_USER, description="Made at the first boot only.")]
    memory_watermark_percent: Annotated[Percent, Meta(description="Of the memory limit; above it, publishers are held back.")]
    disk_free_limit: Annotated[
        str, Meta(pattern=RABBITMQ_SIZE, description="Below it, publishers are held back; in RabbitMQ's own units.")
    ]
    developer_access: DeveloperAccess


class Redis(Operation, frozen=True, kw_only=True):
    """Redis."""

    max_memory_percent: Annotated[
        int, Meta(ge=1, le=75, description="Of the memory limit; the rest is for the copies a fork makes.")
    ]
    eviction_policy: Annotated[
        Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"],
        Meta(description="What goes when the memory is full."),
    ]
    allowed_commands: Annotated[
        list[Annotated[str, Meta(pattern=REDIS_COMMAND)]],
        Meta(description="Commands that services may give although Redis counts them as dangerous; clients ask for `info`."),
    ]
