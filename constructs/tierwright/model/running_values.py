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

    enabled: Annotated[bool, Meta(description="Whether a HorizontalPodAutoscaler is made; it needs metrics-server in the cluster.")]
    external: Annotated[
        bool,
        Meta(
            description="KEDA or an autoscaler of your own scales the service: none is made, no number of replicas is written, and "
            "minReplicas and maxReplicas must repeat its bounds."
        ),
    ]
    min_replicas: Annotated[PositiveCount, Meta(description="The minimum number of pods.")]
    max_replicas: Annotated[PositiveCount, Meta(description="The maximum number of pods.")]
    target_cpu_percent: Annotated[
        int, Meta(ge=0, le=1000, description="The mean use to aim for, in percent of the CPU request. 0: CPU does not count.")
    ] = 0
    target_memory_percent: Annotated[
        int, Meta(ge=0, le=1000, description="The mean use to aim for, in percent of the memory request. 0: memory does not count.")
    ] = 0
    metrics: Annotated[list[Whole], Meta(description="Further metrics, as Kubernetes writes them, beside CPU and memory.")]
    behavior: Annotated[
        Whole,
        Meta(
            description="How fast it scales, as Kubernetes writes it; empty: up to twice or half in a minute, by the windows below."
        ),
    ]
    scale_up_window_seconds: Annotated[
        int, Meta(ge=0, le=3600, description="Scaling up follows the lowest need within this time, so a spike adds no pods.")
    ]
    scale_down_window_seconds: Annotated[
        int, Meta(ge=0, le=3600, description="Scaling down follows the highest need within this time, so pods do not come and go.")
    ]


class DisruptionBudget(Entry, frozen=True):
    """A PodDisruptionBudget. With a single replica it would block node drains, so it is made for two or more."""

    enabled: Annotated[bool, Meta(description="Whether it is made, where there are at least two replicas.")]
    max_unavailable: Annotated[PositiveCount, Meta(description="The number of pods that a drain may stop at once.")]


class Probe(Entry, frozen=True):
    """How often health is asked for."""

    period_seconds: Annotated[PositiveSeconds, Meta(description="The time between two tries.")]
    timeout_seconds: Annotated[PositiveSeconds, Meta(description="How long an answer may take.")]
    failure_threshold: Annotated[PositiveCount, Meta(description="The number of failures in a row that count as failed.")]


class Probes(Entry, frozen=True):
    """How the health of a pod is asked for. The catalogue says what is asked; the paths are for health by HTTP."""

    startup: Annotated[Probe, Meta(description="Asks for readiness until it succeeds once; only then do the other two begin.")]
    readiness: Annotated[Probe, Meta(description="While it fails, the Service does not route to the pod.")]
    liveness: Annotated[Probe, Meta(description="Restarts the container when it fails.")]
    readiness_path: Annotated[str, Meta(pattern=URL_PATH, description="The path that answers when the pod is ready to serve.")]
    liveness_path: Annotated[
        str, Meta(pattern=URL_PATH, description="The path that answers while the process is alive, whatever it depends on.")
    ]


class Shutdown(Entry, frozen=True):
    """How a pod stops without losing requests. The grace period is the sum of both, and five seconds."""

    pre_stop_seconds: Annotated[
        PositiveSeconds,
        Meta(description="How long the pod continues to serve, until every node routes elsewhere; not where it has no port."),
    ]
    drain_seconds: Annotated[Seconds, Meta(description="How long the program has after SIGTERM to finish its requests.")]


class Rollout(Entry, frozen=True):
    """How a Deployment replaces its pods."""

    max_surge: Annotated[Count, Meta(description="Pods above the wanted number during a rollout.")]
    max_unavailable: Annotated[Count, Meta(description="Pods below the wanted number during a rollout.")]
    revision_history: Annotated[Count, Meta(description="Old ReplicaSets kept for `kubectl rollout undo`.")]
    min_ready_seconds: Annotated[
        int, Meta(ge=0, le=599, description="How long a new pod must have been ready before the rollout goes on.")
    ]


class Spread(Entry, frozen=True):
    """How pods are spread. ScheduleAnyway never keeps a pod from being scheduled."""

    nodes: Annotated[Unsatisfiable, Meta(description="Over nodes.")]
    zones: Annotated[Unsatisfiable, Meta(description="Over zones.")]
    constraints: Annotated[
        list[Whole],
        Meta(description="Further ones, as Kubernetes writes `topologySpreadConstraints`, each with its labelSelector."),
    ]
