"""The values: how the platform is run. What a Helm user would set."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tierwright.model.catalogue import Name, Port
from tierwright.model.composed import Entry, composed
from tierwright.model.data_values import Cidrs
from tierwright.model.names import (
    API_VERSION,
    DOMAIN,
    DURATION,
    INTERNAL_NETWORK,
    KIND,
    OBJECT_NAME_OR_EMPTY,
    PUBLIC_HOST,
    QUANTITY,
    QUOTA_NAME,
    REGISTRY,
)
from tierwright.model.part import Part
from tierwright.model.workload_values import (
    Amounts,
    Annotations,
    Image,
    Labels,
    NamespaceName,
    ObjectName,
    Placement,
    Resources,
    Seconds,
    SecurityContext,
    ServiceValues,
    Whole,
)

QuotaName = Annotated[str, Meta(pattern=QUOTA_NAME)]
Quantity = Annotated[str, Meta(pattern=QUANTITY)]
InternalCidrs = list[Annotated[str, Meta(pattern=INTERNAL_NETWORK)]]
ExtraObject = Annotated[
    Whole,
    Meta(
        extra_json_schema={
            "required": ["apiVersion", "kind", "metadata"],
            "properties": {
                "apiVersion": {"type": "string", "pattern": API_VERSION},
                "kind": {"type": "string", "pattern": KIND},
                "metadata": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"},
                        "namespace": {"type": "string"},
                        # Helm reads the annotations of every object, for its hooks.
                        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                },
            },
        }
    ),
]


class Quota(Entry, frozen=True):
    """A ResourceQuota."""

    enabled: Annotated[bool, Meta(description="Whether it is made.")]
    hard: Annotated[
        dict[Annotated[str, Meta(pattern=QUOTA_NAME)], Annotated[str, Meta(pattern=QUANTITY)]],
        Meta(description="The quota's `hard`, in Kubernetes' words."),
    ]


class LimitRange(Entry, frozen=True):
    """A LimitRange: requests and limits of containers that set none, and the smallest request."""

    enabled: Annotated[bool, Meta(description="Whether it is made.")]
    default_requests: Annotated[Amounts, Meta(description="The requests of a container that sets none.")]
    default_limits: Annotated[Amounts, Meta(description="The limits of a container that sets none.")]
    min: Annotated[Amounts, Meta(description="The smallest request; no container may request less, the gates included.")]


class Namespace(Entry, frozen=True):
    """The namespace. It enforces the restricted Pod Security Standard."""

    name: Annotated[
        NamespaceName,
        Meta(description="Used by the manifests, and by a chart that is part of another one; otherwise the release's own is used."),
    ]
    create: Annotated[
        bool, Meta(description="Whether the manifests contain it. false: somebody else makes it, with the Pod Security labels.")
    ]
    quota: Quota
    limit_range: LimitRange


class Public(Entry, frozen=True):
    """The address that users see."""

    host: Annotated[str, Meta(pattern=PUBLIC_HOST, description="With a port, unless it is the usual one.")]
    tls: Annotated[bool, Meta(description="https instead of http.")]


class Images(Entry, frozen=True):
    """Where images come from."""

    registry: Annotated[
        str, Meta(pattern=REGISTRY, description="What comes before /NAME in the references of the platform's own images.")
    ]
    public_registry: Annotated[
        str,
        Meta(
            pattern=REGISTRY,
            description="A mirror of Docker Hub, for images whose repository names no registry; empty: Docker Hub itself.",
        ),
    ]
    pull_policy: Annotated[Literal["IfNotPresent", "Always", "Never"], Meta(description="When a node pulls an image again.")]
    pull_secrets: Annotated[list[ObjectName], Meta(description="Names of Secrets for private registries.")]


class Startup(Entry, frozen=True):
    """The gates: init containers that hold a pod back until what it waits for is ready."""

    order: Annotated[
        Literal["tiers", "graph"],
        Meta(
            description="What a service waits for. `tiers`: every service of the earlier tiers, "
            "and its own needs. `graph`: its own needs only."
        ),
    ]
    tier_patience: Annotated[
        Seconds,
        Meta(description="Seconds after which a gate continues without services that only the order of the tiers names. 0: never."),
    ]
    poll_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=60,
            description="The pause between two attempts. In a long wait it grows to at most twice that; "
            "in a pod's last gate it is at most a quarter.",
        ),
    ]
    progress_deadline_seconds: Annotated[
        int,
        Meta(
            ge=600, le=86_400, description="A rollout that takes longer counts as failed. Must be longer than the complete start."
        ),
    ]
    image: Image
    resources: Resources


class SecretGenerator(Entry, frozen=True):
    """The Job that makes missing Secrets; used with `secrets.mode: generate`."""

    image: Image
    resources: Resources
    security: SecurityContext
    placement: Placement
    deadline_seconds: Annotated[
        int, Meta(ge=900, le=86_400, description="How long the Job may take, all tries together, before it has failed.")
    ]
    keep_seconds: Annotated[int, Meta(ge=60, le=86_400, description="How long the finished Job is kept, for its log.")]


class SecretStore(Entry, frozen=True):
    """An External Secrets store; used with `secrets.mode: external`."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="The store's name.")]
    kind: Annotated[Literal["ClusterSecretStore", "SecretStore"], Meta(description="Its kind.")]
    refresh_interval: Annotated[str, Meta(pattern=DURATION, description="How often Secrets are fetched again.")]
    key_prefix: Annotated[str, Meta(description="What comes before the Secret's name in the store.")]


class Secrets(Entry, frozen=True):
    """Where secrets come from. The manifests never contain their values."""

    mode: Annotated[
        Literal["generate", "existing", "external"],
        Meta(
            description="`generate`: a Job in the cluster makes the missing ones. `existing`: you make them. "
            "`external`: External Secrets fetches them from a store."
        ),
    ]
    names: Annotated[dict[Name, Name], Meta(description="The Secret to use in place of the one that the catalogue names.")]
    allow_missing: Annotated[bool, Meta(description="Whether pods start without the secrets that the catalogue calls optional.")]
    generator: SecretGenerator
    store: SecretStore


class ChartTest(Entry, frozen=True):
    """The pod of `helm test`, which calls the public services. It runs on the gates' image, with their resources."""

    placement: Placement


class Dns(Entry, frozen=True):
    """Where the cluster's DNS is."""

    namespace: Annotated[NamespaceName, Meta(description="The namespace of its pods.")]
    pod_labels: Annotated[Labels, Meta(min_length=1, description="The labels of its pods.")]
    cidrs: Annotated[Cidrs, Meta(description="Node-local DNS caches, such as 169.254.20.10/32.")]


class Edge(Entry, frozen=True):
    """Who may connect to the public services."""

    namespaces: Annotated[list[NamespaceName], Meta(description="Namespaces of ingress controllers.")]
    cidrs: Annotated[Cidrs, Meta(description="Clients of a NodePort or LoadBalancer; 0.0.0.0/0 for everybody.")]


class Ranges(Entry, frozen=True):
    """Networks by IP version."""

    ipv4: Annotated[InternalCidrs, Meta(description="Networks such as 10.0.0.0/8.")]
    ipv6: Annotated[InternalCidrs, Meta(description="Networks such as fc00::/7.")]


class NetworkPolicy(Entry, frozen=True):
    """What the policies cannot know from the graph."""

    dns: Dns
    edge: Edge
    internal_ranges: Annotated[
        Ranges, Meta(description="Networks that services may never connect to, even if they talk to the internet.")
    ]
    external_cidrs: Annotated[dict[Name, Cidrs], Meta(description="The networks of a destination of the catalogue's `external`.")]
    api_server_ports: Annotated[
        list[Port],
        Meta(
            min_length=1,
            description="The ports of the API server, of its Service and of its process; minikube uses 8443, microk8s 16443.",
        ),
    ]
    api_server_cidrs: Annotated[
        Cidrs, Meta(description="The networks in which the Job that makes secrets finds the API server; empty: anywhere.")
    ]


class Values(Entry, frozen=True):
    """All values, with the overlays laid over."""

    # What the components of a platform add comes between `extra_objects` and `defaults`: see `values_type`.

    namespace: Namespace
    cluster_domain: Annotated[str, Meta(pattern=DOMAIN, description="The cluster's DNS domain.")]
    public: Public
    images: Images
    startup: Startup
    secrets: Secrets
    chart_test: ChartTest
    network_policy: NetworkPolicy
    common_labels: Annotated[Labels, Meta(description="Labels of every object.")]
    common_annotations: Annotated[Annotations, Meta(description="Annotations of every object.")]
    extra_objects: Annotated[list[ExtraObject], Meta(description="Complete objects of your own.")]
    defaults: Annotated[ServiceValues, Meta(description="How every service is run.")]
    services: Annotated[
        dict[Name, ServiceValues], Meta(description="What differs for one service: the same keys as in `defaults`, laid over them.")
    ]

    enabled: Annotated[
        bool, Meta(description="For a Helm chart that this one is part of: its `condition` may read it. The platform does not.")
    ] = True
    global_: Annotated[Whole, Meta(description="For a Helm chart that this one is part of. The platform does not read it.")] = (
        msgspec.field(name="global", default_factory=dict)
    )


@cache
def service_values_type(parts: tuple[Part, ...]) -> type[ServiceValues]:
    """The type of the values of a service on a platform with these components."""
    added: Mapping[str, Any] = {name: (name, kind) for one in parts for name, kind in one.service_values.items()}
    kind: type[ServiceValues] = composed(ServiceValues, added, before="placement")
    return kind


@cache
def values_type(parts: tuple[Part, ...]) -> type[Values]:
    """The type of the values of a platform with these components."""
    service = service_values_type(parts)
    own: Mapping[str, Any] = {one.attribute: (one.name, one.values) for one in parts if one.values is not None}
    services = {"defaults": (service,), "services": (dict[Name, service],)}  # type: ignore[valid-type]
    kind: type[Values] = composed(Values, own, before="defaults", changed=services)
    return kind
