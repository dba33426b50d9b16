"""What is refused of ports and health, in the catalogue and in the values, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

NUMBER = "allowed: a whole number from 1 to 65535"
URL_PATH = "allowed: a path that begins with /, such as /health"
NO_PORT = "more has no port; give it a `port`, or remove this"
PORT_NAME = "a name of up to 15 lower-case letters, digits and single hyphens, with a letter among them"
OF_MAIN = "that of the main port already"
OWN_NUMBER = "give each a number of its own"
FOR_HEALTH = "give it a `port`, or name one of `ports` in `health.port`"
NO_GET = "where no GET is answered; remove it, so that health is asked by grpc, or name another port in `health.port`"
NO_HEALTH = "is not allowed, as more has no health that could be asked for; remove it"
# (the entry of a service, the path of the error in it, the error)
ENTRIES = [
    # what is said of a main port that is not there
    ("targetPort: 80", "targetPort", NO_PORT),
    ("protocol: grpc", "protocol", NO_PORT),
    ("urlVariable: MORE", "urlVariable", NO_PORT),
    ("public: true", "public", "more has no port, so nobody can connect to it; give it a `port`, or remove this"),
    ("ports: {admin: 80}, protocol: http", "protocol", NO_PORT),
    # the schema of further ports
    ("port: 80, protocol: udp", "protocol", "'udp' is not allowed; allowed: grpc, http, tcp"),
    ("ports: {admin: 0}", "ports.admin", f"0 is not allowed; {NUMBER}"),
    ("ports: {admin: http}", "ports.admin", f"'http' is not allowed; {NUMBER}, or a mapping"),
    ("ports: {admin: {}}", "ports.admin.port", f"is missing; {NUMBER}"),
    ("ports: {admin: {port: 80, to: 81}}", "ports.admin.to", "unknown key; allowed: port, targetPort, protocol"),
    ("ports: {admin: {port: 80, protocol: SCTP}}", "ports.admin.protocol", "'SCTP' is not allowed; allowed: UDP, grpc, http, tcp"),
    (
        "ports: {Admin_Port: 80}",
        "ports.Admin_Port",
        f"the key is not allowed; allowed: {PORT_NAME}",
    ),
    # names and numbers that two ports have
    ("port: 80, ports: {http: 81}", "ports.http", "the main port has the name http; choose another name"),
    ("port: 80, protocol: grpc, ports: {grpc: 81}", "ports.grpc", "the main port has the name grpc; choose another name"),
    ("port: 80, protocol: tcp, ports: {tcp-80: 81}", "ports.tcp-80", "the main port has the name tcp-80; choose another name"),
    ("port: 80, ports: {admin: 80}", "ports.admin", f"80 is {OF_MAIN}; {OWN_NUMBER}"),
    ("ports: {a: 80, b: {port: 80}}", "ports.b", f"80 is that of a already; {OWN_NUMBER}"),
    (
        "port: 80, ports: {a: {port: 81, targetPort: 80}}",
        "ports.a",
        f"the target port 80 is {OF_MAIN}; {OWN_NUMBER}",
    ),
    ("ports: {a: {port: 1, protocol: UDP}, b: {port: 1, protocol: UDP}}", "ports.b", f"1 is that of a already; {OWN_NUMBER}"),
    # health
    ("port: 80, health: htpp", "health", "'htpp' is not allowed; allowed: grpc, http, none, tcp"),
    ("port: 80, health: true", "health", "true is not allowed; allowed: grpc, http, none, tcp, or a mapping"),
    ("port: 80, health: [http]", "health", "a list is not allowed; allowed: grpc, http, none, tcp, or a mapping"),
    ("port: 80, health: {tcp: true}", "health.tcp", "unknown key; allowed: http, grpc, command, port"),
    ("port: 80, health: {http: ready}", "health.http", f"'ready' is not allowed; {URL_PATH}"),
    ("port: 80, health: {http: {readiness: ready}}", "health.http.readiness", f"'ready' is not allowed; {URL_PATH}"),
    (
        "port: 80, health: {http: {ready: /x}}",
        "health.http.ready",
        "unknown key; allowed: readiness, liveness",
    ),
    ("health: {command: []}", "health.command", "is empty; allowed: a list with at least one entry"),
    ("health: {command: run}", "health.command", "'run' is not allowed; allowed: a list with at least one entry"),
    ("health: http", "health", f"more has no port at which http could be asked; {FOR_HEALTH}"),
    ("health: tcp, ports: {admin: 81}", "health", f"more has no port at which tcp could be asked; {FOR_HEALTH}"),
    ("health: {grpc: ''}", "health.grpc", f"more has no port at which grpc could be asked; {FOR_HEALTH}"),
    ("health: {http: /x}", "health.http", f"more has no port at which http could be asked; {FOR_HEALTH}"),
    (
        "port: 80, health: {http: /x, grpc: ''}",
        "health",
        "http and grpc are several ways to ask for one health; choose one of them",
    ),
    ("health: {port: admin}", "health.port", "more has no port `admin` among its `ports`; allowed: none, as there is none"),
    (
        "port: 80, ports: {admin: 81}, health: {port: amdin}",
        "health.port",
        "more has no port `amdin` among its `ports`; did you mean admin? allowed: admin",
    ),
    (
        "ports: {stats: {port: 81, protocol: UDP}}, health: {http: /x, port: stats}",
        "health.port",
        "stats is a UDP port, which no probe can ask; name a TCP port, or choose a command",
    ),
    ("port: 80, protocol: grpc, health: http", "health", f"grpc is spoken on the main port, {NO_GET}"),
    ("port: 80, protocol: grpc, health: {http: /x}", "health.http", f"grpc is spoken on the main port, {NO_GET}"),
    (
        "port: 80, ports: {a: {port: 81, protocol: grpc}}, health: {http: {readiness: /x}, port: a}",
        "health.http",
        f"grpc is spoken on a, {NO_GET}",
    ),
    (
        "port: 80, protocol: grpc, health: {http: /x, grpc: ''}",
        "health",
        "http and grpc are several ways to ask for one health; choose one of them",
    ),
    ("ports: {a: 81}, health: {command: [x], port: a}", "health.port", "a command asks no port; remove one of the two"),
]


@pytest.mark.parametrize(("entry", "path", "error"), ENTRIES)
def test_a_wrong_port_or_health_is_told_once(tmp_path: Path, entry: str, path: str, error: str) -> None:
    catalogue = f"{CATALOGUE}  more: {{tier: back, {entry}}}\n"
    line = catalogue.count("\n")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:{line}: services.more.{path}: {error}"]


def test_all_that_is_wrong_with_ports_is_told_at_once(tmp_path: Path) -> None:
    entry = "{tier: back, port: 80, ports: {zero: 0, http: 81, same: 80}, health: {http: x, port: none}}"
    assert errors(tmp_path, catalogue=f"{CATALOGUE}  more: {entry}\n") == [
        f"catalogue.yaml:25: services.more.health.http: 'x' is not allowed; {URL_PATH}",
        "catalogue.yaml:25: services.more.health.port: more has no port `none` among its `ports`; allowed: zero, http, same",
        "catalogue.yaml:25: services.more.ports.http: the main port has the name http; choose another name",
        f"catalogue.yaml:25: services.more.ports.same: 80 is {OF_MAIN}; {OWN_NUMBER}",
        f"catalogue.yaml:25: services.more.ports.zero: 0 is not allowed; {NUMBER}",
    ]


def test_a_number_may_be_used_once_over_tcp_and_once_over_udp(tmp_path: Path) -> None:
    entry = "{tier: back, port: 53, protocol: tcp, ports: {dns: {port: 53, protocol: UDP}}}"
    assert errors(tmp_path, catalogue=f"{CATALOGUE}  more: {entry}\n") == []


@pytest.mark.parametrize(
    "entry",
    [
        "port: 80, protocol: grpc, ports: {a: {port: 81, protocol: http}}, health: {http: /x, port: a}",
        "port: 80, protocol: grpc, ports: {a: 81}, health: {http: /x, port: a}",
        "port: 80, ports: {a: {port: 81, protocol: grpc}}, health: {http: /x}",
        "port: 80, ports: {a: {port: 81, protocol: grpc}}, health: {port: a}",
        "port: 80, protocol: grpc, health: tcp",
        "port: 80, protocol: http, health: grpc",  # servers of gRPC that answer requests too
    ],
)
def test_health_is_asked_where_it_can_be_answered(tmp_path: Path, entry: str) -> None:
    assert errors(tmp_path, catalogue=f"{CATALOGUE}  more: {{tier: back, {entry}}}\n") == []


# (the entry of a service, what values say of it, the error)
WITHOUT_EFFECT = [
    (
        "port: 80, protocol: grpc",
        "probes: {readinessPath: /x}",
        "probes.readinessPath: is not allowed, as more has a health by grpc; remove it",
    ),
    (
        "health: {command: [x]}",
        "probes: {livenessPath: /health/live}",
        "probes.livenessPath: is not allowed, as more has a health by command; remove it",
    ),
    ("port: 80, health: none", "probes: {startup: {failureThreshold: 9}}", f"probes.startup.failureThreshold: {NO_HEALTH}"),
    ("port: 80, health: none", "probes: {readinessPath: /x}", f"probes.readinessPath: {NO_HEALTH}"),
    (
        "health: none",
        "shutdown: {preStopSeconds: 9}",
        "shutdown.preStopSeconds: is not allowed, as more has no port; remove it",
    ),
]


@pytest.mark.parametrize(("entry", "values", "error"), WITHOUT_EFFECT)
def test_a_value_of_a_service_that_has_no_effect_is_refused(tmp_path: Path, entry: str, values: str, error: str) -> None:
    catalogue = f"{CATALOGUE}  more: {{tier: back, {entry}}}\n"
    overlays = {"shop.yaml": f"services: {{more: {{{values}}}}}"}
    assert errors(tmp_path, catalogue=catalogue, overlays=overlays) == [f"shop.yaml:1: services.more.{error}"]
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": f"defaults: {{{values}}}"}) == []
