"""Values of a service that would have no effect, by what its entry of the catalogue says. What `defaults` says is for others."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Compares, Condition, Equals, any_of, opposite
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule, Rules
from tierwright.model.running_values import Probe
from tierwright.model.workloads import ends


def _paths(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """A path is asked for over HTTP alone."""
    service, kind = blueprint.service(name), blueprint.service(name).probe_handler.kind
    if kind == "http" or ends(service):
        return
    own, shared = blueprint.values_of(name).probes, blueprint.values.defaults.probes
    pairs = {
        "readinessPath": (own.readiness_path, shared.readiness_path),
        "livenessPath": (own.liveness_path, shared.liveness_path),
    }
    for key, (path, other) in pairs.items():
        yield Rule(
            path=("services", name, "probes", key),
            broken=opposite(Equals(expression_of(path), expression_of(other))),
            wrong=f"the health of {name} is {kind}, so nobody asks for a path",
            allowed=f"remove it, or let the catalogue give {name} a health by http",
        )


def _pace(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """How often nothing is asked."""
    service = blueprint.service(name)
    if service.probe_handler.kind != "none" or ends(service):
        return
    own, shared = blueprint.values_of(name).probes, blueprint.values.defaults.probes
    for key in ("startup", "readiness", "liveness"):
        yield Rule(
            path=("services", name, "probes", key),
            broken=_is_other(getattr(own, key), getattr(shared, key)),
            wrong=f"{name} has no health that could be asked for",
            allowed=f"remove it, or let the catalogue give {name} a health",
        )


def _is_other(one: Probe, other: Probe) -> Condition:
    return any_of(
        _differs(one.period_seconds, other.period_seconds),
        _differs(one.timeout_seconds, other.timeout_seconds),
        _differs(one.failure_threshold, other.failure_threshold),
    )


def _pause(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """A pod that nothing routes to does not wait until that has ended."""
    service = blueprint.service(name)
    if service.all_ports or ends(service):
        return
    own, shared = blueprint.values_of(name).shutdown, blueprint.values.defaults.shutdown
    yield Rule(
        path=("services", name, "shutdown", "preStopSeconds"),
        broken=_differs(own.pre_stop_seconds, shared.pre_stop_seconds),
        wrong=f"{name} has no port, so its pods stop at once",
        allowed="remove it; `shutdown.drainSeconds` is the time that the program has",
    )


def _differs(one: int, other: int) -> Condition:
    """Whether two numbers of the values are not the same."""
    return opposite(Compares("eq", expression_of(one), expression_of(other)))


EFFECT_RULES = Rules(of_named=(_paths, _pace, _pause))
