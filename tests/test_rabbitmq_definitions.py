"""Users of RabbitMQ and what else must exist in it: written at the start, from Secrets, and loaded before clients come."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendering import CONFIG, Rendered, render, render_with
from tests.shop import CATALOGUE, errors
from tierwright import pipeline
from tierwright.model.names import IN_WORDS, OBJECT_NAME

LIMIT = {"name": "limit", "vhost": "/", "pattern": "^<jobs>", "apply-to": "queues", "definition": {"max-length": 1000000}}
DEFINED = {"policies": [LIMIT], "vhosts": [{"name": "reports", "metadata": {"default_queue_type": "quorum"}}]}
USERS = {"ops": {"secret": "rabbitmq-ops", "tag": "monitoring"}, "shovel": {"secret": "moving", "key": "token"}}
AWKWARD = 'it\'s "the" \\one & $only'


def defined(**rabbitmq: Any) -> Rendered:
    return render_with({"rabbitmq": rabbitmq})


def pod_of(rendered: Rendered) -> dict[str, Any]:
    template: dict[str, Any] = rendered.get("StatefulSet", "rabbitmq")["spec"]["template"]
    return template


def volume(rendered: Rendered, name: str) -> dict[str, Any]:
    (found,) = (one for one in pod_of(rendered)["spec"]["volumes"] if one["name"] == name)
    return dict(found)


def written(rendered: Rendered, folder: Path, passwords: dict[str, str], **variables: str) -> dict[str, Any]:
    """What the start of a node writes down, by the file, before it becomes the server."""
    container = rendered.container("StatefulSet", "rabbitmq")
    places = {"/var/lib/rabbitmq": folder, "/run/definitions": folder / "made", "/run/users": folder, "/etc/definitions": folder}
    script = container["command"][-1]
    for path, place in places.items():
        place.mkdir(exist_ok=True)
        script = script.replace(path, str(place))
    for name, password in passwords.items():
        (folder / name).write_text(password)
    (folder / "definitions.json").write_text(rendered.get("ConfigMap", "rabbitmq-config")["data"].get("definitions.json", ""))
    entry = folder / "docker-entrypoint.sh"
    entry.write_text("#!/bin/sh\n")
    entry.chmod(stat.S_IRWXU)
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    given = {**plain, "RABBITMQ_DEFAULT_PASS": AWKWARD, **variables, "PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", script], env=given, check=True)
    return {file.name: json.loads(file.read_text()) for file in (folder / "made").iterdir()}


def test_the_accounts_are_written_with_the_passwords_as_they_are(tmp_path: Path) -> None:
    """A password is the Secret's, whatever is in it; a line break behind it is no part of it."""
    rendered = defined(users=USERS, vhost="jobs")
    accounts = written(rendered, tmp_path, {"ops": 'a"b\\', "shovel": "c&d|e\n"})["10-accounts.json"]
    assert accounts == {
        "vhosts": [{"name": "jobs"}],
        "users": [
            {"name": "castiel", "tags": "", "password": AWKWARD},
            {"name": "ops", "tags": "monitoring", "password": 'a"b\\'},
            {"name": "shovel", "tags": "", "password": "c&d|e"},
        ],
        "permissions": [{"user": "castiel", "vhost": "jobs", "configure": ".*", "write": ".*", "read": ".*"}],
    }
    mode = (tmp_path / "made" / "10-accounts.json").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IRUSR | stat.S_IWUSR


def test_what_the_values_define_is_loaded_after_the_accounts(tmp_path: Path) -> None:
    rendered = defined(definitions=DEFINED)
    files = written(rendered, tmp_path, {})
    assert sorted(files) == ["10-accounts.json", "20-definitions.json"]
    assert files["20-definitions.json"] == DEFINED
    assert files["10-accounts.json"]["vhosts"] == [{"name": "/"}]
    assert "load_definitions = /run/definitions" in rendered.lines("rabbitmq-config", "castiel.conf")


def test_no_object_has_a_password_and_the_file_with_them_is_in_memory() -> None:
    rendered = defined(users=USERS)
    assert volume(rendered, "definitions")["emptyDir"] == {"medium": "Memory", "sizeLimit": "4Mi"}
    assert volume(rendered, "users")["projected"]["sources"] == [
        {"secret": {"name": "rabbitmq-ops", "items": [{"key": "password", "path": "ops"}]}},
        {"secret": {"name": "moving", "items": [{"key": "token", "path": "shovel"}]}},
    ]
    assert rendered.get("ConfigMap", "rabbitmq-config")["data"].keys() == {"castiel.conf"}


def test_engines_give_the_server_the_passwords_that_its_start_reads(tmp_path: Path) -> None:
    """Without one of these files the shell ends there, and the broker never starts."""
    overlay = tmp_path / "users.yaml"
    overlay.write_text(json.dumps({"rabbitmq": {"users": USERS}}))
    platform = pipeline.described(catalogue=CONFIG / "catalogue.yaml", values=[overlay], own=CONFIG / "values.yaml")
    compose = yaml.safe_load(pipeline.compose(platform)["compose/compose.yaml"])
    mounted = {one["target"]: compose["secrets"][one["source"]] for one in compose["services"]["rabbitmq"]["secrets"]}
    assert mounted == {
        "/run/users/ops": {"environment": "RABBITMQ_OPS_PASSWORD"},
        "/run/users/shovel": {"environment": "MOVING_TOKEN"},
    }
    swarm = yaml.safe_load(pipeline.swarm(platform)["swarm/stack.yaml"])
    files = [one for one in swarm["services"]["rabbitmq"]["secrets"] if isinstance(one, dict)]
    assert {one["target"]: one["source"] for one in files} == {
        "/run/users/ops": "RABBITMQ_OPS_PASSWORD",
        "/run/users/shovel": "MOVING_TOKEN",
    }


def test_other_definitions_restart_the_pods() -> None:
    changed = {"policies": [{**LIMIT, "definition": {"max-length": 5}}]}
    renderings = (defined(), defined(definitions=DEFINED), defined(definitions=changed))
    checksums = {pod_of(rendered)["metadata"]["annotations"]["checksum/config"] for rendered in renderings}
    assert len(checksums) == len(renderings)


def test_one_node_without_any_makes_its_user_itself() -> None:
    pod = pod_of(render())["spec"]
    assert not {"definitions", "users"} & {one["name"] for one in pod["volumes"]}
    assert "accounts" not in pod["containers"][0]["command"][-1]
    assert not [line for line in render().lines("rabbitmq-config", "castiel.conf") if "definitions" in line]


def test_nodes_of_a_cluster_always_have_their_accounts(tmp_path: Path) -> None:
    """A first start that is killed between the virtual host and its user is mended by the next one."""
    rendered = defined(topology="cluster")
    assert "load_definitions = /run/definitions" in rendered.lines("rabbitmq-config", "castiel.conf")
    alone = {"POD_NAME": "rabbitmq-0", "MEMBERS": "1", "RABBITMQ_NODENAME": "rabbit"}  # it waits for nobody
    assert written(rendered, tmp_path, {}, **alone)["10-accounts.json"]["users"] == [
        {"name": "castiel", "tags": "", "password": AWKWARD}
    ]


WITH_QUEUE = CATALOGUE.replace(
    "secrets:\n", "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n"
)
HASHES = "passwords, and hashes of them, would stand in a ConfigMap"
DECIDED = "remove it; dataServices.queue.users and dataServices.queue.definitions decide such things"
# (values, the path of the error below theirs, the message)
REFUSED = [
    (
        {"definitions": {"users": []}},
        "definitions.users",
        f"{HASHES}; remove it; dataServices.queue.users names users and the Secrets with their passwords",
    ),
    (
        {"user": "ops", "users": USERS},
        "users",
        "ops is dataServices.queue.user, the services' own, whose password is that of queue-credentials; choose another name",
    ),
    *(
        ({"definitions": DEFINED, "config": {setting: "x"}}, f"config{place}", f"the platform sets {setting} itself; {DECIDED}")
        for setting, place in (("load_definitions", ".load_definitions"), ("definitions.x", "['definitions.x']"))
    ),
    (
        {"users": {"a": {"secret": "b", "tag": "root"}}},
        "users.a.tag",
        "'root' is not allowed; allowed: administrator, management, monitoring, policymaker",
    ),
    ({"users": {"a": {"tag": "monitoring"}}}, "users.a.secret", f"is missing; allowed: {IN_WORDS[OBJECT_NAME]}"),
    (
        {"users": {"a/b": {"secret": "b"}}},
        "users['a/b']",
        "the key is not allowed; allowed: up to 63 letters, digits, hyphens and underscores, a letter first",
    ),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED, ids=[path for _, path, _ in REFUSED])
def test_what_cannot_be(tmp_path: Path, values: dict[str, Any], path: str, message: str) -> None:
    overlay = json.dumps({"dataServices": {"queue": values}})
    (line,) = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"values.yaml": overlay})
    place, found = line.split(": dataServices.queue.", 1)
    assert place == "values.yaml:1"
    assert found == f"{path}: {message}"
