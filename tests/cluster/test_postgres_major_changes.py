"""From one major version of PostgreSQL to the next by a second server, with the commands of docs/postgres.md, on the node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of
from tests.cluster.waiting import wait_for
from tests.rendering import render_catalogue

TIER = {"tier": "data", "port": 5432}
OLD, OLD_BESIDE = {**TIER, "urlVariable": "DATABASE_URL"}, {**TIER, "urlVariable": "OLD_URL"}
NEXT_BESIDE, NEXT = ({"kind": "postgres", **TIER, "urlVariable": name} for name in ("NEXT_DATABASE_URL", "DATABASE_URL"))


def platform_of(node: Node, folder: Path, used: str, **servers: dict[str, Any]) -> Castiel:
    """The platform with these servers, of which its service uses one."""
    catalogue = {
        "name": "ledger",
        "tiers": [{"name": "data"}, {"name": "app"}],
        "dataServices": servers,
        "services": {"writer": {"tier": "app", "needs": [used], "health": "none"}},
    }
    small = BESIDE_CASTIEL["postgres"]
    values: dict[str, Any] = {
        "defaults": BESIDE_CASTIEL["defaults"],
        "services": {"writer": {"image": {"repository": "castiel.test/standin", "tag": "1"}}},
    }
    if "postgres" in servers:
        values["postgres"] = small
    if "database" in servers:
        values["dataServices"] = {"database": {"image": {"repository": "castiel.test/postgres-17", "tag": "17"}, **small}}
    platform = castiel_of(node, render_catalogue(catalogue, values), folder / used / "-".join(servers))
    platform.provide_images()
    return platform


def ask(platform: Castiel, server: str, query: str) -> str:
    """What a server tells the services' role."""
    command = (
        f'PGPASSWORD=$POSTGRES_PASSWORD psql -XAt -v ON_ERROR_STOP=1 -U postgres "$POSTGRES_DB" -c "SET ROLE ledger" -c "{query}"'
    )
    return platform.node.exec(platform.namespace, f"{server}-0", "sh", "-c", command).strip().splitlines()[-1]


def test_the_data_move_to_a_server_of_the_next_version(node: Node, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    first = platform_of(node, tmp_path, "postgres", postgres=OLD)
    request.addfinalizer(first.remove)
    first.start()
    ask(first, "postgres", "CREATE TABLE orders (x int); INSERT INTO orders SELECT generate_series(1, 1000)")
    where = ("--namespace", first.namespace)
    node.kubectl("delete", "job", *where, "secret-generator")
    platform_of(node, tmp_path, "postgres", postgres=OLD, database=NEXT_BESIDE).start()

    node.kubectl("scale", "deployment", *where, "--replicas=0", "writer")
    wait_for("the service to stop", lambda: not first.pods_of("writer"), timeout=60)
    dump = node.kubectl(
        "exec", *where, "postgres-0", "--", "sh", "-c", 'PGPASSWORD=$POSTGRES_PASSWORD pg_dump -U postgres "$POSTGRES_DB"'
    )
    load = 'PGPASSWORD=$POSTGRES_PASSWORD psql -v ON_ERROR_STOP=1 -q -U postgres "$POSTGRES_DB"'
    node.kubectl("exec", "-i", *where, "database-0", "--", "sh", "-c", load, stdin=dump)

    platform_of(node, tmp_path, "database", postgres=OLD_BESIDE, database=NEXT).start()
    assert ask(first, "database", "SHOW server_version_num").startswith("17")
    assert ask(first, "database", "SELECT sum(x) FROM orders") == "500500"
    assert ask(first, "database", "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == "ledger"

    last = platform_of(node, tmp_path, "database", database=NEXT)
    node.kubectl("delete", "job", *where, "secret-generator")
    last.apply()
    node.kubectl("delete", "statefulset,pvc", *where, "--selector", "app.kubernetes.io/name=postgres", "--wait=false")
    wait_for("the old server to leave", lambda: not first.pods_of("postgres"), timeout=60)
    last.wait_until_ready()
    assert ask(last, "database", "SELECT count(*) FROM orders") == "1000"
