"""Values that every service has: `defaults`, and under `services.NAME` what differs."""

import re
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from tierwright.annotations import Bare, bare, fields_of
from tierwright.model.composed import Entry
from tierwright.model.manifest_pieces import (
    ContainerFields,
    ExtraContainer,
    ExtraMount,
    ExtraVariable,
    ExtraVolume,
    Lifecycle,
    PodFields,
    ServiceFields,
    Whole,
)
from tierwright.model.names import (
    BYTES,
    CPU,
    EXTENDED_RESOURCE,
    HUGE_PAGES,
    IMAGE_DIGEST,
    IMAGE_TAG,
    LABEL_NAME,
    LABEL_VALUE,
    NAMESPACE_NAME,
    OBJECT_NAME,
    OBJECT_NAME_OR_EMPTY,
    REPOSITORY,
    SIZE,
    WHOLE_NUMBER,
    portable,
)
from tierwright.model.ports import PortNumber
from tierwright.model.running_values import Autoscaling, Count, DisruptionBudget, Probes, Rollout, Shutdown, Spread
from tierwright.model.scheduling import Affinity, Toleration
from tierwright.model.security_values import ServiceAccount, ServiceSecurity
from tierwright.model.service import Variable

LabelName = Annotated[str, Meta(pattern=LABEL_NAME)]
Labels = dict[LabelName, Annotated[str, Meta(pattern=LABEL_VALUE)]]
Annotations = dict[LabelName, str]
NamespaceName = Annotated[str, Meta(pattern=NAMESPACE_NAME)]
ObjectName = Annotated[str, Meta(pattern=OBJECT_NAME)]
# Of these three the types say it: `ContainerAmounts` repeats it at each start, when no source is to be read.
Cpu = Annotated[str, Meta(pattern=CPU, description="Cores: 250m, 2.")]
Bytes = Annotated[str, Meta(pattern=BYTES, description="Bytes: 512Mi, 2Gi.")]
BytesOnDisk = Annotated[
    str,
    Meta(
        pattern=BYTES,
        description="Bytes on the node's disk: the container's log, and what it writes to volumes of no storage class.",
    ),
]
Size = Annotated[str, Meta(pattern=SIZE)]


class Image(Entry, frozen=True):
    """A container image: REPOSITORY:TAG, or REPOSITORY:TAG@DIGEST."""

    repository: Annotated[str, Meta(pattern=REPOSITORY)]
    """The repository, without a tag. Empty, for a service: `images.registry`/NAME."""
    tag: Annotated[str, Meta(pattern=IMAGE_TAG)]
    """The tag; also the version label, so at most 63 characters."""
    digest: Annotated[str, Meta(pattern=IMAGE_DIGEST)]
    """Pins the image's content; empty: the tag decides."""


class Amounts(Entry, frozen=True, omit_defaults=True):
    """CPU, memory and room on the node's disk, under Kubernetes' names. What is left out is not set."""

    __given_whole__: ClassVar[bool] = True

    cpu: Cpu | None = None
    memory: Bytes | None = None
    ephemeral_storage: BytesOnDisk | None = msgspec.field(default=None, name="ephemeral-storage")


_NUMBERED = {HUGE_PAGES: BYTES, EXTENDED_RESOURCE: WHOLE_NUMBER}
_AMOUNT_OF = {"cpu": CPU, "memory": BYTES, "ephemeral-storage": BYTES}


def _amount(kind: Bare) -> dict[str, str]:
    return {"type": "string", "pattern": kind.said("pattern"), "description": kind.said("description")}


ContainerAmounts = Annotated[
    dict[str, str],
    Meta(
        extra_json_schema={
            "properties": {field.encode_name: _amount(bare(field.type)) for field in fields_of(Amounts)},
            "patternProperties": {portable(name): {"type": "string", "pattern": amount} for name, amount in _NUMBERED.items()},
        }
    ),
]
"""As `Amounts`, with devices and huge pages, whose names no type can describe."""


class Resources(Entry, frozen=True):
    """What a container requests and may use."""

    requests: ContainerAmounts
    """What the scheduler reserves."""
    limits: ContainerAmounts = {}
    """A CPU limit throttles; what exceeds a memory limit is killed. Devices (nvidia.com/gpu) and huge pages (hugepages-2Mi)
    need only a limit."""

    def __post_init__(self) -> None:
        """Raise ValueError for an amount that its resource cannot have; the schema says which, and where."""
        for amounts in (self.requests, self.limits):
            for resource, amount in amounts.items() if isinstance(amounts, dict) else ():
                pattern = _AMOUNT_OF.get(resource) or next((of for name, of in _NUMBERED.items() if re.match(name, resource)), None)
                if pattern is None or (isinstance(amount, str) and re.match(pattern, amount) is None):
                    raise ValueError(f"{resource}: {amount} is not allowed")


class Exposure(Entry, frozen=True):
    """The Kubernetes Service."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]
    """Only a public service may be other than ClusterIP."""
    annotations: Annotations
    """For a load balancer's controller."""
    labels: Labels
    """Further labels of the Service."""
    node_ports: dict[Annotated[str, Meta(pattern=NAMESPACE_NAME)], PortNumber]
    """For a NodePort or LoadBalancer: the ports of nodes, by the names of the Service's ports: {http: 30080}."""
    spec: ServiceFields
    """Further fields of the Service, as Kubernetes writes them: sessionAffinity, loadBalancerClass and others."""
    external_traffic_policy: Literal["Local", "Cluster"]
    """For a NodePort or LoadBalancer. Local: nodes that run one of its pods answer; policies see the client. Cluster: every
    node answers, and policies see a node in place of the client; only where everybody is admitted."""


class Placement(Entry, frozen=True):
    """On which nodes pods may run, as Kubernetes writes it."""

    node_selector: Labels
    """Labels that the node must have."""
    tolerations: list[Toleration]
    """Taints that the pod tolerates."""
    affinity: Affinity
    """An `affinity` as a pod has it."""
    priority_class: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The name of an existing PriorityClass; empty: the cluster's default."""


class ServiceValues(Entry, frozen=True):
    """How one service is run."""

    enabled: bool
    """false: the service is left out. Refused where another service cannot do without it."""
    image: Image
    """An empty repository becomes `images.registry`/NAME."""
    command: list[str]
    """Replaces the image's entrypoint; empty: the image's own."""
    args: list[str]
    """Replaces the image's command; empty: the image's own."""
    env: dict[Variable, str]
    """Variables that are added, or replace the catalogue's."""
    extra_env: list[ExtraVariable]
    """Further variables as Kubernetes writes them, for instance with `valueFrom`."""
    extra_env_from: list[Whole]
    """Secrets and ConfigMaps whose keys become variables, as Kubernetes writes `envFrom`."""
    extra_volumes: list[ExtraVolume]
    """Further volumes of the pods, as Kubernetes writes them."""
    extra_volume_mounts: list[ExtraMount]
    """Where the container mounts further volumes, as Kubernetes writes it."""
    init_containers: list[ExtraContainer]
    """Further init containers, as Kubernetes writes them, after the gates and before the catalogue's `prepare`. With
    `restartPolicy: Always` they go on beside the program."""
    sidecars: list[ExtraContainer]
    """Further containers beside the program's, as Kubernetes writes them."""
    container: ContainerFields
    """Further fields of the container, as Kubernetes writes them: workingDir, tty and others."""
    lifecycle: Lifecycle
    """Hooks of the container, as Kubernetes writes them: postStart, preStop."""
    pod: PodFields
    """Further fields of the pods, as Kubernetes writes them: hostAliases, dnsConfig, runtimeClassName, schedulerName and
    others."""
    replicas: Count
    """The number of pods, unless an autoscaler owns it. 0 is refused where gates would wait for a pod for ever."""
    resources: Resources
    scratch: Size
    """The size of /tmp and of the catalogue's `writable` folders, together, on the node's disk; a pod that writes more is
    evicted. The limit of ephemeral-storage must hold it."""
    autoscaling: Autoscaling
    disruption_budget: DisruptionBudget
    probes: Probes
    shutdown: Shutdown
    rollout: Rollout
    spread: Spread
    service: Exposure
    security: ServiceSecurity
    service_account: ServiceAccount
    placement: Placement
    workload_annotations: Annotations
    """Annotations of the Deployment, or what else runs the pods."""
    workload_labels: Labels
    """Further labels of it; never used by selectors."""
    pod_annotations: Annotations
    """Annotations of the pods."""
    pod_labels: Labels
    """Further labels of the pods; never used by selectors."""

    @property
    def is_scaled(self) -> bool:
        """Whether an autoscaler owns the number of pods, this platform's or another."""
        return self.autoscaling.enabled or self.autoscaling.external

    @property
    def smallest(self) -> int:
        """The number of pods that run at least."""
        return self.autoscaling.min_replicas if self.is_scaled else self.replicas

    @property
    def largest(self) -> int:
        """The number of pods that run at most, a rollout's surge not counted."""
        return self.autoscaling.max_replicas if self.is_scaled else self.replicas
