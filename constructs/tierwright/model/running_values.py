"""Values of how many pods run, how their health is asked for, and how they come and go."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.manifest_pieces import Whole
from tierwright.model.names import URL_PATH

Seconds = Annotated[int, Meta(ge=0, le=86_400)]
PositiveSeconds = Annotated[int, Meta(ge=1, le=86_400)]
Count = Annotated[int, Meta(ge=0, le=10_000)]
PositiveCount = Annotated[int, Meta(ge=1, le=10_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Unsatisfiable = Literal["ScheduleAnyway", "DoNotSchedule"]


class Autoscaling(Entry, frozen=True, kw_only=True):
    """An autoscaler. Where there is one, it owns the number of replicas."""

    enabled: bool
    """Whether a HorizontalPodAutoscaler is made; it needs metrics-server in the cluster."""
    external: bool
    """KEDA or an autoscaler of your own scales the service: none is made, no number of replicas is written, and minReplicas
    and maxReplicas must repeat its bounds."""
    min_replicas: PositiveCount
    """The minimum number of pods."""
    max_replicas: PositiveCount
    """The maximum number of pods."""
    target_cpu_percent: Annotated[int, Meta(ge=0, le=1000)] = 0
    """The mean use to aim for, in percent of the CPU request. 0: CPU does not count."""
    target_memory_percent: Annotated[int, Meta(ge=0, le=1000)] = 0
    """The mean use to aim for, in percent of the memory request. 0: memory does not count."""
    metrics: list[Whole]
    """Further metrics, as Kubernetes writes them, beside CPU and memory."""
    behavior: Whole
    """How fast it scales, as Kubernetes writes it; empty: up to twice or half in a minute, by the windows below."""
    scale_up_window_seconds: Annotated[int, Meta(ge=0, le=3600)]
    """Scaling up follows the lowest need within this time, so a spike adds no pods."""
    scale_down_window_seconds: Annotated[int, Meta(ge=0, le=3600)]
    """Scaling down follows the highest need within this time, so pods do not come and go."""


class DisruptionBudget(Entry, frozen=True):
    """A PodDisruptionBudget. With a single replica it would block node drains, so it is made for two or more."""

    enabled: bool
    """Whether it is made, where there are at least two replicas."""
    max_unavailable: PositiveCount
    """The number of pods that a drain may stop at once."""


class Probe(Entry, frozen=True):
    """How often health is asked for."""

    period_seconds: PositiveSeconds
    """The time between two tries."""
    timeout_seconds: PositiveSeconds
    """How long an answer may take."""
    failure_threshold: PositiveCount
    """The number of failures in a row that count as failed."""


class Probes(Entry, frozen=True):
    """How the health of a pod is asked for. The catalogue says what is asked; the paths are for health by HTTP."""

    startup: Probe
    """Asks for readiness until it succeeds once; only then do the other two begin."""
    readiness: Probe
    """While it fails, the Service does not route to the pod."""
    liveness: Probe
    """Restarts the container when it fails."""
    readiness_path: Annotated[str, Meta(pattern=URL_PATH)]
    """The path that answers when the pod is ready to serve."""
    liveness_path: Annotated[str, Meta(pattern=URL_PATH)]
    """The path that answers while the process is alive, whatever it depends on."""


class Shutdown(Entry, frozen=True):
    """How a pod stops without losing requests. The grace period is the sum of both, and five seconds."""

    pre_stop_seconds: PositiveSeconds
    """How long the pod continues to serve, until every node routes elsewhere; not where it has no port."""
    drain_seconds: Seconds
    """How long the program has after SIGTERM to finish its requests."""


class Rollout(Entry, frozen=True):
    """How a Deployment replaces its pods."""

    max_surge: Count
    """Pods above the wanted number during a rollout."""
    max_unavailable: Count
    """Pods below the wanted number during a rollout."""
    revision_history: Count
    """Old ReplicaSets kept for `kubectl rollout undo`."""
    min_ready_seconds: Annotated[int, Meta(ge=0, le=599)]
    """How long a new pod must have been ready before the rollout goes on."""


class Spread(Entry, frozen=True):
    """How pods are spread. ScheduleAnyway never keeps a pod from being scheduled."""

    nodes: Unsatisfiable
    """Over nodes."""
    zones: Unsatisfiable
    """Over zones."""
    constraints: list[Whole]
    """Further ones, as Kubernetes writes `topologySpreadConstraints`, each with its labelSelector."""
