"""Backups of RabbitMQ: what is exported, by whom and from where, and what is refused."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, every_container, render, render_with, yaml_files
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, swarm

DOMAIN = "rabbitmq-nodes.castiel.svc.cluster.local"
BACKUP = {"enabled": True, "repository": {"claim": "own"}}


@cache
def backed_up(topology: str = "single") -> Rendered:
    return render_with({"rabbitmq": {"topology": topology, "backup": BACKUP}})


def pod() -> Object:
    job = backed_up().get("CronJob", "rabbitmq-backup")["spec"]["jobTemplate"]
    spec: Object = job["spec"]["template"]["spec"]
    return spec


def container(name: str, topology: str = "single") -> Object:
    job = backed_up(topology).get("CronJob", "rabbitmq-backup")["spec"]["jobTemplate"]
    (found,) = [one for one in every_container(job["spec"]["template"]) if one["name"] == name]
    return found


def variables(of: Object) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in of["env"]}


def test_switched_off_it_leaves_no_trace() -> None:
    assert "rabbitmq-backup" not in "".join(text for name, text in render().files.items() if name.endswith(".yaml"))


def test_rabbitmq_exports_and_rclone_stores_one_after_the_other() -> None:
    spec = backed_up().get("CronJob", "rabbitmq-backup")["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("30 1 * * *", "Etc/UTC", "Forbid")
    assert spec["suspend"] is False
    assert [one["name"] for one in pod()["initContainers"]] == ["take"]
    assert [one["name"] for one in pod()["containers"]] == ["store"]
    assert (container("take")["image"], container("store")["image"]) == ("rabbitmq:3-management", "rclone/rclone:1.69.3")
    assert variables(container("store"))["TARGET"] == "place:/repository/castiel/rabbitmq"


def test_the_one_that_asks_the_nodes_has_their_cookie_and_a_name_in_their_domain() -> None:
    assert pod()["subdomain"] == "rabbitmq-nodes"
    cookie = {"name": "erlang-cookie", "mountPath": "/run/erlang-cookie", "readOnly": True}
    assert cookie in container("take")["volumeMounts"]
    assert cookie not in container("store")["volumeMounts"]
    told = {"NAME": "rabbitmq", "DOMAIN": DOMAIN, "MEMBERS": "1", "RABBITMQ_USE_LONGNAME": "true"}
    assert variables(container("take")) == {"HOME": "/tmp", **told}  # noqa: S108 - the pod's
    assert variables(container("take", "cluster"))["MEMBERS"] == "3"


def test_it_reaches_the_nodes_where_they_reach_one_another_and_nobody_else_does() -> None:
    parties = enumerate(("rabbitmq-backup", "rabbitmq", "api-gateway"))
    backup, server, client = (
        Party(name, f"10.244.8.{number}", "castiel", {"app.kubernetes.io/name": name}) for number, name in parties
    )
    ports = (5672, 4369, 25672, 15672)
    for rendered, opened in ((backed_up(), {4369, 25672}), (render(), set())):
        policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
        assert {port for port in ports if policies.enters(backup, server, port)} == opened
        assert {port for port in ports if policies.enters(client, server, port)} == {5672}
    policies = Policies(backed_up().kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    assert {port for port in ports if policies.allows(backup, server, port)} == {4369, 25672}
    assert not policies.leaves(backup, Party("s3", "203.0.113.7"), 443)


# What the real one prints: the definitions, and then the value of what it was asked to evaluate.
ANSWER = '{"policies":[],"vhosts":[{"name":"/","limits":[]}]}'
RABBITMQCTL = """\
echo "$3" >> "$LOG"
[ "$3" = "$UP" ] || { echo "Error: unable to perform an operation on node '$3'" >&2; exit 69; }
stat -c %a "$HOME/.erlang.cookie" >> "$LOG"
printf '%s\\nok\\n' "$ANSWER"
"""


def taken(folder: Path, *, up: str, answer: str = ANSWER) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """How the script ends, with a node that answers, and what it has asked."""
    programs, script = folder / "bin", folder / "take.sh"
    programs.mkdir()
    (programs / "rabbitmqctl").write_text(f"#!/bin/sh\n{RABBITMQCTL}")
    (programs / "rabbitmqctl").chmod(stat.S_IRWXU)
    (folder / "erlang-cookie").write_text("cookie")
    (folder / "erlang-cookie").chmod(0o440)
    text = backed_up().get("ConfigMap", "rabbitmq-backup-config")["data"]["take.sh"]
    for path, place in {"/tmp/": f"{folder}/", "/run/erlang-cookie/": f"{folder}/"}.items():  # noqa: S108 - the pod's
        text = text.replace(path, place)
    script.write_text(text)
    told = {**variables(container("take", "cluster")), "HOME": str(folder), "DOMAIN": "nodes"}
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "LOG": str(folder / "log"), "UP": up, "ANSWER": answer}
    done = subprocess.run(["sh", script], check=False, capture_output=True, text=True, env={**told, **own}, timeout=30)
    return done, (folder / "log").read_text().splitlines()


def test_the_first_node_that_answers_gives_the_definitions(tmp_path: Path) -> None:
    done, asked = taken(tmp_path, up="rabbit@rabbitmq-1.nodes")
    assert done.returncode == 0, done.stderr
    assert asked == ["rabbit@rabbitmq-0.nodes", "rabbit@rabbitmq-1.nodes", "400"]
    (file,) = (tmp_path / "snapshot").glob("[0-9]*T[0-9]*Z/*")
    assert file.name == "definitions.json"
    assert json.loads(file.read_text()) == json.loads(ANSWER)
    assert done.stdout == "exported by rabbit@rabbitmq-1.nodes\n"


def test_nothing_that_is_secret_is_asked_for() -> None:
    script = backed_up().get("ConfigMap", "rabbitmq-backup-config")["data"]["take.sh"]
    assert "maps:without([users, parameters, global_parameters], rabbit_definitions:all_definitions())" in script


def test_without_a_node_that_answers_it_fails(tmp_path: Path) -> None:
    done, asked = taken(tmp_path, up="nobody")
    assert (done.returncode, asked) == (1, [f"rabbit@rabbitmq-{number}.nodes" for number in range(3)])
    assert done.stderr.splitlines()[-1] == "error: no node of rabbitmq answers"


def test_what_are_no_definitions_is_not_kept(tmp_path: Path) -> None:
    done, _ = taken(tmp_path, up="rabbit@rabbitmq-0.nodes", answer="{badrpc,timeout}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: rabbit@rabbitmq-0.nodes gave no definitions: {badrpc,timeout}")


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_says_that_it_makes_none(output: Any, tmp_path: Path) -> None:
    files = yaml_files(output, {"rabbitmq": {"backup": BACKUP}}, tmp_path)
    said = "# - rabbitmq has no backup of its definitions, and has one on a cluster\n"
    assert any(said in text for text in files.values())


QUEUE = "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\n"
WITH_QUEUE = CATALOGUE.replace("secrets:\n", f"{QUEUE}secrets:\n")
NOWHERE = (
    "the backup has no place to write to; name a bucket in dataServices.queue.backup.repository.s3, or a volume in "
    "dataServices.queue.backup.repository.claim"
)
REFUSED = [
    ({"backup": {"enabled": True}}, "backup.enabled", NOWHERE),
    (
        {"backup": {**BACKUP, "schedule": "0 2 30 2 *"}},
        "backup.schedule",
        "'0 2 30 2 *' never comes; choose days that the months have, and no empty field",
    ),
    (
        {"backup": BACKUP, "topology": "external", "external": {"host": "a.example", "cidrs": ["10.0.0.0/8"]}},
        "backup.enabled",
        "queue is external, so it is backed up where it runs; set it to false",
    ),
    (
        {"backup": {**BACKUP, "scratch": "3Gi"}},
        "backup.scratch",
        "scratch 3Gi does not fit into the limit of ephemeral-storage, 256Mi; raise the limit, or lower the size",
    ),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED)
def test_what_cannot_be_is_refused(values: dict[str, Any], path: str, message: str, tmp_path: Path) -> None:
    overlay = json.dumps({"dataServices": {"queue": values}})
    refused = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"own.yaml": overlay})
    assert refused == [f"own.yaml:1: dataServices.queue.{path}: {message}"]


def test_without_persistent_storage_there_are_definitions_too(tmp_path: Path) -> None:
    overlay = json.dumps({"dataServices": {"queue": {"backup": BACKUP, "storage": {"persistent": False}}}})
    assert not errors(tmp_path, catalogue=WITH_QUEUE, overlays={"own.yaml": overlay})
