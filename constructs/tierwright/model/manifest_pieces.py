"""Values that are pieces of a manifest, as Kubernetes writes them. What is in them is checked by the program and the cluster.

Those of a map have all keys that users may set: what is not there is the platform's, or would break what it promises.
"""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import NAMESPACE_NAME, OBJECT_NAME
from tierwright.model.ports import PortNumber
from tierwright.model.service import GroupId

Whole = dict[str, Any]
"""A piece of a manifest."""


def _whole_with(*needed: str) -> Meta:
    """The texts without which a piece of a manifest says nothing."""
    return Meta(extra_json_schema={"required": [*needed], "properties": {name: {"type": "string"} for name in needed}})


ExtraVariable = Annotated[Whole, _whole_with("name")]
ExtraVolume = Annotated[Whole, _whole_with("name")]
ExtraMount = Annotated[Whole, _whole_with("name", "mountPath")]
ExtraContainer = Annotated[Whole, _whole_with("name", "image")]

LISTS = ("extraEnv", "extraVolumes", "extraVolumeMounts", "initContainers", "sidecars")
"""The lists of such pieces in the values of a service, whose schema says more than their type."""

_DnsLabel = Annotated[str, Meta(pattern=NAMESPACE_NAME)]
_ObjectName = Annotated[str, Meta(pattern=OBJECT_NAME)]


class Piece(Entry, frozen=True, omit_defaults=True):
    """Entries that are written into a manifest as they are. What is left out is not set."""

    __given_whole__: ClassVar[bool] = True


class PodFields(Piece, frozen=True):
    """Further fields of the pods' specification."""

    host_aliases: list[Whole] | None = None
    """Lines of /etc/hosts."""
    dns_policy: Literal["ClusterFirst", "None"] | None = None
    """None: `dnsConfig` alone counts, and must find the cluster's names."""
    dns_config: Whole | None = None
    """Name servers, search domains and options."""
    runtime_class_name: _ObjectName | None = None
    """An existing RuntimeClass."""
    scheduler_name: str | None = None
    """The scheduler, where it is not the cluster's own."""
    hostname: _DnsLabel | None = None
    """The host name, in place of the pod's name."""
    subdomain: _DnsLabel | None = None
    """The domain of the pods below that of the namespace."""
    set_hostname_as_fqdn: bool | None = msgspec.field(default=None, name="setHostnameAsFQDN")
    """The host name is the complete name."""
    share_process_namespace: bool | None = None
    """The containers see one another's processes."""
    host_users: bool | None = None
    """false: users in the pod are none of the node."""
    readiness_gates: list[Whole] | None = None
    """Conditions that a load balancer sets."""
    preemption_policy: Literal["PreemptLowerPriority", "Never"] | None = None
    """Whether it may take the place of other pods."""


class PodSecurityFields(Piece, frozen=True):
    """Further fields of the pods' security context."""

    fs_group: GroupId | None = None
    """The group that owns the volumes."""
    fs_group_change_policy: Literal["OnRootMismatch", "Always"] | None = None
    supplemental_groups: list[GroupId] | None = None
    """Further groups of the processes."""
    supplemental_groups_policy: Literal["Merge", "Strict"] | None = None
    sysctls: list[Whole] | None = None
    """Settings of the kernel, of those that are safe."""
    se_linux_options: Whole | None = msgspec.field(default=None, name="seLinuxOptions")
    """The labels of SELinux."""
    app_armor_profile: Whole | None = None


class ContainerFields(Piece, frozen=True):
    """Further fields of the program's container."""

    working_dir: str | None = None
    """The folder in which it starts."""
    stdin: bool | None = None
    stdin_once: bool | None = None
    tty: bool | None = None
    termination_message_path: str | None = None
    termination_message_policy: Literal["File", "FallbackToLogsOnError"] | None = None
    resize_policy: list[Whole] | None = None
    """Whether it restarts when its resources change in place."""


class Lifecycle(Piece, frozen=True):
    """What happens right after a container's start and before its end."""

    post_start: Whole | None = None
    """Runs when the program has been started, beside it."""
    pre_stop: Whole | None = None
    """Takes the place of the pause of `shutdown.preStopSeconds`, and must end within that time."""


class ServiceFields(Piece, frozen=True):
    """Further fields of the Kubernetes Service's specification."""

    session_affinity: Literal["None", "ClientIP"] | None = None
    """ClientIP: a client keeps its pod."""
    session_affinity_config: Whole | None = None
    load_balancer_class: str | None = None
    """Which controller makes the load balancer."""
    load_balancer_ip: str | None = msgspec.field(default=None, name="loadBalancerIP")
    """The address to ask for."""
    allocate_load_balancer_node_ports: bool | None = None
    """false: a load balancer without ports of nodes."""
    health_check_node_port: PortNumber | None = None
    """The port at which load balancers ask a node."""
    ip_families: list[Literal["IPv4", "IPv6"]] | None = None
    ip_family_policy: Literal["SingleStack", "PreferDualStack", "RequireDualStack"] | None = None
    traffic_distribution: Literal["PreferClose", "PreferSameZone", "PreferSameNode"] | None = None
    """Which pods are preferred."""
