"""TLS of RabbitMQ: the server speaks nothing else, and its clients get its CA."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import Rendered, render, render_with, yaml_files
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, swarm

TLS = {"tls": {"enabled": True, "secret": "own-tls"}}


@cache
def secure() -> Rendered:
    return render_with({"rabbitmq": TLS})


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = (item for item in items if item["name"] == name)
    return found


def test_the_server_listens_with_tls_alone() -> None:
    lines = secure().lines("rabbitmq-config", "castiel.conf")
    assert {"listeners.tcp = none", "listeners.ssl.default = 5672"} <= set(lines)
    assert "listeners.tcp.default = 5672" not in lines
    assert "ssl_options.keyfile = /etc/rabbitmq-tls/tls.key" in lines
    assert [line for line in lines if "versions" in line] == [
        "ssl_options.versions.1 = tlsv1.3",
        "ssl_options.versions.2 = tlsv1.2",
    ]


def test_the_server_has_the_certificate_for_its_group_to_read() -> None:
    pod = secure().get("StatefulSet", "rabbitmq")["spec"]["template"]["spec"]
    items = [{"key": file, "path": file} for file in ("tls.crt", "tls.key", "ca.crt")]
    assert named(pod["volumes"], "tls")["secret"] == {"secretName": "own-tls", "defaultMode": 0o440, "items": items}
    mount = named(secure().container("StatefulSet", "rabbitmq")["volumeMounts"], "tls")
    assert mount == {"name": "tls", "mountPath": "/etc/rabbitmq-tls", "readOnly": True}


def test_clients_get_the_ca_and_a_url_that_says_tls() -> None:
    url = secure().variables("Deployment", "calendar")["RABBITMQ_URL"]["value"]
    assert url == "amqps://castiel:$(RABBITMQ_PASSWORD)@rabbitmq:5672"
    pod = secure().get("Deployment", "calendar")["spec"]["template"]["spec"]
    only = {"secretName": "own-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert named(pod["volumes"], "rabbitmq-ca")["secret"] == only
    mount = named(secure().container("Deployment", "calendar")["volumeMounts"], "rabbitmq-ca")
    assert mount == {"name": "rabbitmq-ca", "mountPath": "/etc/rabbitmq-ca", "readOnly": True}


def test_switched_off_it_leaves_no_trace() -> None:
    texts = "".join(text for name, text in render().files.items() if name.endswith(".yaml"))
    for word in ("amqps", "ssl_options", "rabbitmq-ca", "rabbitmq-tls"):
        assert word not in texts


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_secrets_of_a_cluster_runs_it_without_tls(output: Any, tmp_path: Path) -> None:
    plain, secured = [yaml_files(output, {"rabbitmq": values}, tmp_path) for values in ({}, TLS)]
    line = "# - rabbitmq has no TLS, and has it on a cluster\n"
    assert any(line in text for text in secured.values())
    assert {path: text.replace(line, "") for path, text in secured.items()} == plain


WITH_QUEUE = CATALOGUE.replace(
    "secrets:\n", "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n"
)
OUTSIDE = {"topology": "external", "external": {"host": "mq.example", "cidrs": ["10.9.0.0/24"]}}
WITHOUT = "dataServices.queue.tls.enabled is on, but dataServices.queue.tls.secret names no certificate"
ELSEWHERE = "queue is external, so it has its certificate where it runs"
# (values, the path of the error below theirs, the message)
REFUSED = [
    (
        {"tls": {"enabled": True}},
        "tls.enabled",
        f"{WITHOUT}; name a Secret of the namespace with tls.crt, tls.key and ca.crt there, such as one that cert-manager makes",
    ),
    (
        {**TLS, **OUTSIDE},
        "tls.enabled",
        f"{ELSEWHERE}; set it to false; dataServices.queue.external.tls says whether to connect with TLS",
    ),
    (
        {**TLS, "config": {"ssl_options.depth": "2"}},
        "config['ssl_options.depth']",
        "the platform sets ssl_options.depth itself; remove it; dataServices.queue.tls decides such things",
    ),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED, ids=["no certificate", "external", "lines"])
def test_what_cannot_be(tmp_path: Path, values: dict[str, Any], path: str, message: str) -> None:
    overlay = json.dumps({"dataServices": {"queue": values}})
    refused = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"values.yaml": overlay})
    assert refused == [f"values.yaml:1: dataServices.queue.{path}: {message}"]
