"""The storage of services: what their pods keep, and what they mount of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Compares, Condition, HasKey, Known, all_of, any_of, opposite
from tierwright.expressions.expression import Field, Lookup
from tierwright.expressions.tokens import Number, expression_of, filled, traced
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.claims import Claim
from tierwright.kit.component import Component
from tierwright.kit.metadata import Manifest, selector
from tierwright.kit.pods import given
from tierwright.kit.rules import Rule, Rules
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.catalogue import Catalogue
from tierwright.model.service import Name, Service
from tierwright.model.storage import ServiceStorage, Shared, shared_storage
from tierwright.model.workload_values import ServiceValues

GROUP = "fsGroup"
"""The field of a pod that names the group of its volumes."""


def storage_of(blueprint: Blueprint, name: str, storage: str) -> ServiceStorage:
    """Tokens for how a storage of the service `name` is made."""
    return traced(ServiceStorage, Field(Field(expression_of(blueprint.values_of(name)), "storage"), storage))


def claims_of(meta: ServiceMeta, service: Service) -> list[Claim]:
    """The claims of a service."""
    own = {storage: storage_of(meta.blueprint, meta.name, storage) for storage in service.storage}
    return [
        Claim(name=key, path=service.storage[key], storage=values, access_mode=values.access_mode) for key, values in own.items()
    ]


def shared_volumes(service: Service) -> list[Manifest]:
    """The volumes of others that the pods of a service mount."""
    storages = shared_storage(service)
    return [{"name": shared.volume, "persistentVolumeClaim": {"claimName": shared.claim}} for shared in storages]


def shared_mounts(service: Service) -> list[Manifest]:
    """Where the containers of a service mount them."""
    return [{"name": shared.volume, "mountPath": shared.path} for shared in shared_storage(service)]


def shared_owners(service: Service) -> list[str]:
    """The services whose volumes the pods of a service mount."""
    return list(dict.fromkeys(shared.owner for shared in shared_storage(service)))


def volume_group(blueprint: Blueprint, owner: str) -> Tree:
    """The group to which the volumes of a service belong."""
    security = blueprint.values_of(owner).security
    further = expression_of(security.pod)
    return when(HasKey(further, GROUP), Number(Lookup(further, GROUP), large=True), given(security.group))


def affinity(meta: ServiceMeta, service: Service) -> Tree:
    """The affinity of the pods of a service: that of the values or, without one, to those whose volumes they mount.

    A volume that is ReadWriteOnce can be mounted on one node, and the scheduler does not know on which.
    """
    own = meta.values.placement.affinity
    terms = [
        when(
            _on_one_node(meta.blueprint, shared),
            {"labelSelector": {"matchLabels": selector(shared.owner)}, "topologyKey": "kubernetes.io/hostname"},
        )
        for shared in shared_storage(service)
    ]
    if not terms:
        return OmitEmpty(own)
    beside = OmitEmpty({"podAffinity": OmitEmpty({"requiredDuringSchedulingIgnoredDuringExecution": OmitEmpty(terms)})})
    return when(filled(own), own, beside)


def is_bound(meta: ServiceMeta, service: Service) -> Condition:
    """Whether all pods of a service are on one node, by that affinity; so they are not spread."""
    bound = any_of(*(_on_one_node(meta.blueprint, shared) for shared in shared_storage(service)))
    return all_of(bound, opposite(filled(meta.values.placement.affinity)))


def _on_one_node(blueprint: Blueprint, shared: Shared) -> Condition:
    return all_of(storage_of(blueprint, shared.owner, shared.storage).access_mode == "ReadWriteOnce")


def _sharing(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """What a service mounts of another one is there, and is one volume."""
    for shared in shared_storage(blueprint.service(name)):
        both = all_of(blueprint.presence(name), blueprint.presence(shared.owner))
        yield _left_out(blueprint, name, shared)
        yield Rule(
            path=("services", shared.owner, "storage", shared.storage, "persistent"),
            broken=all_of(both, opposite(storage_of(blueprint, shared.owner, shared.storage).persistent)),
            wrong=f"{name} mounts it too, but an emptyDir is of one pod",
            allowed=f"set it to true, or disable {name}",
        )
        replicas = blueprint.values_of(shared.owner).replicas
        yield Rule(
            path=("services", shared.owner, "replicas"),
            broken=all_of(both, opposite(replicas == 1)),
            wrong=f"{name} mounts {shared.key}, and each pod of {shared.owner} has a volume of its own",
            allowed=f"set it to 1, or disable {name}",
        )


def _left_out(blueprint: Blueprint, name: str, shared: Shared) -> Rule:
    return Rule(
        path=("services", shared.owner, "enabled"),
        broken=all_of(blueprint.presence(name), opposite(blueprint.presence(shared.owner))),
        wrong=f"{shared.owner} is left out, but {name} mounts {shared.key}",
        allowed=f"enable it, or disable {name} too",
    )


def _one_group(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """A service with storage has an `fsGroup`, which takes the volumes of others too."""
    service = blueprint.service(name)
    for shared in shared_storage(service) if service.storage else ():
        own, other = blueprint.values_of(name), blueprint.values_of(shared.owner)
        yield Rule(
            path=("services", name, "security", "group"),
            broken=all_of(blueprint.presence(name), _other_group(own, other)),
            wrong=f"{name} has storage and mounts {shared.key}, so both services need one group",
            allowed=f"write that of {shared.owner}, {other.security.group}",
        )


def _other_group(one: ServiceValues, other: ServiceValues) -> Condition:
    mine, its = expression_of(one.security.group), expression_of(other.security.group)
    return all_of(Known(mine), Known(its), opposite(Compares("eq", mine, its)))


def _is_wanted(catalogue: Catalogue) -> bool:
    return any(service.storage for service in catalogue.services.values())


_STORAGE = Annotated[
    dict[Name, ServiceStorage], Meta(description="How the volumes that the catalogue names in its `storage` are made.")
]

STORAGE = Component(
    name="storage",
    own_values={"storage": (_STORAGE, {})},
    wanted=_is_wanted,
    lack=("the catalogue has no service with storage", "add it there, or remove this"),
    rules=Rules(of_named=(_sharing, _one_group)),
)
