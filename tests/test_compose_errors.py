"""What is refused of `compose` in the catalogue, with the whole message."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors
from tierwright.model.compose import CONTEXT

FOLDER = "allowed: a folder of the project, such as ./server"
NAME = "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
TIME = "allowed: a duration such as 30s, 15m, 1h"
OTHER_NAME = "choose another name"
# (the entry of a service, the path of the error in its `compose`, the error)
OF_A_SERVICE = [
    ("port: 80, compose: {aliases: [store]}", "aliases[0]", f"store leads to store already; {OTHER_NAME}"),
    ("port: 80, compose: {aliases: [main, postgres]}", "aliases[1]", f"postgres leads to postgres already; {OTHER_NAME}"),
    ("port: 80, compose: {aliases: [more]}", "aliases[0]", "others reach more by its own name anyway; remove it"),
    ("port: 80, compose: {aliases: [a, b, a]}", "aliases[2]", "`a` is listed twice; name each once"),
    (
        "port: 80, compose: {aliases: [localhost]}",
        "aliases[0]",
        f"localhost leads to each container itself already; {OTHER_NAME}",
    ),
    ("port: 80, compose: {aliases: [Main]}", "aliases[0]", f"'Main' is not allowed; {NAME}"),
    ("port: 80, compose: {aliases: [shop.example]}", "aliases[0]", f"'shop.example' is not allowed; {NAME}"),
    ("compose: {aliases: [main]}", "aliases", "more has no port, so nobody can connect to it; remove them"),
    ("schedule: '@daily', compose: {aliases: [main]}", "aliases", "more has no port, so nobody can connect to it; remove them"),
    (
        "port: 80, image: {of: web}, compose: {context: ./more}",
        "context",
        "more runs the image of web, so none is built for it; remove it",
    ),
    ("port: 80, compose: {context: /srv/more}", "context", f"'/srv/more' is not allowed; {FOLDER}"),
    ("port: 80, compose: {context: ../more}", "context", f"'../more' is not allowed; {FOLDER}"),
    ("port: 80, compose: {context: ./a/../..}", "context", f"'./a/../..' is not allowed; {FOLDER}"),
    ("port: 80, compose: {context: github.com/more}", "context", f"'github.com/more' is not allowed; {FOLDER}"),
    (
        "port: 80, protocol: grpc, compose: {healthTool: curl}",
        "healthTool",
        "the health of more is grpc, so nobody asks for it by HTTP; remove it",
    ),
    (
        "port: 80, health: {command: [check]}, compose: {healthTool: wget}",
        "healthTool",
        "the health of more is command, so nobody asks for it by HTTP; remove it",
    ),
    ("compose: {healthTool: curl}", "healthTool", "more has no health that could be asked for; remove it"),
    ("run: once, compose: {healthTool: curl}", "healthTool", "more has no health that could be asked for; remove it"),
    ("port: 80, compose: {healthTool: nc}", "healthTool", "'nc' is not allowed; allowed: curl, wget"),
    ("port: 80, compose: {alias: [x]}", "alias", "unknown key; did you mean aliases? allowed: context, aliases, healthTool, shell"),
]


@pytest.mark.parametrize(("entry", "path", "error"), OF_A_SERVICE)
def test_what_is_wrong_for_a_service_is_told_once(tmp_path: Path, entry: str, path: str, error: str) -> None:
    catalogue = f"{CATALOGUE}  more: {{tier: back, {entry}}}\n"
    line = catalogue.count("\n")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:{line}: services.more.compose.{path}: {error}"]


def test_an_alias_leads_to_one_service_alone(tmp_path: Path) -> None:
    services = "".join(f"  {name}: {{tier: back, port: 80, compose: {{aliases: [main, {name}-too]}}}}\n" for name in ("a", "b"))
    assert errors(tmp_path, catalogue=CATALOGUE + services) == [
        f"catalogue.yaml:26: services.b.compose.aliases[0]: main leads to a already; {OTHER_NAME}"
    ]


# (the section of the catalogue, the path of the error in it, the error)
OF_THE_PLATFORM = [
    ("network: my_network", "network", f"'my_network' is not allowed; {NAME}"),
    ("network: 1st", "network", f"'1st' is not allowed; {NAME}"),
    ("contexts: containers", "contexts", f"'containers' is not allowed; {FOLDER}"),
    ("contexts: ./containers/", "contexts", f"'./containers/' is not allowed; {FOLDER}"),
    ("healthTool: bash", "healthTool", "'bash' is not allowed; allowed: curl, wget"),
    ("healthCheck: {interval: 30}", "healthCheck.interval", f"30 is not allowed; {TIME}, so put it in quotes"),
    ("healthCheck: {retries: 0}", "healthCheck.retries", "0 is not allowed; allowed: a whole number from 1 to 1000"),
    (
        "healthCheck: {start: 1s}",
        "healthCheck.start",
        "unknown key; did you mean startPeriod? allowed: interval, timeout, retries, startPeriod, startInterval",
    ),
]


@pytest.mark.parametrize(("section", "path", "error"), OF_THE_PLATFORM)
def test_what_is_wrong_for_the_platform_is_told(tmp_path: Path, section: str, path: str, error: str) -> None:
    catalogue = f"{CATALOGUE}compose: {{{section}}}\n"
    line = catalogue.count("\n")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:{line}: compose.{path}: {error}"]


def test_what_is_of_use_is_accepted(tmp_path: Path) -> None:
    """The tool of the platform is for those of its services that are asked by HTTP; a folder may be the project itself."""
    section = "compose: {network: default, contexts: ., healthTool: wget, healthCheck: {startPeriod: 2m}}\n"
    entries = [
        "port: 80, protocol: grpc, compose: {context: ., aliases: [main-app]}",
        "port: 81, health: {http: /x}, compose: {context: ./a/b.c, healthTool: curl}",
        "ports: {admin: 82}, compose: {aliases: [admin]}",
        "schedule: '@daily', compose: {context: ./jobs}",
        "port: 83, image: {of: s0}, compose: {aliases: [again]}",
    ]
    services = "".join(f"  s{number}: {{tier: back, {entry}}}\n" for number, entry in enumerate(entries))
    assert errors(tmp_path, catalogue=CATALOGUE + services + section) == []


def test_an_image_that_the_values_take_from_elsewhere_may_have_a_folder_too(tmp_path: Path) -> None:
    """An environment may do so where another one builds it."""
    catalogue = CATALOGUE.replace("port: 3001", "port: 3001\n    compose: {context: ./store}")
    overlays = {"demo.yaml": "services: {store: {image: {repository: busybox, tag: '1'}}}\n"}
    assert errors(tmp_path, catalogue=catalogue, overlays=overlays) == []


def test_a_wrong_service_hides_nothing_of_the_others(tmp_path: Path) -> None:
    services = "  a: {tier: back, port: 80, compose: {aliases: [store]}}\n  b: {tier: back, port: 81, compose: {aliases: 5}}\n"
    assert errors(tmp_path, catalogue=CATALOGUE + services) == [
        f"catalogue.yaml:25: services.a.compose.aliases[0]: store leads to store already; {OTHER_NAME}",
        "catalogue.yaml:26: services.b.compose.aliases: 5 is not allowed; allowed: a list",
    ]


def test_a_long_wrong_folder_is_refused_at_once() -> None:
    began = time.process_time()
    assert re.search(CONTEXT, f"./{'a' * 10_000}!") is None
    assert time.process_time() - began < 1
