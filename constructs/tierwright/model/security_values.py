"""Values of whom the processes of pods run as, and what they may."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.manifest_pieces import PodSecurityFields
from tierwright.model.names import LABEL_NAME, OBJECT_NAME_OR_EMPTY
from tierwright.model.service import GroupId, UserId


class SecurityContext(Entry, frozen=True):
    """Who the process runs as; the rest of the restricted Pod Security Standard is always set."""

    user: UserId | None = None
    """The numeric user, never root. null: the cluster assigns one, as OpenShift does."""
    group: GroupId | None = None
    """The numeric group; 0 for images whose files belong to root's group. null: the cluster assigns one."""


class ServiceSecurity(SecurityContext, frozen=True, kw_only=True):
    """Who the program runs as, and what it may; the rest of the restricted Pod Security Standard is always set."""

    read_only_root_filesystem: bool
    """false: it may write anywhere in its image, within the limit of ephemeral-storage, until it restarts."""
    add_capabilities: list[Literal["NET_BIND_SERVICE"]]
    """Capabilities. Images whose program has this one in its file, such as Caddy's, do not start without it."""
    pod: PodSecurityFields
    """Further fields of the pods' securityContext, as Kubernetes writes them: fsGroup, sysctls and others."""


class ServiceAccount(Entry, frozen=True):
    """The ServiceAccount of the pods."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """An existing one; empty: one of the service's name is made."""
    annotations: dict[Annotated[str, Meta(pattern=LABEL_NAME)], str]
    """Annotations of the one that is made: the identity in a cloud, for instance."""
    automount_token: bool
    """Whether the pods get a token for the API server, and may connect to it. What it may do is for a Role."""
