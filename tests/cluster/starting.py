"""What a start must have kept to, read from the pods, and who must be waiting for whom while one service is held."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from tests.cluster.api import Object
from tests.cluster.platform import Castiel, is_ready, main_container, workload_of


def waits_of(castiel: Castiel, name: str) -> set[str]:
    """What a service waits for, told from the catalogue and the order alone: needs, and whole tiers before its own."""
    catalogue = castiel.rendered.platform.catalogue
    service = catalogue.services[name]
    waits = {need.partition(":")[0] for need in castiel.rendered.platform.service(name).needs}
    if castiel.rendered.platform.values.startup.order == "tiers":
        tiers = [tier.name for tier in catalogue.tiers]
        earlier = tiers[: tiers.index(service.tier)]
        everything = [*catalogue.services, *catalogue.data_services]
        waits |= {other for other in everything if castiel.rendered.platform.graph.tier_of(other) in earlier}
    return waits


def said(castiel: Castiel, pod: Object, container: str, pattern: str = "") -> list[float]:
    """When a container printed the lines that match, in seconds of the container runtime's clock."""
    return [moment for moment, text in _lines(castiel, pod, container) if re.search(pattern, text)]


def _lines(castiel: Castiel, pod: Object, container: str) -> list[tuple[float, str]]:
    path = f"/api/v1/namespaces/{castiel.namespace}/pods/{pod['metadata']['name']}/log?timestamps=true&container={container}"
    lines = [line.partition(" ") for line in castiel.node.api.text("GET", path)[1].splitlines()]
    # It tells nanoseconds; Python reads microseconds.
    return [(_time(re.sub(r"(\.\d{6})\d*", r"\1", moment)).timestamp(), text) for moment, _, text in lines]


def opened_late(castiel: Castiel, seconds: float) -> list[str]:
    """Gates that asked DNS and opened so long after all that they waited for was Ready, and they had begun, in words."""
    ready = {workload_of(pod): _condition(pod, "Ready").timestamp() for pod in castiel.pods if is_ready(pod)}
    words = []
    for pod in castiel.pods:
        for gate in pod["status"].get("initContainerStatuses", []):
            lines = _lines(castiel, pod, gate["name"]) if gate["name"].startswith("wait-for-") else []
            names = [found[1] for _, text in lines if (found := re.match(r"[a-z]+://([^/:]+)\S* is ready", text))]
            if any(name.endswith("-ready") for name in names):
                began = _time(gate["state"]["terminated"]["startedAt"]).timestamp()
                late = lines[-1][0] - max(began, *(ready[name.removesuffix("-ready")] for name in names))
                words += [f"{pod['metadata']['name']}, {gate['name']}: {late:.1f} s late"] if late > seconds else []
    return words


def overtaken(castiel: Castiel) -> list[str]:
    """Stand-ins whose first line is older than the line by which one that they wait for says that it is ready, in words.

    To the microsecond, where pod conditions keep whole seconds. Who has no health is Ready before it says so, and is not looked at.
    """
    began: list[tuple[str, str, float]] = []
    answers: dict[str, float] = {}
    for pod in castiel.pods:
        name, container = workload_of(pod), pod["spec"]["containers"][0]["name"]
        service = castiel.rendered.platform.catalogue.services.get(name)
        if service is not None:
            began.append((pod["metadata"]["name"], name, said(castiel, pod, container)[0]))
        if service is not None and service.probe_handler.kind != "none":
            answers[name] = min(answers.get(name, float("inf")), said(castiel, pod, container, ": ready$")[0])
    return [
        f"{pod} began {answers[target] - moment:.3f} s before {target} answered"
        for pod, name, moment in began
        for target in sorted(waits_of(castiel, name) & set(answers))
        if moment < answers[target]
    ]


def too_early(castiel: Castiel) -> list[str]:
    """Main containers that started before what they wait for was Ready, in words. Kubernetes keeps whole seconds."""
    ready: dict[str, datetime] = {}
    for pod in castiel.pods:
        if is_ready(pod):
            moment = _condition(pod, "Ready")
            ready[workload_of(pod)] = min(ready.get(workload_of(pod), moment), moment)
    words = []
    for pod in castiel.pods:
        name = workload_of(pod)
        if name not in castiel.rendered.platform.catalogue.services:
            continue
        began = _time(main_container(pod)["state"]["running"]["startedAt"])
        words += [
            f"{pod['metadata']['name']} started {(ready[target] - began).total_seconds():.0f} s before {target} was Ready"
            for target in sorted(waits_of(castiel, name))
            if began < ready[target]
        ]
    return words


def behind(castiel: Castiel, held: str) -> set[str]:
    """The services that cannot start while one is not Ready: those that wait for it, and those that wait for them."""
    found = {held}
    services = castiel.rendered.platform.catalogue.services
    while more := {name for name in services if name not in found and waits_of(castiel, name) & found}:
        found |= more
    return found - {held}


def ready_workloads(castiel: Castiel, pods: Iterable[Object]) -> set[str]:
    """The services and data services of which every pod is Ready."""
    of: dict[str, list[bool]] = {}
    for pod in pods:
        of.setdefault(workload_of(pod), []).append(is_ready(pod))
    known = {*castiel.rendered.platform.catalogue.services, *castiel.rendered.platform.data_services}
    return {name for name, all_ready in of.items() if all(all_ready)} & known


def named_last(castiel: Castiel, pod: Object) -> str:
    """What a pod's gates say that it waits for now; empty where they say nothing like it."""
    lines = castiel.gate_logs(pod).splitlines()
    found = re.match(r"waiting for (?:dns://([^/:]+)-ready|[a-z]+://([^/:]+)[:/].*) since \d+ s", lines[-1]) if lines else None
    return (found[1] or found[2]) if found else ""


def begun(pod: Object) -> bool:
    """Whether the main container has ever started."""
    return any({"running", "terminated"} & {*one["state"], *one.get("lastState", {})} for one in pod["status"]["containerStatuses"])


def _condition(pod: Object, kind: str) -> datetime:
    return next(_time(one["lastTransitionTime"]) for one in pod["status"]["conditions"] if one["type"] == kind)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
