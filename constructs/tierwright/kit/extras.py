"""What users add as Kubernetes writes it, and what it adds to: the names in the pods of services, and the objects of the platform.

What the platform has is read from what the constructs declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.declarations import Declared
from tierwright.expressions.conditions import Condition
from tierwright.expressions.expression import AllValues, Entry, Expression, Field, Item, replaced
from tierwright.expressions.lists import Names
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Each, Include, Lines, OmitEmpty, Splice, Tree, When, unspliced, when
from tierwright.kit.cluster_scoped import cluster_scoped, group_of
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import template_in
from tierwright.model.own_names import gate_of, step_of
from tierwright.model.part import ACCOUNT, SECRET

Object = dict[str, Any]

NAMESPACED = "*"
"""What a line about an object begins with that is in the platform's namespace, in place of the name of that."""


class PodNames(msgspec.Struct, frozen=True):
    """What a service's pod has under all values: its variables, its volumes, and the paths where its container mounts them.

    Of its containers it is that of the program; the names of the others begin as OWN_CONTAINERS says.
    """

    variables: tuple[str, ...]
    volumes: tuple[str, ...]
    paths: tuple[str, ...]
    containers: tuple[str, ...]


OWN_CONTAINERS = rf"^({gate_of('')}|{step_of(0)[:-1]}[0-9])"
"""How the names of the containers begin that the platform adds to pods; the same in Python and in Go."""


def pods_of_services(blueprint: Blueprint) -> dict[str, PodNames]:
    """The names of each service's pod, by the service's name."""
    own = ((declared, template_in(declared.manifest)) for declared in blueprint.declared if declared.service)
    return {declared.service: _pod_names(template["spec"], declared.manifest["spec"]) for declared, template in own if template}


def _pod_names(pod: Manifest, workload: Manifest) -> PodNames:
    pod, container = unspliced(pod), unspliced(pod["containers"][0])
    claims = workload.get("volumeClaimTemplates", OmitEmpty([])).tree
    volumes = [*_constants(pod["volumes"].tree, "name"), *_constants(claims, "metadata", "name")]
    return PodNames(
        tuple(dict.fromkeys(_constants(container["env"], "name"))),
        tuple(dict.fromkeys(volumes)),
        tuple(_constants(container["volumeMounts"].tree, "mountPath")),
        (container["name"],),
    )


def _constants(items: Iterable[Tree], *keys: str) -> Iterator[str]:
    """What the items of a list have at a path, also those that are there under a condition."""
    for item in items:
        if isinstance(item, Splice) and isinstance(item.of, Include):
            yield from _constants(item.of.template.body, *keys)
        elif isinstance(item, dict):
            constant: Any = item
            for key in keys:
                constant = constant[key]
            yield constant
        elif isinstance(item, When):
            yield from _constants([item.then, item.otherwise], *keys)


Listed = tuple[Condition, str]
"""An object in the list of all: when it is there, and its line."""


def owned_objects(blueprint: Blueprint) -> Include:
    """A line for each object of the platform, of both outputs: NAMESPACED, where it is in a namespace, group, kind and name.

    Services that have the same objects are gone through together: the list is not to grow with their number.
    """
    others: list[Listed] = []
    of_services: dict[str, list[Listed]] = {}
    for declared in blueprint.declared:
        if not declared.is_given:
            of_service = declared.service and isinstance(declared.name, str) and declared.name.startswith(declared.service)
            (of_services.setdefault(declared.service, []) if of_service else others).append(_listed(declared))
    others += _of_operators(blueprint)
    alike: dict[tuple[Listed, ...], list[str]] = {}
    for name, objects in of_services.items():
        alike.setdefault(tuple(objects), []).append(name)
    each = [Each(Names.of(names), _lines(objects)) for objects, names in alike.items()]
    return blueprint.call("objects.owned", lambda: Lines((_lines(others), *each)))


_TAKEN_OVER = (SECRET, ACCOUNT)
"""Kinds of which an operator takes what is there for its own: a user may give it a CA, or an account with annotations."""


def _of_operators(blueprint: Blueprint) -> Iterator[Listed]:
    """What operators make for the data services that they run."""
    for name, part in blueprint.connected.items():
        for topology, operated in part.connection.operated.items() if part.connection else ():
            runs: Condition = blueprint.data_services[name].topology == topology  # type: ignore[assignment] # an open value
            for kind in operated.made:
                made = operated.names(name, () if kind in _TAKEN_OVER else (kind,))
                yield from ((runs, f"{NAMESPACED}/{kind}/{one}") for one in made)


def _listed(declared: Declared) -> Listed:
    """An object in the list: if its name begins with that of its service, in the words of the service that is gone through."""
    group = group_of(declared.api_version)
    where = "" if (group, declared.kind) in cluster_scoped() else NAMESPACED
    kind, name, condition = f"{where}/{group}/{declared.kind}", declared.name, declared.condition
    if isinstance(name, Expression):
        return condition, f"{kind}/{Text(name)}"
    service = declared.service
    if not (service and name.startswith(service)):
        return condition, f"{kind}/{name}"
    services = Field(AllValues(), "services")
    return replaced(
        condition, Field(services, service), Entry(services, Item())
    ), f"{kind}/{Text(Item())}{name.removeprefix(service)}"


def _lines(objects: Iterable[Listed]) -> Lines:
    lines: dict[Condition, dict[str, None]] = {}
    for condition, line in objects:
        lines.setdefault(condition, {})[line] = None
    return Lines(tuple(when(condition, "\n".join(same)) for condition, same in lines.items()))
