"""The stack for a Docker Swarm: the same platform as the manifests, where an engine knows no order and has secrets as files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.snapshots import GUESTS
from tests.documents import load
from tests.rendering import CONFIG, ROOT, environment_files
from tests.shop import CATALOGUE
from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.outputs.provenance import marked
from tierwright.outputs.yaml_text import stream

NAMED = "services: {store: {command: [/store]}, web: {command: [/web, --port, '3000']}}"
"""Values that name the whole commands of the shop's services."""


OTHER = "image: 'busybox:1', securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
"""A container with an image of its own."""


@cache
def castiel(environment: str = "development") -> Described:
    return pipeline.described(
        catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml", values=environment_files(environment)
    )


@cache
def guest(name: str) -> Described:
    folder = ROOT / "examples" / name
    return pipeline.described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml")


class Stack:
    """A stack of the files of a platform."""

    def __init__(self, platform: Described) -> None:
        self.platform = platform
        self.files = dict(pipeline.swarm(platform))
        self.text = self.files["swarm/stack.yaml"]
        self.document: dict[str, Any] = load(self.text)
        self.services: dict[str, dict[str, Any]] = self.document["services"]

    @property
    def said(self) -> str:
        """The comment at its top, on one line."""
        lines = (line.removeprefix("#").strip() for line in self.text.splitlines() if line.startswith("#"))
        return " ".join(lines)


@cache
def delivered() -> Stack:
    return Stack(castiel())


def shop(folder: Path, *, catalogue: str = CATALOGUE, overlay: str = NAMED) -> Stack:
    (folder / "catalogue.yaml").write_text(catalogue)
    (folder / "overlay.yaml").write_text(overlay)
    return Stack(pipeline.described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]))


def lines(service: Mapping[str, Any]) -> list[str]:
    """The lines of shell before the program of a service."""
    assert service["entrypoint"] == ["sh", "-ec"]
    return str(service["command"][0]).splitlines()


def run(service: Mapping[str, Any], secrets: Mapping[str, str], folder: Path, *, command: str) -> str:
    """What a command of a shell prints in place of the program, behind the lines of a service."""
    return run_program(service, secrets, folder, program=["sh", "-c", command])


def run_program(service: Mapping[str, Any], secrets: Mapping[str, str], folder: Path, *, program: Sequence[str]) -> str:
    """What another program prints in place of that of a service, behind its lines, where nothing is to be waited for."""
    for name, content in secrets.items():
        (folder / name).write_text(content)
    script = str(service["command"][0]).replace("$$", "$").replace("/run/secrets", str(folder))
    script = "".join(line for line in script.splitlines(keepends=True) if not line.startswith((". ", "wait_for")))
    ended = subprocess.run(
        ["sh", "-ec", script, "name", *program],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return ended.stdout


def test_castiels_files_are_what_was_last_read_and_accepted() -> None:
    for path, text in delivered().files.items():
        assert marked(path, text) == (ROOT / "dist" / path).read_text(), "run `make snapshots` and read the diff"


def test_castiel_has_its_24_services_and_nothing_around_them() -> None:
    catalogue = castiel().platform.catalogue
    assert set(delivered().services) == {*catalogue.services, *catalogue.data_services}


KNOWN = {
    *(
        "dns",
        "dns_search",
        "sysctls",
        "stdin_open",
        "tty",
        "image",
        "entrypoint",
        "command",
        "working_dir",
        "user",
        "environment",
        "read_only",
        "cap_drop",
        "cap_add",
        "init",
    ),
    *(
        "configs",
        "secrets",
        "volumes",
        "hostname",
        "extra_hosts",
        "ports",
        "healthcheck",
        "stop_grace_period",
        "deploy",
        "networks",
    ),
}
"""Fields that `docker stack deploy` takes without a warning and puts in force."""


def every_service() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, platform in {
        **{one: guest(one) for one in GUESTS},
        "castiel": castiel(),
        "production": castiel("production"),
    }.items():
        for service, entry in Stack(platform).services.items():
            yield f"{name}/{service}", entry


def test_no_service_has_a_field_that_a_swarm_ignores_or_refuses() -> None:
    for name, one in every_service():
        assert not one.keys() - KNOWN, name
        for volume in one.get("volumes", []):
            if not isinstance(volume, str) and volume["type"] == "tmpfs":
                assert type(volume.get("tmpfs", {}).get("size", 0)) is int, name
        for port in one.get("ports", []):
            assert port.count(":") == 1, f"{name}: a Swarm opens a port on every address"


def test_the_document_asks_for_three_tasks_of_the_ai_service_and_for_its_limits_and_reservations() -> None:
    deploy = Stack(castiel("production")).services["ai-service"]["deploy"]
    assert deploy["replicas"] == 3
    assert deploy["resources"] == {"limits": {"cpus": "2", "memory": "2g"}, "reservations": {"cpus": "1", "memory": "1g"}}


def test_services_are_replaced_by_new_tasks_first_and_data_services_by_the_end_of_the_old_one() -> None:
    catalogue = castiel().platform.catalogue
    for name, one in delivered().services.items():
        update = one["deploy"]["update_config"]
        order = "stop-first" if name in catalogue.data_services else "start-first"
        assert update == {"parallelism": 1, "order": order, "monitor": "30s", "failure_action": "rollback"}, name
        assert one["deploy"]["rollback_config"] == {"parallelism": 1, "order": order, "monitor": "30s"}, name
        assert one["deploy"]["restart_policy"] == {"condition": "any", "delay": "5s"}, name


def test_a_singleton_and_what_has_storage_are_never_there_twice(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3001", "port: 3001\n    singleton: true").replace(
        "port: 3000", "port: 3000\n    storage: {uploads: /uploads}"
    )
    services = shop(tmp_path, catalogue=catalogue, overlay="services: {web: {replicas: 1}}").services
    assert services["store"]["deploy"]["update_config"]["order"] == "stop-first"
    assert services["web"]["deploy"]["update_config"]["order"] == "stop-first"


def test_what_has_a_volume_runs_where_the_volumes_are(tmp_path: Path) -> None:
    placed = {name for name, one in delivered().services.items() if "placement" in one["deploy"]}
    assert placed == set(castiel().platform.catalogue.data_services)
    assert delivered().services["postgres"]["deploy"]["placement"] == {"constraints": ["node.labels.castiel.data == true"]}
    stored = shop(tmp_path, catalogue=CATALOGUE.replace("port: 3000", "port: 3000\n    storage: {uploads: /uploads}")).services
    for name in ("web", "web-volumes", "postgres"):
        assert stored[name]["deploy"]["placement"] == {"constraints": ["node.labels.shop.data == true"]}, name
    assert "placement" not in stored["store"]["deploy"]


def test_a_volume_is_given_to_the_user_of_its_program_which_waits_for_that(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3000", "port: 3000\n    storage: {uploads: /uploads}")
    services = shop(tmp_path, catalogue=catalogue).services
    assert services["web-volumes"]["entrypoint"] == ["sh", "-c", "chown 1000:1000 /volumes/1 && chmod 2775 /volumes/1"]
    assert services["web-volumes"]["deploy"]["restart_policy"]["condition"] == "on-failure"
    assert "wait_to_write /uploads" in lines(services["web"])


@pytest.mark.parametrize("order", ["tiers", "graph"])
def test_a_program_whose_command_is_known_waits_for_exactly_what_the_gates_of_its_pods_wait_for(order: str, tmp_path: Path) -> None:
    services = castiel().platform.catalogue.services
    overlay = {"startup": {"order": order, "tierPatience": 300}, "services": {name: {"command": ["/app"]} for name in services}}
    (tmp_path / "overlay.yaml").write_text(stream([overlay]))
    platform = pipeline.described(
        catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml", values=[tmp_path / "overlay.yaml"]
    )
    blueprint = platform.blueprint
    ports = {
        **{name: one.port for name, one in services.items()},
        **{name: blueprint.own_port(name) for name in blueprint.data_services},
    }
    for name, one in Stack(platform).services.items():
        said = [line.split() for line in lines(one) if line.startswith("wait_for")]
        asked = {seconds: addresses for _, seconds, *addresses in said}
        waits = platform.platform.graph.waits(name)
        assert asked.get("0", []) == [f"{wait.target}:{ports[wait.target]}" for wait in waits if wait.needed], name
        assert asked.get("300", []) == [f"{wait.target}:{ports[wait.target]}" for wait in waits if not wait.needed], name


def test_a_further_port_that_is_needed_is_asked_and_a_data_service_outside_too(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3001", "port: 3001\n    ports: {admin: 3005}").replace(
        "needs: [postgres, store]", "needs: [postgres, 'store:admin']"
    )
    outside = (
        f"{NAMED}\npostgres: {{topology: external, external: {{host: db.example, port: 5433, tls: false, cidrs: [10.20.0.0/24]}}}}"
    )
    assert lines(shop(tmp_path, catalogue=catalogue, overlay=outside).services["web"])[:2] == [
        ". /tierwright/start.sh",
        "wait_for 0 db.example:5433 store:3005",
    ]


def test_failures_of_health_do_not_count_while_a_program_waits_and_it_is_asked_less_often(tmp_path: Path) -> None:
    stack = shop(tmp_path, catalogue=CATALOGUE + "compose: {healthTool: curl}\n")
    assert stack.services["web"]["healthcheck"] == {
        "test": ["CMD", "curl", "-fsS", "-o", "/dev/null", "http://localhost:3000/health/ready"],
        "interval": "30s",
        "timeout": "10s",
        "retries": 3,
        "start_period": "3600s",
        "start_interval": "3s",
    }
    postgres = stack.services["postgres"]["healthcheck"]
    assert (postgres["start_period"], postgres["start_interval"]) == ("40s", "1s")


def test_variables_whose_names_no_shell_can_set_reach_the_program_and_its_health_check(tmp_path: Path) -> None:
    own = "environment: {discovery.type: it's one, plain: b}\n    health: {command: [sh, -c, 'test -n \"$API_KEY\"']}"
    web = shop(tmp_path, catalogue=CATALOGUE.replace("environment: {GREETING: hello}", own)).services["web"]
    assert (web["environment"]["discovery.type"], web["environment"]["plain"]) == ("it's one", "b")
    secrets = {"DB_PASSWORD": "secret", "API_KEY": "key"}
    assert "discovery.type=it's one\n" in run_program(web, secrets, tmp_path, program=["env"])
    script = web["healthcheck"]["test"][3].replace("$$", "$")
    assert script.endswith("exec env discovery.type='it'\"'\"'s one' \"$@\"\n")


def test_secrets_in_variables_whose_names_no_shell_can_set_reach_the_program_and_its_health_check(tmp_path: Path) -> None:
    own = "environment: {spring.password: 'is $(API_KEY)'}\n    health: {command: [env]}"
    stack = shop(tmp_path, catalogue=CATALOGUE.replace("environment: {GREETING: hello}", own))
    web = stack.services["web"]
    assert any(line.startswith("wait_for 0 postgres:5432 store:3001") for line in lines(web))
    assert web["environment"].keys() == {"PORT", "SERVICE_NAME", "STORE_SERVICE_URL"}
    secrets = {"DB_PASSWORD": "secret", "API_KEY": "it's one"}
    assert "spring.password=is it's one\n" in run_program(web, secrets, tmp_path, program=["env"])
    script = web["healthcheck"]["test"][3].replace("$$", "$").replace("/run/secrets", str(tmp_path))
    asked = subprocess.run(["sh", "-ec", script, "health", "env"], capture_output=True, text=True, check=True, timeout=30)
    assert "spring.password=is it's one\n" in asked.stdout
    assert "these start at once" not in stack.said


def test_of_variables_that_nobody_sets_only_those_that_no_shell_can_set_are_empty(tmp_path: Path) -> None:
    source = "valueFrom: {secretKeyRef: {name: other, key: word, optional: true}}"
    extra = f"extraEnv: [{{name: spring.password, {source}}}, {{name: WORD, {source}}}]"
    stack = shop(tmp_path, overlay=NAMED.replace("'3000']", f"'3000'], {extra}"))
    assert "web: the variable spring.password, which is empty where nobody sets it" in stack.said
    assert "the variable WORD" not in stack.said


def test_secrets_are_files_that_the_program_finds_as_variables(tmp_path: Path) -> None:
    web = shop(tmp_path).services["web"]
    assert web["secrets"] == ["DB_PASSWORD", "API_KEY"]
    assert not {"DB_PASSWORD", "DATABASE_URL", "API_KEY"} & web["environment"].keys()
    secrets = {"DB_PASSWORD": 'it\'s $(a) "secret"\\', "API_KEY": "two words"}
    printed = run(web, secrets, tmp_path, command='echo "$DATABASE_URL"; echo "$API_KEY"; echo "$DB_PASSWORD"')
    url, *others = printed.splitlines()
    assert url.startswith('postgresql://shop:it\'s $(a) "secret"\\@postgres:5432/shop')
    assert others == ["two words", 'it\'s $(a) "secret"\\']


def test_a_secret_that_may_be_missing_is_no_variable_where_it_is_empty(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("keys: [API_KEY]", "keys: [API_KEY], optional: true")
    web = shop(tmp_path, catalogue=catalogue).services["web"]
    said = 'echo "${API_KEY-none}"'
    assert run(web, {"DB_PASSWORD": "x", "API_KEY": "\n"}, tmp_path, command=said) == "none\n"
    assert run(web, {"DB_PASSWORD": "x", "API_KEY": "key"}, tmp_path, command=said) == "key\n"


def test_the_stack_has_no_secret_and_names_a_version_of_each(tmp_path: Path) -> None:
    stack = shop(tmp_path)
    assert stack.document["secrets"]["DB_PASSWORD"] == {
        "external": True,
        "name": "shop_DB_PASSWORD_${SECRETS_VERSION:-1}",
    }
    assert "${DB_PASSWORD" not in stack.text


def test_words_with_secrets_are_filled_in_before_the_program_starts(tmp_path: Path) -> None:
    overlay = "services: {web: {command: [printf, '%s|'], args: [--key=$(API_KEY), plain, '']}}"
    web = shop(tmp_path, overlay=overlay).services["web"]
    assert len(web["command"]) == 2  # the lines and a name
    assert run(web, {"DB_PASSWORD": "x", "API_KEY": "a b"}, tmp_path, command="") == "--key=a b|plain||"


def test_a_command_that_asks_health_has_the_variables_of_its_program_too() -> None:
    test = delivered().services["redis"]["healthcheck"]["test"]
    assert test[:3] == ["CMD", "sh", "-ec"]
    assert test[3].startswith('REDISCLI_AUTH="$$(cat /run/secrets/REDIS_PASSWORD)"\n')
    assert test[5:] == ["sh", "-c", '[ "$$(redis-cli -h 127.0.0.1 -p 6379 ping)" = PONG ]']


def test_where_the_command_is_not_known_secrets_are_variables_and_the_file_says_what_that_means() -> None:
    gateway = delivered().services["api-gateway"]
    assert "entrypoint" not in gateway
    assert gateway["environment"]["DB_PASSWORD"] == "${DB_PASSWORD:?run deploy.sh}"  # noqa: S105
    assert gateway["environment"]["GOOGLE_CLIENT_ID"] is None
    assert "these start at once, are started again until what they need is there" in delivered().said
    assert "as `command` in the catalogue or the values they would be: notification-manager, secret-management" in delivered().said


def test_an_image_without_a_shell_starts_by_itself(tmp_path: Path) -> None:
    stack = shop(tmp_path, catalogue=CATALOGUE.replace("port: 3000", "port: 3000\n    compose: {shell: false}"))
    assert stack.services["web"]["entrypoint"] == ["/web", "--port", "3000"]
    assert stack.services["web"]["environment"]["API_KEY"] == "${API_KEY:?run deploy.sh}"
    assert "because their images have no shell, as `compose.shell` in the catalogue says: web " in f"{stack.said} "
    assert "whole commands of their images are not known" not in stack.said


def test_a_step_of_an_image_without_a_shell_starts_by_itself_too(tmp_path: Path) -> None:
    own = "port: 3000\n    prepare: [[/migrate]]\n    compose: {shell: false}"
    step = shop(tmp_path, catalogue=CATALOGUE.replace("port: 3000", own)).services["web-prepare-1"]
    assert step["entrypoint"] == ["/migrate"]
    assert step["environment"]["API_KEY"] == "${API_KEY:?run deploy.sh}"


def test_files_are_configs_whose_names_tell_their_content(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3000", "port: 3000\n    files: {/etc/web/motd: {source: motd, executable: true}}")
    names = []
    for content in ("hello\n", "goodbye\n"):
        (tmp_path / "motd").write_text(content)
        stack = shop(tmp_path, catalogue=catalogue)
        (entry,) = [one for one in stack.services["web"]["configs"] if one["target"] == "/etc/web/motd"]
        assert entry["mode"] == 0o555
        assert stack.document["configs"][entry["source"]] == {"file": f"./files/{entry['source']}"}
        path = f"swarm/files/{entry['source']}"
        assert stack.files[path] == content
        assert marked(path, content) == content, "the program reads nothing else"
        names.append(entry["source"])
    assert len(set(names)) == 2


def test_the_gateway_is_published_by_every_node_and_also_called_as_in_the_document() -> None:
    assert {name: one["ports"] for name, one in delivered().services.items() if "ports" in one} == {"api-gateway": ["3000:3000"]}
    assert delivered().services["api-gateway"]["networks"] == {"coder-network": {"aliases": ["main-app"]}}
    assert delivered().document["networks"] == {"coder-network": {"driver": "overlay", "attachable": True}}


def test_data_services_are_not_opened_to_developers_because_a_swarm_would_open_them_to_all(tmp_path: Path) -> None:
    stack = shop(tmp_path, overlay="postgres: {developerAccess: {enabled: true, cidrs: [10.0.0.0/8]}}")
    assert "ports" not in stack.services["postgres"]
    assert "postgres is not opened to developers: a Swarm would open port 5432 on every address of every node" in stack.said


def test_rabbitmq_knows_its_own_long_name_before_it_is_healthy() -> None:
    rabbitmq = delivered().services["rabbitmq"]
    assert rabbitmq["hostname"] == "rabbitmq-0"
    assert rabbitmq["extra_hosts"] == ["rabbitmq-0.rabbitmq-nodes.castiel.svc.cluster.local:127.0.0.1"]


def test_steps_of_the_same_image_run_between_the_waiting_and_the_program_in_its_container(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3000", "port: 3000\n    prepare: [[migrate, 'a b'], [seed]]")
    web = shop(tmp_path, catalogue=catalogue).services["web"]
    assert lines(web)[-3:] == ["migrate 'a b'", "seed", 'exec "$$@"']
    assert {"type": "tmpfs", "target": "/tmp", "tmpfs": {"size": 1 << 30}} in web["volumes"]  # noqa: S108
    assert "placement" not in web["deploy"]


def test_steps_that_the_container_of_the_program_cannot_run_are_services_of_their_own(tmp_path: Path) -> None:
    overlay = f"services: {{web: {{command: [/web], initContainers: [{{name: fill, command: [fill], {OTHER}}}]}}}}"
    stack = shop(tmp_path, overlay=overlay)
    fill = stack.services["web-fill"]
    assert fill["command"][2:] == ["fill"]
    assert fill["deploy"]["restart_policy"] == {"condition": "on-failure", "delay": "5s"}
    assert "web does not wait for its step fill, which has another container than its program" in stack.said


def test_what_runs_once_is_tried_as_often_as_on_a_cluster_and_what_runs_at_times_waits_for_somebody_to_start_it(
    tmp_path: Path,
) -> None:
    overlay = f"""
services:
  once: {{job: {{backoffLimit: 4}}}}
  nightly: {{job: {{backoffLimit: 0}}, initContainers: [{{name: fill, {OTHER}}}]}}
"""
    catalogue = CATALOGUE + "  once: {tier: back, run: once}\n  nightly: {tier: back, schedule: '0 3 * * *'}\n"
    stack = shop(tmp_path, catalogue=catalogue, overlay=overlay)
    assert stack.services["once"]["deploy"]["restart_policy"] == {"condition": "on-failure", "delay": "5s", "max_attempts": 4}
    assert stack.services["nightly"]["deploy"]["restart_policy"] == {"condition": "none"}
    assert stack.services["nightly"]["deploy"]["replicas"] == 0
    assert stack.services["nightly-fill"]["deploy"]["replicas"] == 0
    start = "docker service update --force --replicas 1 shop_nightly"
    assert f"nightly runs at `0 3 * * *` on a cluster; here with: {start}" in stack.said


def test_the_file_says_what_a_swarm_does_not_do(tmp_path: Path) -> None:
    overlay = f"""
services:
  store: {{replicas: 2}}
  web:
    sidecars: [{{name: proxy, {OTHER}}}]
    lifecycle: {{preStop: {{exec: {{command: [bye]}}}}}}
"""
    catalogue = CATALOGUE.replace("port: 3001", "port: 3001\n    storage: {rows: /rows}")
    said = shop(tmp_path, catalogue=catalogue, overlay=overlay).said
    for line in (
        "- store has one task in place of 2, because of its volumes",
        "- web runs without its companion proxy",
        "- web: the commands after its start and before its end",
        "- these count as healthy when they run, because their images have no program that could ask them",
    ):
        assert line in said
