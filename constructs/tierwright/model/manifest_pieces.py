"""Values that are pieces of a manifest, as Kubernetes writes them. What is in them is checked by the program and the cluster.

Those of a map have all keys that users may set: what is not there is the platform's, or would break what it promises.
"""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import NAMESPACE_NAME, OBJECT_NAME
from tierwright.model.ports import PortNumber

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

GroupId = Annotated[int, Meta(ge=0, le=2_147_483_647)]
_DnsLabel = Annotated[str, Meta(pattern=NAMESPACE_NAME)]
_ObjectName = Annotated[str, Meta(pattern=OBJECT_NAME)]


class Piece(Entry, frozen=True, omit_defaults=True):
    """Entries that are written into a manifest as they are. What is left out is not set."""

    __given_whole__: ClassVar[bool] = True


class PodFields(Piece, frozen=True):
    """Further fields of the pods' specification."""

    host_aliases: Annotated[list[Whole] | None, Meta(description="Lines of /etc/hosts.")] = None
    dns_policy: Annotated[
        Literal["ClusterFirst", "None"] | None,
        Meta(description="None: `dnsConfig` alone counts, and must find the cluster's names."),
    ] = None
    dns_config: Annotated[Whole | None, Meta(description="Name servers, search domains and options.")] = None
    runtime_class_name: Annotated[_ObjectName | None, Meta(description="An existing RuntimeClass.")] = None
    scheduler_name: Annotated[str | None, Meta(description="The scheduler, where it is not the cluster's own.")] = None
    hostname: Annotated[_DnsLabel | None, Meta(description="The host name, in place of the pod's name.")] = None
    subdomain: Annotated[_DnsLabel | None, Meta(description="The domain of the pods below that of the namespace.")] = None
    set_hostname_as_fqdn: Annotated[bool | None, Meta(description="The host name is the complete name.")] = msgspec.field(
        default=None, name="setHostnameAsFQDN"
    )
    share_process_namespace: Annotated[bool | None, Meta(description="The containers see one another's processes.")] = None
    host_users: Annotated[bool | None, Meta(description="false: users in the pod are none of the node.")] = None
    readiness_gates: Annotated[list[Whole] | None, Meta(description="Conditions that a load balancer sets.")] = None
    preemption_policy: Annotated[
        Literal["PreemptLowerPriority", "Never"] | None, Meta(description="Whether it may take the place of other pods.")
    ] = None


class PodSecurityFields(Piece, frozen=True):
    """Further fields of the pods' security context."""

    fs_group: Annotated[GroupId | None, Meta(description="The group that owns the volumes.")] = None
    fs_group_change_policy: Literal["OnRootMismatch", "Always"] | None = None
    supplemental_groups: Annotated[list[GroupId] | None, Meta(description="Further groups of the processes.")] = None
    supplemental_groups_policy: Literal["Merge", "Strict"] | None = None
    sysctls: Annotated[list[Whole] | None, Meta(description="Settings of the kernel, of those that are safe.")] = None
    se_linux_options: Annotated[Whole | None, Meta(description="The labels of SELinux.")] = msgspec.field(
        default=None, name="seLinuxOptions"
    )
    app_armor_profile: Whole | None = None


class ContainerFields(Piece, frozen=True):
    """Further fields of the program's container."""

    working_dir: Annotated[str | None, Meta(description="The folder in which it starts.")] = None
    stdin: bool | None = None
    stdin_once: bool | None = None
    tty: bool | None = None
    termination_message_path: str | None = None
    termination_message_policy: Literal["File", "FallbackToLogsOnError"] | None = None
    resize_policy: Annotated[list[Whole] | None, Meta(description="Whether it restarts when its resources change in place.")] = None


class Lifecycle(Piece, frozen=True):
    """What happens right after a container's start and before its end."""

    post_start: Annotated[Whole | None, Meta(description="Runs when the program has been started, beside it.")] = None
    pre_stop: Annotated[
        Whole | None, Meta(description="Takes the place of the pause of `shutdown.preStopSeconds`, and must end within that time.")
    ] = None


class ServiceFields(Piece, frozen=True):
    """Further fields of the Kubernetes Service's specification."""

    session_affinity: Annotated[Literal["None", "ClientIP"] | None, Meta(description="ClientIP: a client keeps its pod.")] = None
    session_affinity_config: Whole | None = None
    load_balancer_class: Annotated[str | None, Meta(description="Which controller makes the load balancer.")] = None
    load_balancer_ip: Annotated[str | None, Meta(description="The address to ask for.")] = msgspec.field(
        default=None, name="loadBalancerIP"
    )
    allocate_load_balancer_node_ports: Annotated[
        bool | None, Meta(description="false: a load balancer without ports of nodes.")
    ] = None
    health_check_node_port: Annotated[PortNumber | None, Meta(description="The port at which load balancers ask a node.")] = None
    ip_families: list[Literal["IPv4", "IPv6"]] | None = None
    ip_family_policy: Literal["SingleStack", "PreferDualStack", "RequireDualStack"] | None = None
    traffic_distribution: Annotated[
        Literal["PreferClose", "PreferSameZone", "PreferSameNode"] | None, Meta(description="Which pods are preferred.")
    ] = None
