"""`postgres.pooler`: who connects to PgBouncer and who past it, what it is told, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, render_platform
from tests.shop import errors
from tierwright.pipeline import Output, compose, described, swarm

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
services:
  store: {tier: back, port: 3001, needs: [postgres], environment: {DB: "${postgres.host}:${postgres.port}"}}
  migrate: {tier: back, run: once, needs: [postgres], environment: {DB: "${postgres.host}"}}
  nightly: {tier: back, schedule: "0 3 * * *", needs: [postgres]}
  board:
    tier: back
    port: 3002
    needs: [postgres, "postgres:reads"]
    prepare: [[migrate, "--host=${postgres.host}"]]
    environment: {DB: "${postgres.host}"}
  listener: {tier: back, port: 3003, needs: ["postgres:direct"]}
  other: {tier: front, port: 3004}
"""
REPLICATED: Object = {"topology": "replicated", "image": {"repository": "registry.example/postgres-patroni"}}
EXTERNAL: Object = {
    "topology": "external",
    "urlOptions": "sslmode=require",
    "external": {"host": "db.example", "cidrs": ["10.20.0.0/24"]},
}
FORMS: dict[str, Object] = {"single": {}, "replicated": REPLICATED, "external": EXTERNAL}
OPTIONS = "?sslmode=require"


def shop() -> Charted:
    return charted_text(CATALOGUE)


def pooled(form: str = "single", **pooler: Any) -> Rendered:
    return render_platform(shop().load_with({"postgres": {**FORMS[form], "pooler": {"enabled": True, **pooler}}}))


def environment(container: Object) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"] if "value" in one}


def container(made: Rendered, name: str) -> Object:
    """The program of a service. What runs once has a hash in the name of its Job."""
    owners = [(kind, one) for kind, one in made.objects if kind != "Service" and re.fullmatch(f"{name}(-[0-9a-f]{{8,}})?", one)]
    ((kind, owner),) = [one for one in owners if one[0] in {"Deployment", "CronJob", "Job"}]
    return made.container(kind, owner)


def url(host: str, options: str = "") -> str:
    return f"postgresql://shop:$(DB_PASSWORD)@{host}:5432/shop{options}"


def servers(form: str) -> tuple[str, str]:
    """The host of the server, and the options of a URL that leads to it."""
    return ("db.example", OPTIONS) if form == "external" else ("postgres", "")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["store", "nightly", "board"])
def test_programs_connect_to_the_pooler(form: str, name: str) -> None:
    given = environment(container(pooled(form), name))
    assert given["DATABASE_URL"] == url("postgres-pooler")
    assert given.get("DB", "postgres-pooler").partition(":")[0] == "postgres-pooler"


@pytest.mark.parametrize("form", FORMS)
def test_what_runs_once_and_steps_connect_past_it(form: str) -> None:
    """Migrations take locks that last as long as a session."""
    made, (host, options) = pooled(form), servers(form)
    once = environment(container(made, "migrate"))
    assert (once["DATABASE_URL"], once["DB"]) == (url(host, options), host)
    steps = made.get("Deployment", "board")["spec"]["template"]["spec"]["initContainers"]
    (step,) = [one for one in steps if one["name"] == "prepare-1"]
    assert step["command"] == ["migrate", f"--host={host}"]
    assert (environment(step)["DATABASE_URL"], environment(step)["DB"]) == (url(host, options), host)


@pytest.mark.parametrize("form", FORMS)
def test_who_needs_a_session_asks_for_the_server_itself(form: str) -> None:
    host, options = servers(form)
    given = environment(pooled(form).container("Deployment", "listener"))
    assert given["DATABASE_DIRECT_URL"] == url(host, options)
    assert "DATABASE_URL" not in given


@pytest.mark.parametrize(
    ("form", "host"), [("single", "postgres"), ("replicated", "postgres-replicas"), ("external", "db.example")]
)
def test_reads_do_not_go_through_it(form: str, host: str) -> None:
    given = environment(pooled(form).container("Deployment", "board"))
    assert given["DATABASE_REPLICA_URL"] == url(host, servers(form)[1])


def test_without_it_all_connect_to_the_server() -> None:
    made = render_platform(shop().load_with({}))
    for name in ("store", "migrate", "nightly", "board"):
        assert environment(container(made, name))["DATABASE_URL"] == url("postgres")
    assert environment(made.container("Deployment", "listener"))["DATABASE_DIRECT_URL"] == url("postgres")
    assert not [key for key in made.objects if "pooler" in key[1]]


def test_its_url_has_options_of_its_own() -> None:
    """Prisma, for instance, must be told of PgBouncer."""
    made = pooled("external", urlOptions="pgbouncer=true&connection_limit=${poolSize}")
    assert environment(made.container("Deployment", "store"))["DATABASE_URL"] == url(
        "postgres-pooler", "?pgbouncer=true&connection_limit=5"
    )
    assert environment(container(made, "migrate"))["DATABASE_URL"] == url("db.example", OPTIONS)


def test_gates_wait_for_the_pooler_and_who_passes_it_for_the_server() -> None:
    assert [line for line in pooled().lines("startup-gate", "targets") if "postgres" in line] == [
        "data postgres tcp://postgres-pooler:5432 dns://postgres-ready",
        "- postgres:reads tcp://postgres:5432",
        "- postgres:direct tcp://postgres:5432",
    ]
    assert "data postgres tcp://postgres-pooler:5432 tcp://db.example:5432" in pooled("external").lines("startup-gate", "targets")


WHO = ("store", "migrate", "nightly", "board", "listener", "other")


@pytest.mark.parametrize("form", FORMS)
def test_the_policies_open_what_is_needed_and_nothing_else(form: str) -> None:
    """A gate of what runs once asks the pooler, which is ready when the server takes writes."""
    policies = Policies(pooled(form).kinds("NetworkPolicy").values(), namespaces={"shop": {}})
    pods = {
        name: Party(name, f"10.244.0.{at}", "shop", {"app.kubernetes.io/name": name})
        for at, name in enumerate((*WHO, "postgres-pooler", "postgres"))
    }
    server = Party("db", "10.20.0.5") if form == "external" else pods["postgres"]
    to_pooler = {name for name in pods if name != "postgres-pooler" and policies.allows(pods[name], pods["postgres-pooler"], 5432)}
    to_server = {name for name in pods if name != "postgres" and policies.allows(pods[name], server, 5432)}
    assert to_pooler == {"store", "migrate", "nightly", "board"}
    # The order of the tiers lets what comes later ask a server elsewhere, which has no pods to look for.
    assert to_server - ({"other"} if form == "external" else set()) == {"postgres-pooler", "migrate", "board", "listener"}


def lines(made: Rendered) -> list[str]:
    return made.lines("postgres-pooler-config", "pgbouncer.ini")


def test_it_pools_transactions_and_knows_prepared_statements() -> None:
    said = lines(pooled(poolSize=7, maxClientConnections=300, config={"query_timeout": "60"}))
    for line in (
        "pool_mode = transaction",
        "max_prepared_statements = 200",
        "default_pool_size = 7",
        "max_user_connections = 8",
        "max_client_conn = 301",
        "server_lifetime = 30",
        "auth_type = scram-sha-256",
        "query_timeout = 60",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("form", "tls", "mode"), [("single", True, "disable"), ("external", True, "require"), ("external", False, "disable")]
)
def test_it_speaks_tls_to_a_server_elsewhere(form: str, tls: bool, mode: str) -> None:
    values = {**FORMS[form], "pooler": {"enabled": True}}
    values["external"] = {**values.get("external", {}), "tls": tls}
    assert f"server_tls_sslmode = {mode}" in lines(render_platform(shop().load_with({"postgres": values})))


TLS = {"enabled": True, "secret": "postgres-tls"}


def test_it_verifies_a_server_with_tls_and_speaks_none_to_programs() -> None:
    made = render_platform(shop().load_with({"postgres": {"tls": TLS, "pooler": {"enabled": True}}}))
    assert [line for line in lines(made) if "tls" in line] == [
        "server_tls_sslmode = verify-full",
        "server_tls_ca_file = /etc/postgres-ca/ca.crt",
    ]
    mounts = {one["mountPath"] for one in made.container("Deployment", "postgres-pooler")["volumeMounts"]}
    assert "/etc/postgres-ca" in mounts
    assert environment(container(made, "store"))["DATABASE_URL"] == url("postgres-pooler")
    verified = "?sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt"
    assert environment(container(made, "migrate"))["DATABASE_URL"] == url("postgres", verified)


def test_programs_that_take_the_parts_learn_whether_there_is_tls_where_they_connect() -> None:
    asked = 'DB: "${{postgres{}.sslmode}} ${{postgres{}.sslrootcert}}"'
    catalogue = CATALOGUE.replace('DB: "${postgres.host}:${postgres.port}"', asked.format("", ""))
    catalogue = catalogue.replace(
        'needs: ["postgres:direct"]}', f'needs: ["postgres:direct"], environment: {{{asked.format(":direct", ":direct")}}}}}'
    )
    made = render_platform(charted_text(catalogue).load_with({"postgres": {"tls": TLS, "pooler": {"enabled": True}}}))
    assert environment(container(made, "store"))["DB"] == "prefer "
    assert environment(container(made, "listener"))["DB"] == "verify-full /etc/postgres-ca/ca.crt"


def test_no_config_map_has_a_password_and_the_file_with_it_is_in_memory() -> None:
    made = pooled()
    data = made.get("ConfigMap", "postgres-pooler-config")["data"]
    assert not re.search(r"password\s*=", "\n".join(data.values()))
    spec = made.get("Deployment", "postgres-pooler")["spec"]["template"]["spec"]
    assert {one["name"]: one for one in spec["volumes"]}["tmp"]["emptyDir"]["medium"] == "Memory"
    variables = {one["name"]: one for one in spec["containers"][0]["env"]}
    assert variables["PGPASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "postgres-credentials", "key": "password"}


def test_it_is_ready_while_a_server_that_takes_writes_answers_through_it() -> None:
    container = pooled().container("Deployment", "postgres-pooler")
    assert container["readinessProbe"]["exec"]["command"] == [
        "sh",
        "-c",
        "[ \"$(PGDATABASE=pooler-probe psql -XAtq -c 'SELECT pg_is_in_recovery()')\" = f ]",
    ]
    assert environment(container)["PGHOST"] == "127.0.0.1"
    assert environment(container)["PROBE_DATABASE"] == "pooler-probe", "the pooler has to know it"
    assert container["livenessProbe"]["tcpSocket"] == {"port": 5432}, "it lives without a server"


def test_it_keeps_its_pods_apart_and_lets_one_go_at_a_time() -> None:
    made = pooled(replicas=3)
    spec = made.get("Deployment", "postgres-pooler")["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert {one["topologyKey"] for one in spec["template"]["spec"]["topologySpreadConstraints"]} == {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    }
    assert made.get("PodDisruptionBudget", "postgres-pooler")["spec"]["maxUnavailable"] == 1
    assert not pooled(replicas=1).has("PodDisruptionBudget", "postgres-pooler"), "it would keep a node from being drained"


def test_its_rollout_may_take_as_long_as_the_start_of_the_server() -> None:
    values = {"postgres": {"pooler": {"enabled": True}}, "startup": {"progressDeadlineSeconds": 5000}}
    spec = render_platform(shop().load_with(values)).get("Deployment", "postgres-pooler")["spec"]
    assert spec["progressDeadlineSeconds"] == 5000, "after Kubernetes' own ten minutes, Helm, Argo CD and Flux call it failed"


def test_a_pod_that_ends_has_time_for_open_transactions() -> None:
    spec = pooled(terminationGraceSeconds=99).get("Deployment", "postgres-pooler")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 99
    assert spec["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}


@pytest.mark.parametrize("output", [compose, swarm])
def test_engines_have_no_pooler_and_say_so(output: Output, tmp_path: Path) -> None:
    values = tmp_path / "a.yaml"
    values.write_text(yaml.safe_dump({"postgres": {"pooler": {"enabled": True}}}))
    made = output(described(catalogue=shop().catalogue, values=[values]))
    (text,) = [text for path, text in made.items() if path.endswith(("/compose.yaml", "/stack.yaml"))]
    assert "# - postgres-pooler is of clusters alone, and not here" in text.splitlines()
    assert "postgres-pooler" not in str(yaml.safe_load(text))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "pooler",
    [
        {"enabled": True},
        {"enabled": True, "replicas": 1, "poolSize": 3, "urlOptions": "pgbouncer=true&a=${poolSize}", "config": {"a": "b # c"}},
        {"enabled": True, "image": {"tag": "1.25.2"}, "placement": {"nodeSelector": {"a": "b"}}, "security": {"user": 70}},
        {"enabled": True, "config": {"pool_mode": "session"}},
        {"enabled": True, "urlOptions": "sslmode=require"},
        {"enabled": False, "config": {"query_timeout": "1"}, "urlOptions": "a=${x}"},
    ],
)
def test_the_chart_has_the_same(form: str, pooler: Object) -> None:
    assert not broken(shop(), [yaml.safe_dump({"postgres": {**FORMS[form], "pooler": pooler}})])


def wrong(folder: Path, overlay: str, catalogue: str = CATALOGUE) -> list[str]:
    return errors(folder, catalogue=catalogue, overlays={"a.yaml": overlay})


REFUSED = [
    (
        "{enabled: true, urlOptions: sslmode=require}",
        (
            "pooler.urlOptions: this asks for TLS, which PgBouncer does not speak to services in the cluster; "
            "leave it out; postgres.tls and postgres.external.tls decide for its own connections to the server"
        ),
    ),
    (
        "{enabled: true, urlOptions: 'a=${size}'}",
        "pooler.urlOptions: there is no placeholder `${size}`; allowed: ${poolSize}",
    ),
    (
        "{enabled: true, config: {pool_mode: session}}",
        (
            "pooler.config.pool_mode: the platform sets pool_mode itself; remove it; "
            "the other values of postgres.pooler, and postgres.external, decide such things"
        ),
    ),
    (
        "{enabled: true, poolSize: 100}",
        (
            "pooler.poolSize: at their largest, the pools of its pods and 35 connections past it open 338 connections, "
            "but there is room for 235; lower it or pooler.replicas, or raise maxConnections"
        ),
    ),
    (
        "{enabled: true, maxClientConnections: 20}",
        (
            "pooler.maxClientConnections: all services at their largest, rollouts counted, open 25 connections, "
            "but a pod of the pooler takes 20; raise it, or lower database.poolSize or autoscaling.maxReplicas"
        ),
    ),
]


@pytest.mark.parametrize(("pooler", "error"), REFUSED)
def test_what_is_wrong_is_told_with_the_way_out(tmp_path: Path, pooler: str, error: str) -> None:
    assert wrong(tmp_path, f"postgres: {{pooler: {pooler}}}") == [f"a.yaml:1: postgres.{error}"]


@pytest.mark.parametrize("database", ["pgbouncer", "pooler-probe"])
def test_names_that_the_pooler_keeps_are_no_databases(tmp_path: Path, database: str) -> None:
    assert not wrong(tmp_path, f"postgres: {{database: {database}}}")
    assert wrong(tmp_path, f"postgres: {{database: {database}, pooler: {{enabled: true}}}}") == [
        "a.yaml:1: postgres.database: the pooler keeps this name; choose another name, or set postgres.pooler.enabled to false"
    ]


def test_the_pooler_needs_the_parts_of_a_url(tmp_path: Path) -> None:
    external = "external: {host: db, cidrs: [10.1.0.0/24], secret: {urlKey: url}}"
    overlay = f"postgres: {{topology: external, {external}, pooler: {{enabled: true}}}}"
    catalogue = f"{CATALOGUE.partition('services:')[0]}services:\n  store: {{tier: back, port: 3001, needs: [postgres]}}\n"
    error = (
        "a.yaml:1: postgres.pooler.enabled: the URL comes whole from a Secret, and PgBouncer needs its parts; set it to false, or "
        "name the key of the password alone in postgres.external.secret.key and leave urlKey empty"
    )
    assert wrong(tmp_path, overlay, catalogue) == [error]


def test_connections_to_a_server_elsewhere_are_its_owner_s_to_count(tmp_path: Path) -> None:
    external = "topology: external, urlOptions: sslmode=require, external: {host: db, cidrs: [10.1.0.0/24]}"
    assert not wrong(tmp_path, f"postgres: {{{external}, pooler: {{enabled: true, poolSize: 1000}}}}")


def test_its_name_is_no_service_s(tmp_path: Path) -> None:
    (error,) = wrong(tmp_path, "{}", CATALOGUE.replace("  other:", "  postgres-pooler:"))
    assert error == "catalogue.yaml:17: services.postgres-pooler: the name `postgres-pooler` is reserved; choose another name"


def test_others_have_no_endpoint_past_a_pooler(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("urlVariable: REDIS_URL", "urlVariable: REDIS_URL, directVariable: REDIS_DIRECT")
    assert wrong(tmp_path, "{}", catalogue) == [
        "catalogue.yaml:5: dataServices.redis.directVariable: redis has no endpoint `direct`; remove it"
    ]
