"""Whom the programs of services run as, and what they may."""

from __future__ import annotations

from tierwright.components.workloads.storage import GROUP, shared_owners, volume_group
from tierwright.expressions.conditions import HasKey
from tierwright.expressions.expression import Lookup, Omit
from tierwright.expressions.tokens import List, Number, Text, expression_of
from tierwright.expressions.tree import ABSENT, OmitEmpty, Splice, Tree, splice, when
from tierwright.kit.metadata import FURTHER, Manifest
from tierwright.kit.pods import CONTAINER_SECURITY, pod_security
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.security_values import ServiceSecurity
from tierwright.model.service import Service

_GROUP, _POLICY, _FURTHER = _OF_VOLUMES = (GROUP, "fsGroupChangePolicy", "supplementalGroups")


def pod_context(meta: ServiceMeta, service: Service) -> Tree:
    """The security context of a service's pods."""
    if not (service.storage or service.volumes):
        return meta.shared("podSecurity", _pod)
    security, owners = meta.values.security, shared_owners(service)
    # A node gives all volumes of a pod to one group, and some (`local`) only for the first pod that mounts them. So the pods of an
    # owner, and those that mount its volumes too, name the same group.
    alone = owners[0] if len(owners) == 1 and not service.storage else None
    context, own = pod_security(security, owns_volumes=bool(service.storage or alone)), expression_of(security.pod)
    if alone is not None:
        context[_GROUP] = volume_group(meta.blueprint, alone)
    groups = [volume_group(meta.blueprint, owner) for owner in owners] if alone is None else []
    group, policy, further = (Lookup(own, key) for key in _OF_VOLUMES)
    return {
        **context,
        _GROUP: when(HasKey(own, _GROUP), Number(group, large=True), context.get(_GROUP, ABSENT)),
        _POLICY: when(HasKey(own, _POLICY), Text(policy), context.get(_POLICY, ABSENT)),
        _FURTHER: OmitEmpty([*groups, when(HasKey(own, _FURTHER), splice(List(further)))]),
        FURTHER: Splice(Omit(own, _OF_VOLUMES)),
    }


def _pod(meta: ServiceMeta) -> Manifest:
    return further_pod_context(meta.values.security)


def further_pod_context(security: ServiceSecurity) -> Manifest:
    """The security context of pods without volumes to write to, with what the values add."""
    return {**pod_security(security), FURTHER: splice(security.pod)}


def container_context(meta: ServiceMeta) -> Tree:
    """The security context of a service's containers."""
    return meta.shared("containerSecurity", _container)


def _container(meta: ServiceMeta) -> Manifest:
    security = meta.values.security
    return {
        **CONTAINER_SECURITY,
        "readOnlyRootFilesystem": security.read_only_root_filesystem,
        "capabilities": {"drop": ["ALL"], "add": OmitEmpty(security.add_capabilities)},
    }
