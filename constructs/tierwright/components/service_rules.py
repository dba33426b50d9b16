"""Rules over the values of a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.config.problems import dotted
from tierwright.expressions.conditions import Condition, Equals, Holds, Measurable, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import Argument, Expression, Key, KeysAmong, KeysMatching, Lookup, Operand
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.kit.autoscaling import is_scaled
from tierwright.kit.network_values import edge_values
from tierwright.kit.rules import Rule, Rules, Subject
from tierwright.kit.walks.keys import OtherKeys
from tierwright.kit.walks.wording import Choices
from tierwright.model.environment import derived_variables
from tierwright.model.labels import reserved_labels
from tierwright.model.names import EVERYBODY
from tierwright.model.ports import MAIN
from tierwright.model.workload_values import Image


def _owners(_: Blueprint, service: Subject) -> Iterator[Rule]:
    scaling = service.values.autoscaling
    yield Rule(
        path=("autoscaling", "external"),
        also=(("autoscaling", "enabled"),),
        broken=all_of(scaling.enabled, scaling.external),
        wrong="autoscaling is enabled and external, so two autoscalers would own the number of pods",
        allowed="set one of the two to false",
    )


def _bounds(_: Blueprint, service: Subject) -> Iterator[Rule]:
    least, most = service.values.autoscaling.min_replicas, service.values.autoscaling.max_replicas
    yield Rule(
        path=("autoscaling", "minReplicas"),
        also=(("autoscaling", "maxReplicas"),),
        broken=all_of(is_scaled(service.values), least > most),
        wrong=f"minReplicas, {least}, is more than maxReplicas, {most}",
        allowed="lower the one, or raise the other",
    )


def _measured(_: Blueprint, service: Subject) -> Iterator[Rule]:
    scaling = service.values.autoscaling
    targets = {"cpu": scaling.target_cpu_percent, "memory": scaling.target_memory_percent}
    for resource, target in targets.items():
        amount = Lookup(expression_of(service.values.resources.requests), resource)
        yield Rule(
            path=("resources", "requests", resource),
            broken=all_of(scaling.enabled, target > 0, opposite(Measurable(amount))),
            wrong=f"requests.{resource} is not set, but the autoscaler measures by it",
            allowed="set it, or switch autoscaling off",
        )
    yield Rule(
        path=("autoscaling", "enabled"),
        also=tuple(("autoscaling", key) for key in ("targetCpuPercent", "targetMemoryPercent", "metrics")),
        broken=all_of(scaling.enabled, *(opposite(target > 0) for target in targets.values()), opposite(filled(scaling.metrics))),
        wrong="the autoscaler has nothing to go by",
        allowed="set a target of CPU or memory, or name a metric",
    )


def _rollout(_: Blueprint, service: Subject) -> Iterator[Rule]:
    rollout = service.values.rollout
    yield Rule(
        path=("rollout", "maxUnavailable"),
        also=(("rollout", "maxSurge"),),
        broken=all_of(rollout.max_surge == 0, rollout.max_unavailable == 0),
        wrong="a rollout with neither surge nor unavailable pods never begins",
        allowed="raise one of the two",
    )


def _exposure(blueprint: Blueprint, service: Subject) -> Iterator[Rule]:
    """A Service that clients outside of the cluster reach is meant for them, and its policy can tell them apart."""
    own = service.values.service
    exposed = opposite(own.type == "ClusterIP")
    yield Rule(
        path=("service", "type"),
        broken=all_of(exposed, opposite(service.public)),
        wrong=f"{service.name} is not public, so it cannot be a {own.type}",
        allowed="allowed: ClusterIP",
    )
    if not blueprint.catalogue.has_public_service:
        return
    clients = edge_values(blueprint).cidrs
    yield Rule(
        path=("service", "type"),
        broken=all_of(exposed, service.public, opposite(filled(clients))),
        wrong=f"{service.name} is a {own.type}, but its policy lets no client reach it",
        allowed="name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody",
    )
    by_node = own.external_traffic_policy == "Cluster"
    everybody = Holds(expression_of(clients), EVERYBODY)
    yield Rule(
        path=("service", "externalTrafficPolicy"),
        broken=all_of(exposed, service.public, filled(clients), by_node, opposite(everybody)),
        wrong="with Cluster the policy sees a node in place of the client",
        allowed="use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs",
    )


def _running(blueprint: Blueprint, service: Subject) -> Iterator[Rule]:
    """The rules of a service that runs for ever: one that ends by itself is not scaled, rolled out or connected to."""
    if not service.ends:
        for rule in (_owners, _bounds, _measured, _rollout, _exposure):
            yield from rule(blueprint, service)


def _digest(blueprint: Blueprint, service: Subject) -> Iterator[Rule]:
    """A digest is that of one image: no service gets it by `defaults` for another."""
    if service.borrows:
        return
    shared, image, name = blueprint.values.defaults.image, service.values.image, service.name
    inherited = all_of(filled(shared.digest), _same(image.digest, shared.digest))
    none_named = all_of(opposite(filled(shared.repository)), opposite(filled(image.repository)))
    yield Rule(
        path=("image", "digest"),
        broken=all_of(inherited, none_named),
        wrong="each service has an image of its own, and a digest is that of one image",
        allowed="set it in services.NAME.image, or name the one image in defaults.image.repository",
    )
    same = _same(image.repository, shared.repository)
    allowed = f"set services.{name}.image.digest too"
    yield Rule(
        path=("image", "repository"),
        broken=all_of(inherited, opposite(none_named), opposite(same)),
        wrong=f"the digest of defaults.image is not that of {name}'s image",
        allowed=allowed,
    )
    yield Rule(
        path=("image", "tag"),
        broken=all_of(inherited, opposite(none_named), same, opposite(_same(image.tag, shared.tag))),
        wrong=f"the digest of defaults.image decides which image {name} runs, not this tag",
        allowed=allowed,
    )


def _borrowed_image(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """Where the catalogue says whose image a service runs, its values do not say it again."""
    if blueprint.service(name).image is None:
        return
    shared, image, owner = blueprint.values.defaults.image, blueprint.values_of(name).image, blueprint.catalogue.image_owner(name)
    values = dotted(blueprint.catalogue.place(owner)) if owner in blueprint.data_services else f"services.{owner}"
    own = [opposite(_same(getattr(image, field), getattr(shared, field))) for field in Image.__struct_fields__]
    yield Rule(
        path=("services", name, "image"),
        broken=any_of(*own),
        wrong=f"{name} runs the image of {owner}",
        allowed=f"set {values}.image, or remove `image` of {name} from the catalogue",
    )


def _same(one: str, other: str) -> Condition:
    """Whether two texts of the values are the same."""
    return Equals(expression_of(one), expression_of(other))


def reserved(blueprint: Blueprint, path: tuple[str, ...], labels: Expression) -> Iterator[Rule]:
    """The rule that users must not set labels that policies, selectors or controllers go by.

    `path` is the path of the labels, `labels` the expression of them.
    """
    taken = KeysMatching(labels, reserved_labels(blueprint.name))
    yield Rule(
        path=path,
        keys=taken,
        broken=Truth(taken),
        wrong=f"policies, selectors or controllers go by {Text(Key())}",
        allowed="choose another name",
    )


def _labels(blueprint: Blueprint, service: Subject) -> Iterator[Rule]:
    yield from reserved(blueprint, ("podLabels",), expression_of(service.values.pod_labels))
    yield from reserved(blueprint, ("service", "labels"), expression_of(service.values.service.labels))
    yield from reserved(blueprint, ("workloadLabels",), expression_of(service.values.workload_labels))


def _account(_: Blueprint, service: Subject) -> Iterator[Rule]:
    account = service.values.service_account
    yield Rule(
        path=("serviceAccount", "annotations"),
        broken=all_of(filled(account.name), filled(account.annotations)),
        wrong=f"{service.name} uses the existing account {account.name}, to which nothing is added",
        allowed="annotate that one, or leave the name empty",
    )


def _sidecars(_: Blueprint, service: Subject) -> Iterator[Rule]:
    """A run has ended when all of its containers have, but for native sidecars."""
    if service.ends:
        yield Rule(
            path=("sidecars",),
            broken=filled(service.values.sidecars),
            wrong=f"a run of {service.name} would never end, as they go on",
            allowed=f"move them to initContainers, with restartPolicy: Always; or set services.{service.name}.sidecars to []",
        )


def _variables(_: Blueprint, service: Subject) -> Iterator[Rule]:
    """Variables that follow from the catalogue are not set otherwise."""
    env = expression_of(service.values.env)
    set_anyway, typed = (KeysAmong(env, Argument(names)) for names in ("derived", "settings"))
    yield Rule(
        path=("env",),
        keys=set_anyway,
        broken=Truth(env),
        wrong=f"{Text(Key())} follows from the catalogue",
        allowed="remove it here",
    )
    yield Rule(
        path=("env",),
        keys=typed,
        broken=all_of(Truth(Argument("settings")), Truth(env)),
        wrong=f"{Text(Key())} is a setting of {service.name}",
        allowed=f"set services.{service.name}.settings.{Text(Key())} instead",
    )


def _derived(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The variables that follow from the catalogue but for its settings, which are set elsewhere."""

    def derived(name: str) -> Operand:
        settings = blueprint.service(name).settings
        variables = dict.fromkeys(variable.name for variable in derived_variables(blueprint.catalogue, name))
        return tuple(variable for variable in variables if variable not in settings)

    return derived


def _needs(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """A service is not left out while one that cannot do without it stays."""
    services = blueprint.catalogue.services
    for need in services[name].awaited:
        if need in services and not services[need].optional:
            yield Rule(
                path=("services", need, "enabled"),
                broken=all_of(blueprint.presence(name), opposite(blueprint.presence(need))),
                wrong=f"{need} is left out, but {name} needs it",
                allowed=f"enable it, or disable {name} too",
            )


def _ports(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The names of the ports that may be those of nodes; none where another rule refuses all."""

    def ports(name: str) -> Operand:
        service = blueprint.service(name)
        return tuple(port.name for port in ([service.named_port(MAIN)] if service.public else service.all_ports))

    return ports


def _node_ports(_: Blueprint, service: Subject) -> Iterator[Rule]:
    """Ports of nodes are for the port of a Service that clients outside reach."""
    own, ports = service.values.service, Argument("ports")
    some = all_of(Truth(ports), filled(own.node_ports))
    inside = own.type == "ClusterIP"
    yield Rule(
        path=("service", "nodePorts"),
        broken=all_of(some, inside),
        wrong="a ClusterIP has no ports of nodes",
        allowed="remove it, or change service.type",
    )
    others = OtherKeys(expression_of(own.node_ports), ports)
    yield Rule(
        path=("service", "nodePorts"),
        keys=others,
        broken=all_of(some, opposite(inside), Truth(others)),
        wrong=f"the Service has no port `{Text(Key())}`",
        allowed=Text(Choices(Key(), ports)),
    )


SERVICE_RULES = Rules(
    of_service=(_running, _digest, _labels, _account, _sidecars, _variables, _node_ports),
    of_named=(_needs, _borrowed_image),
    arguments={
        "derived": _derived,
        "settings": lambda blueprint: lambda name: tuple(blueprint.service(name).settings),
        "ports": _ports,
    },
    helpers=(OtherKeys.helper,),
)
