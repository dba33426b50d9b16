"""What a schema cannot say of one service: its ports, and what can be asked there. Each rule is small: an unsound value ends it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Complaint, Path, choices
from tierwright.config.soundness import until_unsound
from tierwright.model.health import ASKS_A_PORT, Health
from tierwright.model.ports import MAIN, FurtherPort, ServicePort, further_port
from tierwright.model.service import Service


def _without_port(name: str, service: Service) -> Iterator[Complaint]:
    """What is said of a main port, where there is none."""
    if service.port is not None:
        return
    said = {"targetPort": service.target_port, "protocol": service.protocol, "urlVariable": service.url_variable}
    for key, value in said.items():
        if value is not None:
            yield (key,), f"{name} has no port", "give it a `port`, or remove this"
    if service.public:
        yield ("public",), f"{name} has no port, so nobody can connect to it", "give it a `port`, or remove this"


def _repeated(_name: str, service: Service) -> Iterator[Complaint]:
    """A name or a number that two ports have: the Service would have it twice, or the program would listen there twice."""
    ports = list(_sound(service))
    for index, (port, path) in enumerate(ports):
        for other, _ in ports[:index]:
            whose = f"that of {other.key}" if other.key else "that of the main port"
            if port.name == other.name:
                yield path, f"the main port has the name {port.name}", "choose another name"
            if port.transport != other.transport:
                continue
            if port.port == other.port:
                yield path, f"{port.port} is {whose} already", "give each a number of its own"
            elif port.target_port == other.target_port:
                yield path, f"the target port {port.target_port} is {whose} already", "give each a number of its own"


def _sound(service: Service) -> Iterator[tuple[ServicePort, Path]]:
    """Those of the ports that are sound, with the paths of their entries."""
    yield from until_unsound(_main(service))
    for name, entry in service.ports.items():
        yield from until_unsound(_further(name, entry))


def _main(service: Service) -> Iterator[tuple[ServicePort, Path]]:
    port = service.main_port
    if port and port.port and port.target_port:  # ends here where one is unsound
        yield port, ("port",)


def _further(name: str, entry: int | FurtherPort) -> Iterator[tuple[ServicePort, Path]]:
    port = further_port(name, entry)
    if port.port and port.target_port:  # ends here where one is unsound
        yield port, ("ports", name)


def _metrics(name: str, service: Service) -> Iterator[Complaint]:
    """The port with metrics is one that the workload has, and one that a GET can ask."""
    path, metrics, which = ("metrics",), service.metrics, "the main port"
    if isinstance(metrics, str):
        which = metrics
        if metrics not in service.ports:
            yield path, f"{name} has no port `{metrics}` among its `ports`", choices(metrics, service.ports)
            return
    elif not metrics:
        return
    elif service.port is None:
        yield path, f"{name} has no port", "name one of its `ports`, or give it a `port`"
        return
    protocol = service.named_port(metrics if isinstance(metrics, str) else MAIN).protocol
    if protocol in ("grpc", "UDP"):
        yield path, f"{protocol} is spoken on {which}, and metrics are asked over HTTP", "name another of its `ports`"


def _kinds_of_health(_name: str, service: Service) -> Iterator[Complaint]:
    if isinstance(service.health, Health) and len(service.health.kinds) > 1:
        kinds = " and ".join(service.health.kinds)
        yield ("health",), f"{kinds} are several ways to ask for one health", "choose one of them"


def _port_of_health(name: str, service: Service) -> Iterator[Complaint]:
    """The port at which health is asked is one that the workload has, and one that can be asked."""
    health = service.health
    if not isinstance(health, Health) or health.port is None:
        return
    path = ("health", "port")
    if health.port not in service.ports:
        yield path, f"{name} has no port `{health.port}` among its `ports`", choices(health.port, service.ports)
    elif service.named_port(health.port).transport == "UDP":
        yield path, f"{health.port} is a UDP port, which no probe can ask", "name a TCP port, or choose a command"
    elif health.command is not None:
        yield path, "a command asks no port", "remove one of the two"


def _health_without_port(name: str, service: Service) -> Iterator[Complaint]:
    """What is asked over the network is asked at a port."""
    health, kind = service.health, ""
    if isinstance(health, str):
        kind = health if health in ASKS_A_PORT else ""
    elif health is not None and health.port is None:
        kind = next((kind for kind in health.kinds if kind in ASKS_A_PORT), "")
    if kind and service.port is None:
        path = ("health",) if isinstance(health, str) else ("health", kind)
        wrong = f"{name} has no port at which {kind} could be asked"
        yield path, wrong, "give it a `port`, or name one of `ports` in `health.port`"


def _asked_of_grpc(_name: str, service: Service) -> Iterator[Complaint]:
    """A server of gRPC answers no GET."""
    health, handler = service.health, service.probe_handler
    if handler.kind != "http" or handler.port is None or handler.port.protocol != "grpc":
        return
    if isinstance(health, Health) and len(health.kinds) > 1:
        return  # which is told already
    path, which = ("health",) if isinstance(health, str) else ("health", "http"), handler.port.key or "the main port"
    allowed = "remove it, so that health is asked by grpc, or name another port in `health.port`"
    yield path, f"grpc is spoken on {which}, where no GET is answered", allowed


PORT_RULES = (_without_port, _repeated, _metrics, _kinds_of_health, _port_of_health, _health_without_port, _asked_of_grpc)
"""The rules: each gives what is wrong, by the path below the entry of the service."""
