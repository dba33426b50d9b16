"""Data services that run elsewhere: what has no effect on them is refused, and what is known of them although their URL is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted_text
from tests.rendering import render_catalogue
from tests.shop import errors
from tierwright.pipeline import compose, described, swarm

ASKED = {
    "CA": "[${rabbitmq.caFile}]",
    "SENTINELS": "[${redis.sentinels}] of ${redis.masterName}",
    "NODES": "[${redis.nodes}]",
    "ROOT": "[${postgres.sslrootcert}]",
}
KNOWN = {"CA": "[]", "SENTINELS": "[] of redis", "NODES": "[]", "ROOT": "[]"}
CATALOGUE: dict[str, Any] = {
    "name": "shop",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {
        "postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"},
        "rabbitmq": {"tier": "data", "port": 5672, "urlVariable": "RABBITMQ_URL"},
        "redis": {"tier": "data", "port": 6379, "urlVariable": "REDIS_URL"},
    },
    "services": {
        "web": {"tier": "app", "port": 3000, "needs": ["postgres", "rabbitmq", "redis"], "environment": ASKED},
        "alone": {"tier": "app", "port": 3001},
    },
}


def outside(name: str, **values: Any) -> dict[str, Any]:
    """Values of a data service that runs elsewhere, whose URL comes whole from a Secret."""
    external = {"host": f"{name}.example", "cidrs": ["10.20.0.0/24"], "secret": {"name": "managed", "urlKey": "uri"}}
    return {"topology": "external", "external": external, **values}


WHOLE = {name: outside(name) for name in ("postgres", "rabbitmq", "redis")}
BY_PARTS = {"host": "elsewhere.example", "tls": False, "cidrs": ["10.20.0.0/24"]}


def told(folder: Path, *overlays: dict[str, Any], catalogue: dict[str, Any] = CATALOGUE) -> list[str]:
    files = {f"{number}.yaml": json.dumps(overlay) for number, overlay in enumerate(overlays)}
    return errors(folder, catalogue=json.dumps(catalogue), overlays=files)


ACCESS = {"enabled": True, "cidrs": ["10.0.0.0/8"]}
LET_IN = "so developers are let in where it runs; set it to false"
MADE = "made where it runs; remove it; in an overlay, null does so"
# (the data service, values of it that have no effect, the path of the error below them, the message)
WITHOUT_EFFECT = [
    ("postgres", {"developerAccess": ACCESS}, "developerAccess.enabled", f"postgres is external, {LET_IN}"),
    ("rabbitmq", {"developerAccess": ACCESS}, "developerAccess.enabled", f"rabbitmq is external, {LET_IN}"),
    (
        "rabbitmq",
        {"metrics": {"namespaces": ["monitoring"]}},
        "metrics.namespaces",
        "rabbitmq is external, so it is scraped where it runs; leave it empty",
    ),
    ("rabbitmq", {"users": {"ops": {"secret": "ops"}}}, "users.ops", f"rabbitmq is external, so its users are {MADE}"),
    ("rabbitmq", {"definitions": {"queues": []}}, "definitions.queues", f"rabbitmq is external, so what must exist is {MADE}"),
    (
        "redis",
        {"auth": False, "external": {**BY_PARTS, "secret": {"name": "managed"}}},
        "external.secret.name",
        "redis.auth is off, so nobody reads a password; leave it empty, or switch redis.auth on",
    ),
]


@pytest.mark.parametrize(("name", "values", "path", "message"), WITHOUT_EFFECT)
def test_what_seems_to_open_or_protect_what_runs_elsewhere_is_refused(
    tmp_path: Path, name: str, values: dict[str, Any], path: str, message: str
) -> None:
    assert told(tmp_path, {name: outside(name, **values)}) == [f"0.yaml:1: {name}.{path}: {message}"]


@pytest.mark.helm
@pytest.mark.parametrize(("name", "values"), [(name, values) for name, values, _, _ in WITHOUT_EFFECT])
def test_the_chart_refuses_it_too(name: str, values: dict[str, Any]) -> None:
    assert not broken(charted_text(json.dumps(CATALOGUE)), [json.dumps({name: outside(name, **values)})])


def test_an_environment_can_take_away_what_the_others_have(tmp_path: Path) -> None:
    mine = {
        "users": {"ops": {"secret": "ops"}},
        "definitions": {"queues": []},
        "metrics": {"namespaces": ["monitoring"]},
        "developerAccess": ACCESS,
    }
    taken = {
        "users": {"ops": None},
        "definitions": {"queues": None},
        "metrics": {"namespaces": []},
        "developerAccess": {"enabled": False},
    }
    assert told(tmp_path, {"rabbitmq": mine}, {"rabbitmq": outside("rabbitmq", **taken)}) == []


def test_what_a_server_is_like_may_be_said_for_all_environments(tmp_path: Path) -> None:
    """It opens and protects nothing."""
    common = {"resources": {"limits": {"memory": "2Gi"}}, "storage": {"size": "20Gi"}, "terminationGraceSeconds": 60}
    own: dict[str, dict[str, Any]] = {
        "postgres": {"extensions": ["pg_trgm"], "config": {"work_mem": "16MB"}},
        "rabbitmq": {"config": {"heartbeat": "30"}},
        "redis": {"auth": False, "maxMemoryPercent": 60},
    }
    overlays = [{name: {**common, **values} for name, values in own.items()}, WHOLE]
    assert told(tmp_path, *overlays) == []


def test_without_a_password_there_need_be_no_secret(tmp_path: Path) -> None:
    assert told(tmp_path, {"redis": outside("redis", auth=False, external=BY_PARTS)}) == []


def test_what_is_no_part_of_a_url_is_known_where_that_comes_whole() -> None:
    variables = render_catalogue(CATALOGUE, WHOLE).variables("Deployment", "web")
    assert {name: variables[name]["value"] for name in ASKED} == KNOWN


def test_the_file_of_a_ca_is_known_where_the_url_comes_whole() -> None:
    rendered = render_catalogue(CATALOGUE, {**WHOLE, "postgres": outside("postgres", tls={"ca": {"secret": "ours"}})})
    assert rendered.variables("Deployment", "web")["ROOT"]["value"] == "[/etc/postgres-ca/ca.crt]"
    mounts = {one["mountPath"] for one in rendered.container("Deployment", "web")["volumeMounts"]}
    assert "/etc/postgres-ca" in mounts


@pytest.mark.helm
def test_the_chart_knows_it_too() -> None:
    overlay = {**WHOLE, "postgres": outside("postgres", tls={"ca": {"secret": "ours"}})}
    assert not broken(charted_text(json.dumps(CATALOGUE)), [json.dumps(overlay)])


@pytest.mark.parametrize("output", [compose, swarm])
def test_engines_know_it_too(output: Any, tmp_path: Path) -> None:
    for name, content in {"catalogue": CATALOGUE, "overlay": WHOLE}.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps(content))
    files = output(described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "overlay.yaml"]))
    text = "".join(files.values())
    for variable, value in KNOWN.items():
        assert f'{variable}: "{value}"' in text or f"{variable}: '{value}'" in text or f"{variable}: {value}" in text


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("postgres", "user"),
        ("postgres", "database"),
        ("postgres", "sslmode"),
        ("postgres", "password"),
        ("rabbitmq", "user"),
        ("rabbitmq", "vhost"),
        ("redis", "password"),
    ],
)
def test_what_is_in_the_url_alone_is_not(tmp_path: Path, name: str, fact: str) -> None:
    web = {**CATALOGUE["services"]["web"], "environment": {"ASKED": f"${{{name}.{fact}}}"}}
    catalogue = {**CATALOGUE, "services": {"web": web}}
    variable = CATALOGUE["dataServices"][name]["urlVariable"]
    said = (
        f"0.yaml:1: {name}.external.secret.urlKey: the URL comes whole from a Secret, but ASKED of web asks for "
        f"${{{name}.{fact}}}; let the program read {variable}, or set services.web.env.ASKED otherwise"
    )
    assert told(tmp_path, {name: outside(name)}, catalogue=catalogue) == [said]


POOL = {"database": {"poolSize": 50}}
NO_POOL = "is not allowed, as alone neither needs nor uses"


def test_a_service_without_postgres_has_no_pool(tmp_path: Path) -> None:
    path = "0.yaml:1: services.alone.database.poolSize"
    assert told(tmp_path, {"services": {"alone": POOL, "web": POOL}}) == [f"{path}: {NO_POOL} postgres; remove it"]
    orders = {"kind": "postgres", "tier": "data", "port": 5432, "urlVariable": "ORDERS_URL"}
    two = {**CATALOGUE, "dataServices": {**CATALOGUE["dataServices"], "orders": orders}}
    assert told(tmp_path, {"services": {"alone": POOL}}, catalogue=two) == [f"{path}: {NO_POOL} postgres or orders; remove it"]
    alone = {**CATALOGUE["services"]["alone"], "uses": ["orders"]}
    two = {**two, "services": {**CATALOGUE["services"], "alone": alone}}
    assert told(tmp_path, {"services": {"alone": POOL}}, catalogue=two) == []


def test_a_run_without_postgres_has_no_pool_either(tmp_path: Path) -> None:
    runs = {**CATALOGUE, "services": {**CATALOGUE["services"], "alone": {"tier": "app", "schedule": "0 3 * * *"}}}
    said = f"0.yaml:1: services.alone.database.poolSize: {NO_POOL} postgres; remove it"
    assert told(tmp_path, {"services": {"alone": POOL}}, catalogue=runs) == [said]


@pytest.mark.helm
def test_the_chart_has_none_for_it_either() -> None:
    charted = charted_text(json.dumps(CATALOGUE))
    for overlay in ({"services": {"alone": POOL}}, {"services": {"alone": {"database": None}}}, {"services": {"web": POOL}}):
        assert not broken(charted, [json.dumps(overlay)])
