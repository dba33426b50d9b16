"""Affinities and tolerations as Kubernetes has them.

Typed, so that a slip is an error of the configuration and not one of the cluster; `msgspec.to_builtins` gives back what
was written.
https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.37/#affinity-v1-core
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import LABEL_NAME, LABEL_VALUE, NAMESPACE_NAME, OBJECT_NAME

_Key = Annotated[str, Meta(pattern=LABEL_NAME)]
_Value = Annotated[str, Meta(pattern=LABEL_VALUE)]
_Weight = Annotated[int, Meta(ge=1, le=100)]


class Toleration(Entry, frozen=True, omit_defaults=True):
    """A taint that a pod bears."""

    key: _Key | None = None
    operator: Literal["Exists", "Equal", "Lt", "Gt"] | None = None
    value: _Value | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: int | None = None


class NodeRequirement(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """What a label of a node must be."""

    key: _Key
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    values: list[_Value] | None = None


class NodeField(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """What a field of a node must be; there is one such field, and it takes one value."""

    key: Literal["metadata.name"]
    operator: Literal["In", "NotIn"]
    values: Annotated[list[Annotated[str, Meta(pattern=OBJECT_NAME)]], Meta(min_length=1, max_length=1)]


class NodeTerm(Entry, frozen=True, omit_defaults=True):
    """Requirements that hold together."""

    match_expressions: list[NodeRequirement] | None = None
    match_fields: list[NodeField] | None = None


class NodeTerms(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """Terms of which one must hold."""

    node_selector_terms: Annotated[list[NodeTerm], Meta(min_length=1)]


class PreferredNodes(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """Nodes that are better than others."""

    weight: _Weight
    preference: NodeTerm


class NodeAffinity(Entry, frozen=True, omit_defaults=True):
    """Towards nodes."""

    required_during_scheduling_ignored_during_execution: NodeTerms | None = None
    preferred_during_scheduling_ignored_during_execution: list[PreferredNodes] | None = None


class LabelRequirement(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """What a label must be."""

    key: _Key
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[_Value] | None = None


class LabelSelector(Entry, frozen=True, omit_defaults=True):
    """Objects by their labels."""

    match_labels: dict[_Key, _Value] | None = None
    match_expressions: list[LabelRequirement] | None = None


class PodTerm(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """Pods, and the topology in which they count as near."""

    topology_key: _Key
    label_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    namespaces: list[Annotated[str, Meta(pattern=NAMESPACE_NAME)]] | None = None
    match_label_keys: list[_Key] | None = None
    mismatch_label_keys: list[_Key] | None = None


class PreferredPods(Entry, frozen=True, omit_defaults=True, kw_only=True):
    """Pods that it is better to be near to, or away from."""

    weight: _Weight
    pod_affinity_term: PodTerm


class PodAffinity(Entry, frozen=True, omit_defaults=True):
    """Towards pods, or away from them."""

    required_during_scheduling_ignored_during_execution: list[PodTerm] | None = None
    preferred_during_scheduling_ignored_during_execution: list[PreferredPods] | None = None


class Affinity(Entry, frozen=True, omit_defaults=True):
    """On which nodes, near which pods and away from which pods."""

    __given_whole__: ClassVar[bool] = True

    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None
