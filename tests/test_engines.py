"""What clients and operators set of the engines: users, lines of configuration, virtual hosts, the SQL of a first start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import Rendered, render, render_with
from tests.shop import CATALOGUE, errors

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
            "postgres: {config: {Max_Connections: '9'}}",
            f"postgres.config.Max_Connections: the platform sets Max_Connections itself; {POSTGRES}",
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
            ("postgres.config.work-mem: the key is not allowed; allowed: a setting such as work_mem or pg_stat_statements.track"),
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
