"""What users add as Kubernetes writes it: variables, volumes and mounts of a pod, and complete objects.

They name nothing a second time, neither among themselves nor with what the platform has: server-side apply refuses that, and a
client-side one keeps either. What the platform has is read from what the constructs declared. Objects are of kinds that exist, as
far as Kubernetes itself has them. The chart checks the same with `tierwright.outputs.helm.extras`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path, Problem, choices, dotted, shown
from tierwright.expressions.expression import Scope, evaluated
from tierwright.expressions.tree import Include, OmitEmpty, Tree, When
from tierwright.kit.cluster_scoped import cluster_scoped, group_of
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import template_in
from tierwright.kit.served import unserved
from tierwright.model.platform import Platform

Object = dict[str, Any]


class PodNames(msgspec.Struct, frozen=True):
    """What a service's pod has under all values: its variables, its volumes, and the paths where its container mounts them."""

    variables: tuple[str, ...]
    volumes: tuple[str, ...]
    paths: tuple[str, ...]


def pods_of_services(blueprint: Blueprint) -> dict[str, PodNames]:
    """The names of each service's pod, by the service's name."""
    own = ((one, template_in(one.manifest)) for one in blueprint.declared if one.service)
    return {one.service: _pod_names(template["spec"], one.manifest["spec"]) for one, template in own if template}


def _pod_names(pod: Manifest, workload: Manifest) -> PodNames:
    container = pod["containers"][0]
    claims = workload.get("volumeClaimTemplates", OmitEmpty([])).tree
    volumes = [*_constants(pod["volumes"], "name"), *_constants(claims, "metadata", "name")]
    return PodNames(
        tuple(dict.fromkeys(_constants(container["env"], "name"))),
        tuple(dict.fromkeys(volumes)),
        tuple(_constants(container["volumeMounts"], "mountPath")),
    )


def _constants(items: Iterable[Tree], *keys: str) -> Iterator[str]:
    """What the items of a list have at a path, also those that are there under a condition."""
    for item in items:
        if isinstance(item, Include):
            item = item.template.body  # noqa: PLW2901 - what it gives
        if isinstance(item, dict):
            constant: Any = item
            for key in keys:
                constant = constant[key]
            yield constant
        elif isinstance(item, When):
            yield from _constants([item.then, item.otherwise], *keys)


def placed(objects: Iterable[Object], namespace: str) -> list[Object]:
    """The user's objects; those that are namespaced and name no namespace get the platform's."""
    whole = list(objects)
    without = cluster_scoped(whole)

    def placed_one(one: Object) -> Object:
        if one["metadata"].get("namespace") or (group_of(one["apiVersion"]), one["kind"]) in without:
            return one
        return {**one, "metadata": {**one["metadata"], "namespace": namespace}}

    return [placed_one(one) for one in whole]


def clashes(blueprint: Blueprint, platform: Platform) -> Iterable[Problem]:
    """Errors for names that are used twice, mounts without a volume, and kinds that Kubernetes does not have."""
    problems = {problem.path: problem for problem in _of_objects(blueprint, platform, blueprint.scope)}
    pods = pods_of_services(blueprint)
    for name in platform.catalogue.services:
        values = platform.values_of(name)
        if values.extra_env or values.extra_volumes or values.extra_volume_mounts:
            for problem in _of_pod(pods[name], name, platform):
                problems.setdefault(problem.path, problem)  # what the defaults say is wrong for many services at once
    return problems.values()


def _of_pod(own: PodNames, name: str, platform: Platform) -> Iterator[Problem]:
    values = platform.values_of(name)

    def twice(key: str, entry: str, items: list[Object], taken: Iterable[str], what: str) -> Iterator[Problem]:
        seen = set(taken)
        for at, one in enumerate(items):
            given = _place(one[entry]) if entry == "mountPath" else one[entry]
            if given in seen:
                wrong = f"{name} has the {what} {shown(one[entry])} already"
                yield _problem(platform, (*_written(platform, name, key), at, entry), wrong, f"name each {what} once")
            seen.add(given)

    yield from twice("extraEnv", "name", values.extra_env, (*own.variables, *values.env), "variable")
    yield from twice("extraVolumes", "name", values.extra_volumes, own.volumes, "volume")
    yield from twice("extraVolumeMounts", "mountPath", values.extra_volume_mounts, own.paths, "mount path")
    volumes = list(dict.fromkeys([*own.volumes, *(one["name"] for one in values.extra_volumes)]))
    for at, one in enumerate(values.extra_volume_mounts):
        if one["name"] not in volumes:
            path = (*_written(platform, name, "extraVolumeMounts"), at, "name")
            yield _problem(platform, path, f"{name} has no volume `{shown(one['name'])}`", choices(one["name"], volumes))


def _place(path: str) -> str:
    """Where a path leads: `/tmp/`, `//tmp` and `tmp` are mounted at `/tmp`."""
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _written(platform: Platform, service: str, key: str) -> Path:
    """Where a list of a service was written: lists replace, so all of it comes from one place."""
    own = ("services", service, key)
    return own if platform.document.has(own) else ("defaults", key)


def _of_objects(blueprint: Blueprint, platform: Platform, scope: Scope) -> Iterator[Problem]:
    objects = platform.values.extra_objects
    if not objects:
        return
    owners = dict.fromkeys(_declared(blueprint, platform, scope), "the platform")
    for at, one in enumerate(placed(objects, platform.namespace)):
        if "items" in one:
            wrong = "makes a list of it, and kubectl takes the items alone"
            yield _problem(platform, ("extraObjects", at, "items"), wrong, "give each object by itself")
        elif wrong_kind := unserved(one["apiVersion"], one["kind"]):
            path, wrong, allowed = wrong_kind
            yield _problem(platform, ("extraObjects", at, *path), wrong, allowed)
            continue
        identity = _identity(one)
        if identity in owners:
            wrong = f"{owners[identity]} has the {one['kind']} {shown(one['metadata']['name'])} already"
            yield _problem(platform, ("extraObjects", at, "metadata", "name"), wrong, "give each object a name of its own")
        owners.setdefault(identity, f"extraObjects[{at}]")


def _declared(blueprint: Blueprint, platform: Platform, scope: Scope) -> Iterator[tuple[str, ...]]:
    """All objects of both outputs; what Helm numbers by revision as it is at first."""
    first = Scope(scope.values, {**scope.facts, "revision": 1})
    for one in blueprint.declared:
        if one.is_given or not one.condition.value(first):
            continue  # the user's own, or not there
        namespace = "" if one.kind == "Namespace" else platform.namespace
        yield group_of(one.api_version), one.kind, namespace, str(evaluated(one.name, first))


def _identity(one: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = one["metadata"]
    return group_of(one["apiVersion"]), one["kind"], metadata.get("namespace") or "", metadata["name"]


def _problem(platform: Platform, path: Path, wrong: str, allowed: str) -> Problem:
    return Problem(platform.document.locate(path), dotted(path), wrong, allowed)
