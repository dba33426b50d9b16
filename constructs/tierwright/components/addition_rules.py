"""Rules over what users add to the pods of services as Kubernetes writes it: variables, volumes, mounts and containers.

They name nothing a second time, neither among themselves nor with what the pods have: server-side apply refuses that, and a
client-side one keeps either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Matches, Truth, any_of, opposite
from tierwright.expressions.expression import Argument, Operand
from tierwright.expressions.lists import Concat, Keys
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.walks import seen
from tierwright.kit.extras import OWN_CONTAINERS, PodNames, pods_of_services
from tierwright.kit.rules import OfService, Rule, Rules, Subject
from tierwright.kit.walks.additions import Additions
from tierwright.kit.walks.wording import Choices


def _variables(_: Blueprint, service: Subject) -> Iterator[Rule]:
    values = service.values
    taken = Concat((Argument("variables"), Keys(expression_of(values.env))))
    yield _once(service, "extraEnv", Additions(expression_of(values.extra_env), "name", taken), "variable")


def _volumes(_: Blueprint, service: Subject) -> Iterator[Rule]:
    walk = Additions(expression_of(service.values.extra_volumes), "name", Argument("volumes"))
    yield _once(service, "extraVolumes", walk, "volume")


def _mounts(_: Blueprint, service: Subject) -> Iterator[Rule]:
    values, name = service.values, seen("name")
    mounts = expression_of(values.extra_volume_mounts)
    yield _once(service, "extraVolumeMounts", Additions(mounts, "mountPath", Argument("paths")), "mount path")
    yield Rule(
        path=("extraVolumeMounts",),
        each=Additions(mounts, "name", Argument("volumes"), beside=expression_of(values.extra_volumes)),
        below=("name",),
        broken=opposite(Truth(seen("taken"))),
        wrong=f"{service.name} has no volume `{Text(name)}`",
        allowed=Text(Choices(name, seen("known"))),
    )


def _containers(_: Blueprint, service: Subject) -> Iterator[Rule]:
    values = service.values
    first, beside = expression_of(values.init_containers), expression_of(values.sidecars)
    walks = {
        "initContainers": Additions(first, "name", Argument("containers")),
        "sidecars": Additions(beside, "name", Argument("containers"), beside=first),
    }
    for key, walk in walks.items():
        yield _once(service, key, walk, "container")
        yield Rule(
            path=(key,),
            each=walk,
            below=("name",),
            broken=Matches(seen("name"), OWN_CONTAINERS),
            wrong="the platform's own containers have such names",
            allowed="choose another name",
        )


def _once(service: Subject, key: str, walk: Additions, what: str) -> Rule:
    """The rule that nothing is named twice."""
    return Rule(
        path=(key,),
        each=walk,
        below=(walk.key,),
        broken=any_of(Truth(seen("taken")), Truth(seen("repeated"))),
        wrong=f"{service.name} has the {what} {Text(seen('name'))} already",
        allowed=f"name each {what} once",
    )


def _of_pods(part: Callable[[PodNames], tuple[str, ...]]) -> OfService:
    """What the pods of services have under all values."""

    def of_service(blueprint: Blueprint) -> Callable[[str], Operand]:
        pods = pods_of_services(blueprint)
        return lambda name: part(pods[name])

    return of_service


ADDITION_RULES = Rules(
    of_service=(_variables, _volumes, _mounts, _containers),
    arguments={
        "variables": _of_pods(lambda pod: pod.variables),
        "volumes": _of_pods(lambda pod: pod.volumes),
        "paths": _of_pods(lambda pod: pod.paths),
        "containers": _of_pods(lambda pod: pod.containers),
    },
    helpers=(Additions.helper,),
)
