"""`postgres.loginPerService`: who logs in as whom, whose password is where, and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.postgres_members import Member, replicated
from tests.rendering import Object, Rendered, render_platform
from tests.shop import errors
from tierwright.pipeline import Output, compose, described, swarm

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  ledger: {kind: postgres, tier: data, port: 5433, urlVariable: LEDGER_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
services:
  store: {tier: back, port: 3001, needs: [postgres, redis], environment: {WHO: "${postgres.user}:${postgres.password}"}}
  migrate: {tier: back, run: once, needs: [postgres]}
  board:
    tier: back
    port: 3002
    needs: [postgres, "postgres:reads", ledger]
    prepare: [[migrate]]
  listener: {tier: back, schedule: "0 3 * * *", needs: ["postgres:direct"]}
  other: {tier: front, port: 3004}
"""
LOGINS: Object = {"loginPerService": True}
EXTERNAL: Object = {
    **LOGINS,
    "topology": "external",
    "urlOptions": "sslmode=require",
    "external": {"host": "db.example", "cidrs": ["10.20.0.0/24"], "secret": {"key": "pw"}},
}
REPLICATED: Object = {**LOGINS, "topology": "replicated", "image": {"repository": "registry.example/postgres-patroni"}}
POOLED: Object = {**LOGINS, "pooler": {"enabled": True, "poolSize": 20, "replicas": 2}}
CLIENTS = ["store", "migrate", "board", "listener"]


def shop() -> Charted:
    return charted_text(CATALOGUE)


def made(postgres: Object, **overlay: Any) -> Rendered:
    return render_platform(shop().load_with({"postgres": postgres, **overlay}))


def passwords(container: Object) -> dict[str, tuple[str, str]]:
    """The variables of a container that come from Secrets, with the Secret and its key."""
    references = {one["name"]: one["valueFrom"].get("secretKeyRef") for one in container["env"] if "valueFrom" in one}
    return {name: (one["name"], one["key"]) for name, one in references.items() if one}


def value(container: Object, variable: str) -> str:
    (found,) = [one["value"] for one in container["env"] if one["name"] == variable]
    return str(found)


def mounted(rendered: Rendered, kind: str, name: str) -> dict[str, str]:
    """The Secrets in the volume with the logins of a workload, by the files that they are."""
    volumes = rendered.get(kind, name)["spec"]["template"]["spec"]["volumes"]
    (volume,) = [one["projected"] for one in volumes if one["name"] == "logins"]
    assert volume["defaultMode"] == 0o440
    return {one["secret"]["items"][0]["path"]: one["secret"]["name"] for one in volume["sources"]}


def listed(rendered: Rendered) -> dict[str, int]:
    """The limits of connections that the server is told."""
    lines = rendered.lines("postgres-config", "logins")
    return {name: computed(limit) for name, limit in map(str.split, lines)}


def computed(text: str) -> int:
    """A sum of products, as the shell computes it."""
    done = subprocess.run(["sh", "-c", f"echo $(({text}))"], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize("form", [LOGINS, REPLICATED, EXTERNAL, POOLED], ids=["single", "replicated", "external", "pooled"])
def test_each_service_logs_in_by_its_name_with_a_password_that_no_other_pod_of_a_service_reads(form: Object) -> None:
    rendered = made(form)
    store, board = rendered.container("Deployment", "store"), rendered.container("Deployment", "board")
    assert value(store, "DATABASE_URL").startswith("postgresql://store:$(DB_PASSWORD)@")
    assert value(board, "DATABASE_URL").startswith("postgresql://board:$(DB_PASSWORD)@")
    assert value(board, "DATABASE_REPLICA_URL").startswith("postgresql://board:$(DB_PASSWORD)@")
    assert value(store, "WHO") == "store:$(DB_PASSWORD)"
    assert passwords(store)["DB_PASSWORD"] == ("postgres-login-store", "password")
    readers = {
        owner
        for owner, container in rendered.containers()
        if ("postgres-login-board", "password") in passwords({"env": container.get("env", [])}).values()
    }
    assert readers
    assert all(owner.startswith("Deployment/board") for owner in readers), readers


def test_other_data_services_keep_one_login_for_all() -> None:
    board = made(LOGINS).container("Deployment", "board")
    assert value(board, "LEDGER_URL").startswith("postgresql://shop:$(LEDGER_PASSWORD)@ledger:5433/")
    assert passwords(board)["LEDGER_PASSWORD"] == ("ledger-credentials", "password")
    ledger = made({}, dataServices={"ledger": LOGINS}).container("Deployment", "board")
    assert value(ledger, "LEDGER_URL").startswith("postgresql://board:$(LEDGER_PASSWORD)@ledger:5433/")
    assert passwords(ledger)["LEDGER_PASSWORD"] == ("ledger-login-board", "password")


@pytest.mark.parametrize("form", [LOGINS, REPLICATED], ids=["single", "replicated"])
def test_the_server_has_the_passwords_of_its_clients_alone(form: Object) -> None:
    rendered = made(form)
    assert mounted(rendered, "StatefulSet", "postgres") == {name: f"postgres-login-{name}" for name in CLIENTS}
    mounts = rendered.container("StatefulSet", "postgres")["volumeMounts"]
    assert {"name": "logins", "mountPath": "/etc/postgres-logins", "readOnly": True} in mounts
    assert passwords(rendered.container("StatefulSet", "postgres"))["SERVICES_PASSWORD"] == ("postgres-credentials", "password")


def test_each_member_has_what_gives_logins_beside_it(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-1", rendered=replicated(loginPerService=True))
    (tmp_path / "etc" / "logins.sh").write_text('echo "gives logins" >> "$LOG"\n')
    assert "gives logins" in member.run()


def test_a_service_that_is_not_there_has_no_login() -> None:
    rendered = made(LOGINS, services={"board": {"enabled": False}})
    assert sorted(mounted(rendered, "StatefulSet", "postgres")) == sorted({*CLIENTS} - {"board"})
    assert "board" not in listed(rendered)
    assert "postgres-login-board" not in " ".join(rendered.container("Job", "secret-generator")["args"])
    gone = made(LOGINS, services={name: {"enabled": False} for name in CLIENTS})
    assert gone.get("ConfigMap", "postgres-config")["data"]["logins"] == ""


def test_each_login_may_open_twice_what_its_pods_do_at_their_largest() -> None:
    scaled = {"autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 4}, "database": {"poolSize": 7}}
    limits = listed(made(LOGINS, services={"board": scaled, "store": {"replicas": 3}}))
    assert limits == {
        "store": 2 * 5 * (3 + 1),  # one more in a rollout
        "migrate": 2 * 5,
        "board": 2 * 7 * (4 + 1) * 2,  # for writes and for reads
        "listener": 2 * 5,
    }


def test_behind_the_pooler_a_login_may_open_what_the_pooler_does_and_what_passes_it() -> None:
    assert listed(made(POOLED)) == {
        "store": (2 + 1) * 20,
        "migrate": 2 * 5,
        "board": 2 * 5 * 2 * 2 + (2 + 1) * 20,  # reads, and steps
        "listener": 2 * 5,
    }


def test_the_pooler_knows_all_logins_and_shares_its_connections_among_them() -> None:
    rendered = made(POOLED)
    assert mounted(rendered, "Deployment", "postgres-pooler") == {name: f"postgres-login-{name}" for name in CLIENTS}
    mounts = rendered.container("Deployment", "postgres-pooler")["volumeMounts"]
    assert {"name": "logins", "mountPath": "/etc/pooler-logins", "readOnly": True} in mounts
    assert "max_db_connections = 20" in rendered.lines("postgres-pooler-config", "pgbouncer.ini")
    shared = made({"pooler": {"enabled": True}}).get("ConfigMap", "postgres-pooler-config")["data"]["pgbouncer.ini"]
    assert "max_db_connections" not in shared


def test_of_an_external_server_the_shared_password_is_read_by_the_pooler_alone() -> None:
    plain = made(EXTERNAL, secrets={"mode": "external", "store": {"name": "store"}})
    fetched = plain.kinds("ExternalSecret")
    assert {f"postgres-login-{name}" for name in CLIENTS} < fetched.keys()
    assert "postgres-credentials" not in fetched
    pooled = made({**EXTERNAL, "pooler": {"enabled": True}}, secrets={"mode": "external", "store": {"name": "store"}})
    assert "postgres-credentials" in pooled.kinds("ExternalSecret")
    assert passwords(pooled.container("Deployment", "postgres-pooler")) == {"PGPASSWORD": ("postgres-credentials", "pw")}


def test_the_job_makes_their_secrets_and_values_can_name_others() -> None:
    rendered = made(LOGINS, secrets={"names": {"postgres-login-store": "ours"}})
    arguments = rendered.container("Job", "secret-generator")["args"]
    assert [one for one in arguments if "login" in one or "ours" in one] == [
        *("ours:password", "postgres-login-migrate:password", "postgres-login-board:password", "postgres-login-listener:password"),
    ]
    assert passwords(rendered.container("Deployment", "store"))["DB_PASSWORD"] == ("ours", "password")
    assert mounted(rendered, "StatefulSet", "postgres")["store"] == "ours"
    noted = rendered.variables("Job", "secret-generator")["IN_DATA"]["value"]
    assert "login" not in noted, "the server takes a new one"


def test_the_chart_lists_their_secrets() -> None:
    rows = [
        line
        for line in (shop().chart / "README.md").read_text().splitlines()
        if line.startswith("| `") and "-login-SERVICE`" in line
    ]
    wanted = "| `{}-login-SERVICE` | `password` | generated, where each service has a login of its own |"
    assert rows == [wanted.format("postgres"), wanted.format("ledger")]


def test_a_pool_that_changes_restarts_no_server() -> None:
    before, after = made(LOGINS), made(LOGINS, services={"store": {"replicas": 5}})
    assert listed(before) != listed(after)
    assert before.get("StatefulSet", "postgres") == after.get("StatefulSet", "postgres")


def test_without_it_nothing_of_it_is_there() -> None:
    for (kind, name), one in made({}).objects.items():
        assert "postgres-login" not in str(one), (kind, name)
        assert "logins.sh" not in str(one), (kind, name)


@pytest.mark.parametrize("output", [compose, swarm])
def test_engines_have_one_login_and_say_so(output: Output, tmp_path: Path) -> None:
    values = tmp_path / "a.yaml"
    values.write_text(yaml.safe_dump({"postgres": LOGINS}))
    made = output(described(catalogue=shop().catalogue, values=[values]))
    (text,) = [text for path, text in made.items() if path.endswith(("/compose.yaml", "/stack.yaml"))]
    assert "# - postgres has one login for all services, and has one for each on a cluster" in text.splitlines()
    assert "postgresql://shop:" in text
    assert "postgresql://store:" not in text


def test_engines_log_in_by_each_service_s_name_to_a_server_elsewhere(tmp_path: Path) -> None:
    values = tmp_path / "a.yaml"
    values.write_text(yaml.safe_dump({"postgres": EXTERNAL}))
    made = compose(described(catalogue=shop().catalogue, values=[values]))
    store = yaml.safe_load(made["compose/compose.yaml"])["services"]["store"]["environment"]
    assert store["DB_PASSWORD"].startswith("${POSTGRES_LOGIN_STORE_PASSWORD:")
    assert store["DATABASE_URL"].startswith("postgresql://store:")
    variables = made["compose/.env.example"].splitlines()
    assert "POSTGRES_LOGIN_STORE_PASSWORD=" in variables, "that server knows it already, so a random one would be refused"
    assert "# the password of store at PostgreSQL" in variables


OVERLAYS: dict[str, Object] = {
    "single": {"postgres": LOGINS},
    "replicated": {"postgres": REPLICATED},
    "external": {"postgres": EXTERNAL},
    "external, fetched": {"postgres": EXTERNAL, "secrets": {"mode": "external", "store": {"name": "a"}}},
    "pooled": {"postgres": POOLED, "services": {"board": {"enabled": False}, "store": {"autoscaling": {"external": True}}}},
    "named": {"postgres": LOGINS, "secrets": {"names": {"postgres-login-store": "ours"}}},
    "the other": {"dataServices": {"ledger": LOGINS}},
    "nobody there": {"postgres": POOLED, "services": {name: {"enabled": False} for name in CLIENTS}},
    "the name of a service": {"postgres": {**LOGINS, "user": "store"}},
    "an operator": {"postgres": {**LOGINS, "topology": "cloudnative-pg"}},
    "a whole URL": {"postgres": {**EXTERNAL, "external": {**EXTERNAL["external"], "secret": {"name": "a", "urlKey": "url"}}}},
}


@pytest.mark.parametrize("case", OVERLAYS)
def test_the_chart_has_the_same(case: str) -> None:
    assert not broken(shop(), [yaml.safe_dump(OVERLAYS[case])])


def wrong(folder: Path, overlay: Object, catalogue: str = CATALOGUE) -> list[str]:
    return errors(folder, catalogue=catalogue, overlays={"a.yaml": yaml.safe_dump(overlay, default_flow_style=True, width=1000)})


def test_the_owner_is_no_service(tmp_path: Path) -> None:
    assert wrong(tmp_path, OVERLAYS["the name of a service"]) == [
        (
            "a.yaml:1: postgres.user: a service of this name would have the login of this name, and it is the owner's; "
            "choose another name, or set postgres.loginPerService to false"
        )
    ]
    assert not wrong(tmp_path, {"postgres": {"user": "store"}})


def test_the_operator_gives_roles_no_settings(tmp_path: Path) -> None:
    assert (
        "a.yaml:1: postgres.loginPerService: the operator makes roles without settings, by which a login acts as the owner of the "
        "database; set it to false, or postgres.topology: replicated"
    ) in wrong(tmp_path, OVERLAYS["an operator"])


def test_a_url_that_comes_whole_has_one_login(tmp_path: Path) -> None:
    catalogue = f"{CATALOGUE.partition('services:')[0]}services:\n  store: {{tier: back, port: 3001, needs: [postgres]}}\n"
    assert wrong(tmp_path, OVERLAYS["a whole URL"], catalogue) == [
        (
            "a.yaml:1: postgres.loginPerService: the URL comes whole from a Secret, with one login for all services; "
            "set it to false, or leave postgres.external.secret.urlKey empty"
        )
    ]


def test_names_of_roles_that_postgresql_keeps_are_no_logins(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("  store:", "  public:").replace("  postgres: {tier", "  database: {kind: postgres, tier")
    catalogue = catalogue.replace("postgres", "database").replace("kind: database", "kind: postgres")
    assert not wrong(tmp_path, {}, catalogue)
    assert wrong(tmp_path, {"dataServices": {"database": LOGINS}}, catalogue) == [
        (
            "a.yaml:1: dataServices.database.loginPerService: the service public can have no login of its name: PostgreSQL, or its "
            "administrator, has such a role already; set it to false, or give the service another name"
        )
    ]


def test_their_secrets_are_no_secrets_of_the_catalogue(tmp_path: Path) -> None:
    catalogue = f"{CATALOGUE}secrets:\n  postgres-login-store: {{source: generated, keys: [A]}}\n"
    (error,) = wrong(tmp_path, {}, catalogue)
    assert error.endswith("secrets.postgres-login-store: the name `postgres-login-store` is reserved; choose another name")
