"""Values of the namespace, and of what applies to everything in it."""

from typing import Annotated

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import QUANTITY, QUOTA_NAME
from tierwright.model.values import Namespace
from tierwright.model.workload_values import Amounts


class Quota(Entry, frozen=True):
    """A ResourceQuota."""

    enabled: bool
    """Whether it is made."""
    hard: dict[Annotated[str, Meta(pattern=QUOTA_NAME)], Annotated[str, Meta(pattern=QUANTITY)]]
    """The quota's `hard`, in Kubernetes' words."""


class LimitRange(Entry, frozen=True):
    """A LimitRange: requests and limits of containers that set none, and the smallest request."""

    enabled: bool
    """Whether it is made."""
    default_requests: Amounts
    """The requests of a container that sets none."""
    default_limits: Amounts
    """The limits of a container that sets none."""
    min: Amounts
    """The smallest request; no container may request less, the gates included."""


class NamespaceValues(Namespace, frozen=True):
    """The namespace. It enforces the restricted Pod Security Standard."""

    create: bool
    """Whether the manifests contain it. false: somebody else makes it, with the Pod Security labels."""
    quota: Quota
    limit_range: LimitRange
