"""What clients and operators set of the data services: users, lines of configuration, virtual hosts, the SQL of a first start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import Rendered, render, render_catalogue, render_with
from tests.shop import CATALOGUE, errors
from tierwright.outputs.manifests import manifest_files
from tierwright.pipeline import described

THREE = CATALOGUE.replace(
    "secrets:\n",
    """\
  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
secrets:
""",
)


def config(rendered: Rendered, name: str, file: str) -> list[str]:
    """The lines of a file of a data service's ConfigMap."""
    text: str = rendered.get("ConfigMap", f"{name}-config")["data"][file]
    return text.splitlines()


def of_pods(rendered: Rendered, name: str) -> dict[str, str]:
    found: dict[str, str] = rendered.get("StatefulSet", name)["spec"]["template"]["metadata"].get("annotations", {})
    return found


@pytest.mark.parametrize("name", ["postgres", "rabbitmq", "redis"])
def test_a_server_runs_as_the_user_that_its_image_is_made_for(name: str) -> None:
    rendered = render_with({name: {"security": {"user": 70, "group": 71}}})
    context = rendered.get("StatefulSet", name)["spec"]["template"]["spec"]["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (70, 71, 71)


def test_lines_of_redis_come_after_ours_and_restart_it() -> None:
    rendered = render_with({"redis": {"config": {"maxclients": "5000", "appendonly": "no", "save": '""'}}})
    lines = config(rendered, "redis", "redis.conf")
    ours = config(render(), "redis", "redis.conf")
    assert lines == [*ours, "appendonly no", "maxclients 5000", 'save ""']
    assert of_pods(rendered, "redis") != of_pods(render(), "redis")


def test_lines_of_rabbitmq_come_after_ours_and_restart_it() -> None:
    rendered = render_with({"rabbitmq": {"config": {"heartbeat": "30", "log.console.level": "warning"}}})
    ours = config(render(), "rabbitmq", "castiel.conf")
    assert config(rendered, "rabbitmq", "castiel.conf") == [*ours, "heartbeat = 30", "log.console.level = warning"]
    assert of_pods(rendered, "rabbitmq") != of_pods(render(), "rabbitmq")


def test_new_platforms_have_rabbitmq_4_and_castiel_that_of_its_document() -> None:
    new = render_catalogue(
        {
            "name": "shop",
            "tiers": [{"name": "data"}],
            "dataServices": {"rabbitmq": {"tier": "data", "port": 5672, "urlVariable": "RABBITMQ_URL"}},
            "services": {"web": {"tier": "data", "port": 3000, "needs": ["rabbitmq"]}},
        }
    )
    assert new.container("StatefulSet", "rabbitmq")["image"] == "rabbitmq:4-management"
    assert render().container("StatefulSet", "rabbitmq")["image"] == "rabbitmq:3-management"


def started(rendered: Rendered, folder: Path) -> list[str]:
    """The arguments with which the start script of PostgreSQL runs the image's entry point."""
    container = rendered.container("StatefulSet", "postgres")
    for name, text in rendered.get("ConfigMap", "postgres-config")["data"].items():
        (folder / name).write_text(text)
    script = container["command"][-1].replace("/var/lib/postgresql/data", str(folder)).replace("/etc/postgres/", f"{folder}/")
    entry = folder / "docker-entrypoint.sh"
    entry.write_text('#!/bin/sh\nprintf "<%s>\\n" "$@"\n')
    entry.chmod(0o755)
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    given = {**plain, "MEMORY_LIMIT": str(1 << 30), "PGDATA": str(folder / "pgdata"), "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-ec", script], env=given, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_settings_of_postgres_are_given_to_it_whatever_they_contain_and_restart_it(tmp_path: Path) -> None:
    settings = {"work_mem": "16MB", "search_path": '"$user", public', "log_line_prefix": "%m `id` $(id) # ", "pg_stat.track": ""}
    rendered = render_with({"postgres": {"config": settings}})
    arguments = started(rendered, tmp_path)
    assert arguments[:9] == [
        "<postgres>",
        "<-c>",
        "<log_line_prefix=%m `id` $(id) # >",
        "<-c>",
        "<pg_stat.track=>",
        "<-c>",
        '<search_path="$user", public>',
        "<-c>",
        "<work_mem=16MB>",
    ]
    assert arguments[9:11] == ["<-c>", "<port=5432>"]
    assert of_pods(rendered, "postgres").keys() == {"checksum/config"}
    assert not of_pods(render(), "postgres")
    other = render_with({"postgres": {"config": {**settings, "work_mem": "32MB"}}})
    assert of_pods(other, "postgres") != of_pods(rendered, "postgres")


def test_without_settings_postgres_starts_as_before(tmp_path: Path) -> None:
    assert started(render(), tmp_path)[:3] == ["<postgres>", "<-c>", "<port=5432>"]


def test_extensions_and_sql_are_files_that_the_first_start_runs() -> None:
    sql = 'CREATE TABLE a (b text);\n-- it\'s "{{ b }}"\nGRANT SELECT ON a TO :"user";\n'
    rendered = render_with({"postgres": {"extensions": ["pg_trgm", "uuid-ossp"], "initSql": sql}})
    assert config(rendered, "postgres", "extensions.sql") == [
        'CREATE EXTENSION IF NOT EXISTS "pg_trgm" CASCADE;',
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" CASCADE;',
    ]
    assert rendered.get("ConfigMap", "postgres-config")["data"]["init.sql"] == sql
    roles = config(rendered, "postgres", "roles.sh")
    assert roles[-3:-1] == ['[ ! -e "$PGDATA.unfinished" ] || sh "$folder/first-sql.sh"', 'rm -f "$PGDATA.unfinished"']


@pytest.mark.parametrize("overlay", [{"extensions": ["pg_trgm"]}, {"initSql": "SELECT 1;"}])
def test_they_restart_nothing_but_change_how_a_first_start_is_completed(overlay: dict[str, Any]) -> None:
    rendered = render_with({"postgres": overlay})
    assert not of_pods(rendered, "postgres")
    script = rendered.container("StatefulSet", "postgres")["command"][-1]
    assert "the first start was broken off: beginning anew" in script
    assert "going on with it" not in script
    again = {"extensions": ["citext"]} if "extensions" in overlay else {"initSql": "SELECT 2;"}
    assert render_with({"postgres": again}).get("StatefulSet", "postgres") == rendered.get("StatefulSet", "postgres")


def test_without_them_there_is_nothing_of_them() -> None:
    data = render().get("ConfigMap", "postgres-config")["data"]
    assert data.keys() == {"ownership.sql", "rename.sql", "roles.sh", "services-role.sql", "settings.sql"}
    assert "first-sql" not in data["roles.sh"]


@pytest.mark.parametrize(
    ("vhost", "url"),
    [
        ("/", "amqp://castiel:$(RABBITMQ_PASSWORD)@rabbitmq:5672"),
        ("jobs", "amqp://castiel:$(RABBITMQ_PASSWORD)@rabbitmq:5672/jobs"),
        ("/a b", "amqp://castiel:$(RABBITMQ_PASSWORD)@rabbitmq:5672/%2Fa%20b"),
    ],
)
def test_the_virtual_host_is_made_at_the_first_start_and_is_in_the_url(vhost: str, url: str) -> None:
    rendered = render_with({"rabbitmq": {"vhost": vhost}})
    assert rendered.variables("Deployment", "api-gateway")["RABBITMQ_URL"]["value"] == url
    made = rendered.variables("StatefulSet", "rabbitmq").get("RABBITMQ_DEFAULT_VHOST")
    assert made == (None if vhost == "/" else {"name": "RABBITMQ_DEFAULT_VHOST", "value": vhost})


POSTGRES = (
    "remove it; postgres.maxConnections, postgres.sharedBuffersPercent, the limit of memory and the port in the catalogue "
    "decide such things"
)
RABBITMQ = (
    "remove it; dataServices.queue.user, dataServices.queue.vhost, dataServices.queue.memoryWatermarkPercent, "
    "dataServices.queue.diskFreeLimit, dataServices.queue.developerAccess and the port in the catalogue decide such things"
)
REDIS = (
    "remove it; redis.maxMemoryPercent, redis.evictionPolicy, redis.allowedCommands and the port in the catalogue "
    "decide such things"
)


@pytest.mark.parametrize(
    ("overlay", "error"),
    [
        ("postgres: {config: {port: '1'}}", f"postgres.config.port: the platform sets port itself; {POSTGRES}"),
        (
            "postgres: {config: {max_connections: '9'}}",
            f"postgres.config.max_connections: the platform sets max_connections itself; {POSTGRES}",
        ),
        *(
            (f"postgres: {{config: {{{name}: '240'}}}}", f"postgres.config.{name}: the platform sets {name} itself; {POSTGRES}")
            for name in ("superuser_reserved_connections", "reserved_connections")
        ),
        ("redis: {config: {maxmemory: 1gb}}", f"redis.config.maxmemory: the platform sets maxmemory itself; {REDIS}"),
        (
            "dataServices: {queue: {config: {listeners.ssl.1: '5671'}}}",
            (f"dataServices.queue.config['listeners.ssl.1']: the platform sets listeners.ssl.1 itself; {RABBITMQ}"),
        ),
        (
            "postgres: {config: {work_mem: 16}}",
            (
                "postgres.config.work_mem: 16 is not allowed; allowed: printable ASCII characters, but no single quote or "
                "backslash; numbers in quotes"
            ),
        ),
        (
            'postgres: {config: {work_mem: "16\'MB"}}',
            (
                "postgres.config.work_mem: '16'MB' is not allowed; allowed: printable ASCII characters, but no single quote or "
                "backslash; numbers in quotes"
            ),
        ),
        (
            "postgres: {config: {work-mem: '1'}}",
            (
                "postgres.config.work-mem: the key is not allowed; allowed: a setting in small letters such as work_mem or "
                "pg_stat_statements.track"
            ),
        ),
        (
            "postgres: {extensions: ['a\"b']}",
            "postgres.extensions[0]: 'a\"b' is not allowed; allowed: an extension such as pg_trgm",
        ),
        (
            "redis: {config: {maxclients: 5}}",
            (
                "redis.config.maxclients: 5 is not allowed; "
                "allowed: printable ASCII characters without outer spaces, in quotes where it is a number"
            ),
        ),
        (
            "dataServices: {queue: {vhost: ''}}",
            (
                "dataServices.queue.vhost: '' is not allowed; allowed: up to 255 printable ASCII characters, "
                "but no double quote, backslash, dollar sign or outer space"
            ),
        ),
        (
            "redis: {security: {user: 0}}",
            "redis.security.user: 0 is not allowed; allowed: a whole number from 1 to 2147483647",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, catalogue=THREE, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {error}"]


def clients_of_redis(rendered: Rendered) -> dict[str, Any]:
    return rendered.variables("Deployment", "api-gateway")


def test_a_redis_without_a_password_has_no_secret_no_variable_and_no_password_in_its_url() -> None:
    rendered = render_with({"redis": {"auth": False}})
    assert clients_of_redis(rendered)["REDIS_URL"]["value"] == "redis://redis:6379"
    assert "REDIS_PASSWORD" not in clients_of_redis(rendered)
    assert "redis-" not in " ".join(rendered.container("Job", "secret-generator")["args"])
    assert rendered.variables("StatefulSet", "redis").keys() == {"SERVICES_COMMANDS", "MAX_MEMORY_PERCENT", "MEMORY_LIMIT"}
    assert rendered.get("NetworkPolicy", "redis") == render().get("NetworkPolicy", "redis")
    fetched = render_with({"redis": {"auth": False}, "secrets": {"mode": "external", "store": {"name": "vault"}}})
    assert not [name for name in fetched.kinds("ExternalSecret") if "redis" in name]


def test_a_redis_without_a_password_lets_services_in_with_their_commands_and_no_administrator(tmp_path: Path) -> None:
    container = render_with({"redis": {"auth": False}}).container("StatefulSet", "redis")
    script = container["command"][-1]
    script = script[script.index("umask") :].replace("/run/redis", str(tmp_path)).replace("/etc/redis", str(tmp_path / "etc"))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "redis.conf").write_text("port 6379\n")
    given = {"MEMORY_LIMIT": "1000", "MAX_MEMORY_PERCENT": "70", "SERVICES_COMMANDS": "+@all -@dangerous"}
    script = script.replace("exec redis-server", "echo started")
    subprocess.run(["sh", "-ec", script], env={**os.environ, **given}, check=True, capture_output=True)
    assert (tmp_path / "redis.conf").read_text().splitlines() == [
        "port 6379",
        "maxmemory 700",
        "user default on nopass ~* &* +@all -@dangerous",
        "protected-mode no",
    ]


OUTSIDE = {"topology": "external", "external": {"host": "db.example", "cidrs": ["10.9.0.0/24"]}}


def outside(**secret: str) -> dict[str, Any]:
    external = {**OUTSIDE["external"], "secret": secret}  # type: ignore[dict-item]
    return {"postgres": {**OUTSIDE, "external": external}}


def test_a_redis_elsewhere_may_have_no_password_either() -> None:
    rendered = render_with({"redis": {**OUTSIDE, "auth": False}, "secrets": {"mode": "external", "store": {"name": "vault"}}})
    assert clients_of_redis(rendered)["REDIS_URL"]["value"] == "rediss://db.example:6379"
    assert not [name for name in rendered.kinds("ExternalSecret") if "redis" in name]


def test_a_url_may_come_whole_from_a_secret() -> None:
    rendered = render_with(outside(name="managed", urlKey="uri"))
    for name in ("api-gateway", "calendar"):
        variables = rendered.variables("Deployment", name)
        assert variables["DATABASE_URL"] == {
            "name": "DATABASE_URL",
            "valueFrom": {"secretKeyRef": {"name": "managed", "key": "uri"}},
        }
        assert "DB_PASSWORD" not in variables
    targets = rendered.lines("startup-gate", "targets")
    assert "infrastructure postgres tcp://db.example:5432 tcp://db.example:5432" in targets
    rule = {"to": [{"ipBlock": {"cidr": "10.9.0.0/24"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    assert rule in rendered.get("NetworkPolicy", "calendar")["spec"]["egress"]


@pytest.mark.parametrize(("secret", "key"), [({"urlKey": "uri"}, "uri"), ({}, "password")])
def test_external_secrets_fetches_the_key_that_is_read(secret: dict[str, str], key: str) -> None:
    overlay = outside(**secret)
    overlay["postgres"]["urlOptions"] = "" if "urlKey" in secret else "sslmode=require"
    rendered = render_with({**overlay, "secrets": {"mode": "external", "store": {"name": "vault"}}})
    (data,) = rendered.get("ExternalSecret", "postgres-credentials")["spec"]["data"]
    assert (data["secretKey"], data["remoteRef"]["property"]) == (key, key)


ASKING = THREE.replace(
    "environment: {GREETING: hello}",
    "uses: [redis]\n"
    '    environment: {PG: "${postgres.user}/${postgres.database}", PW: "${postgres.password}", RD: "${redis.password}", '
    'RAW: "x $(REDIS_PASSWORD)", DSN: "${postgres.url}&a=b", AT: "${postgres.host}:${postgres.port}"}',
)


def described_variables(folder: Path, overlay: str) -> dict[str, Any]:
    (folder / "catalogue.yaml").write_text(ASKING)
    (folder / "a.yaml").write_text(overlay)
    platform = described(catalogue=folder / "catalogue.yaml", values=[folder / "a.yaml"])
    return Rendered.of(platform.platform, manifest_files(platform.objects)).variables("Deployment", "web")


def test_texts_ask_for_the_parts_as_they_are_so_that_a_password_may_contain_anything(tmp_path: Path) -> None:
    variables = described_variables(tmp_path, "{}")
    assert variables["PG"]["value"] == "shop/shop"
    assert variables["PW"]["value"] == "$(DB_PASSWORD)"
    assert variables["RD"]["value"] == "$(REDIS_PASSWORD)"


def test_where_there_is_no_password_its_placeholder_is_empty(tmp_path: Path) -> None:
    variables = described_variables(tmp_path, "redis: {auth: false}\nservices: {web: {env: {RAW: x}}}")
    assert variables["RD"]["value"] == ""
    assert "REDIS_PASSWORD" not in variables


def test_the_placeholder_of_a_whole_url_is_the_variable_that_has_it(tmp_path: Path) -> None:
    overlay = (
        "postgres: {topology: external, external: {host: db, cidrs: [10.1.0.0/24], secret: {name: own, urlKey: uri}}}\n"
        "services: {web: {env: {PG: x, PW: x}}}"
    )
    variables = described_variables(tmp_path, overlay)
    assert variables["DSN"]["value"] == "$(DATABASE_URL)&a=b"
    assert variables["AT"]["value"] == "db:5432"
    names = list(variables)
    assert names.index("DATABASE_URL") < names.index("DSN")


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        (
            "redis: {auth: false}",
            [
                (
                    "1: redis.auth: redis has no password, but RAW of web asks for $(REDIS_PASSWORD); "
                    "write ${redis.password} there, which is empty then, or set services.web.env.RAW otherwise"
                )
            ],
        ),
        (
            "redis: {auth: false}\nservices: {web: {env: {RAW: a $(REDIS_PASSWORD)}}}",
            [
                (
                    "2: services.web.env.RAW: there is no variable for $(REDIS_PASSWORD); "
                    "refer to one that comes before it, or write $$(REDIS_PASSWORD) for the text itself"
                )
            ],
        ),
        (
            "postgres: {topology: external, external: {host: db, cidrs: [10.1.0.0/24], secret: {urlKey: uri}}}",
            [
                (
                    "1: postgres.external.secret.urlKey: the URL comes whole from a Secret, but PG of web asks for "
                    "${postgres.database}; let the program read DATABASE_URL, or set services.web.env.PG otherwise"
                ),
                (
                    "1: postgres.external.secret.urlKey: the URL comes whole from a Secret, but PG of web asks for "
                    "${postgres.user}; let the program read DATABASE_URL, or set services.web.env.PG otherwise"
                ),
                (
                    "1: postgres.external.secret.urlKey: the URL comes whole from a Secret, but PW of web asks for "
                    "${postgres.password}; let the program read DATABASE_URL, or set services.web.env.PW otherwise"
                ),
            ],
        ),
        (
            (
                "postgres: {topology: external, urlOptions: sslmode=require, external: {host: db, cidrs: [10.1.0.0/24], "
                "secret: {urlKey: a b}}}"
            ),
            [
                (
                    "1: postgres.external.secret.urlKey: 'a b' is not allowed; allowed: a key of a Secret (letters, digits, "
                    "hyphens, underscores and dots, not two dots first), or ''"
                )
            ],
        ),
        (
            (
                "redis: {topology: external, external: {host: r, cidrs: [10.1.0.0/24], "
                "secret: {name: postgres-credentials, urlKey: uri}}}\nservices: {web: {env: {RD: x, RAW: x}}}"
            ),
            [
                (
                    "1: redis.external.secret.name: the platform makes the Secret postgres-credentials itself, without a key uri; "
                    "name another Secret, or one of its keys: password"
                )
            ],
        ),
    ],
)
def test_what_is_asked_and_nobody_knows_is_one_error(tmp_path: Path, overlay: str, told: list[str]) -> None:
    assert errors(tmp_path, catalogue=ASKING, overlays={"a.yaml": overlay}) == [f"a.yaml:{one}" for one in told]


def test_parts_of_a_whole_url_are_asked_by_commands_and_files_too(tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("user = ${postgres.user}\nhost = ${postgres.host}\n")
    asking = THREE.replace(
        "environment: {GREETING: hello}",
        'args: ["--db=${postgres.database}"]\n    files: {/etc/app.conf: app.conf}',
    )
    whole = "postgres: {topology: external, external: {host: db, cidrs: [10.1.0.0/24], secret: {urlKey: uri}}}\n"
    said = "a.yaml:1: postgres.external.secret.urlKey: the URL comes whole from a Secret, but {}; let the program read DATABASE_URL"
    args, file = (
        said.format("args of web asks for ${postgres.database}"),
        said.format("/etc/app.conf of web asks for ${postgres.user}"),
    )
    assert errors(tmp_path, catalogue=asking, overlays={"a.yaml": whole}) == [file, args]
    overridden = {"a.yaml": f"{whole}services: {{web: {{args: [--own]}}}}"}
    assert errors(tmp_path, catalogue=asking, overlays=overridden) == [file]


def test_sql_that_is_too_long_for_an_object_is_told_where_it_is_written(tmp_path: Path) -> None:
    overlay = f"postgres:\n  initSql: {'x' * 300_000}\n"
    (told,) = errors(tmp_path, catalogue=THREE, overlays={"a.yaml": overlay})
    assert told.startswith("a.yaml:2: postgres.initSql: ConfigMap postgres-config has ")
    assert told.endswith(" bytes, which `kubectl apply` cannot keep; allowed: 262144")
