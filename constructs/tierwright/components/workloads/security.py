"""Whom the programs of services run as, and what they may."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import HasKey
from tierwright.expressions.expression import Argument, Lookup, Omit
from tierwright.expressions.tokens import List, Number, Text, expression_of, traced
from tierwright.expressions.tree import ABSENT, OmitEmpty, Splice, Tree, splice, when
from tierwright.kit.metadata import FURTHER, Manifest
from tierwright.kit.pods import CONTAINER_SECURITY, pod_security
from tierwright.model.security_values import ServiceSecurity

_GROUP, _POLICY, _FURTHER = _OF_VOLUMES = ("fsGroup", "fsGroupChangePolicy", "supplementalGroups")


def pod_context(
    blueprint: Blueprint, security: ServiceSecurity, *, owns_volumes: bool = False, groups: Sequence[Tree] = ()
) -> Tree:
    """The security context of a service's pods; the arguments are those of `pod_security`. Most are a named template."""
    if not (owns_volumes or groups):
        return blueprint.call("podSecurity", _pod, security=expression_of(security))
    context, own = pod_security(security, owns_volumes=owns_volumes), expression_of(security.pod)
    group, policy, further = (Lookup(own, key) for key in _OF_VOLUMES)
    return {
        **context,
        _GROUP: when(HasKey(own, _GROUP), Number(group, large=True), context.get(_GROUP, ABSENT)),
        _POLICY: when(HasKey(own, _POLICY), Text(policy), context.get(_POLICY, ABSENT)),
        _FURTHER: OmitEmpty([*groups, when(HasKey(own, _FURTHER), splice(List(further)))]),
        FURTHER: Splice(Omit(own, _OF_VOLUMES)),
    }


def _pod() -> Manifest:
    security = traced(ServiceSecurity, Argument("security"))
    return {**pod_security(security), FURTHER: splice(security.pod)}


def container_context(blueprint: Blueprint, security: ServiceSecurity) -> Tree:
    """The security context of a service's containers, as a call of a named template."""
    return blueprint.call("containerSecurity", _container, security=expression_of(security))


def _container() -> Manifest:
    security = traced(ServiceSecurity, Argument("security"))
    return {
        **CONTAINER_SECURITY,
        "readOnlyRootFilesystem": security.read_only_root_filesystem,
        "capabilities": {"drop": ["ALL"], "add": OmitEmpty(security.add_capabilities)},
    }
