"""Extensions, SQL and settings that the values give PostgreSQL, with a real server and no node."""

from __future__ import annotations

from functools import cache

import pytest

from tests.cluster.postgres_server import ANEW, GOING_ON, Maker, Server, begin, is_killed, times_until_false
from tests.rendering import Rendered, render, render_with

SQL = """\
CREATE DATABASE another;
CREATE TABLE seeds (x text);
INSERT INTO seeds SELECT extname FROM pg_extension;
GRANT SELECT, INSERT ON seeds TO :"user";
"""
"""What can run only once, and not in a transaction; it sees the extensions and knows the services' role."""

ANEW_FOR_SQL = "the first start was broken off: beginning anew\n"


@cache
def given() -> Rendered:
    """The manifests with all of it; rendered once."""
    return render_with({"postgres": {"extensions": ["vector"], "initSql": SQL}})


def is_seeded(server: Server) -> None:
    """All of the SQL has run, once."""
    assert server.ask("SELECT x FROM seeds ORDER BY x").splitlines() == ["plpgsql", "vector"]
    assert server.administer("SELECT count(*) FROM pg_database WHERE datname = 'another'") == "1"
    assert server.ask("SELECT '[1,2]'::vector <-> '[1,1]'") == "1"
    assert not (server.folder / "data.unfinished").exists()


def test_the_first_start_makes_extensions_then_runs_the_sql_as_the_administrator(make: Maker) -> None:
    server = make()
    server.configure(given())
    assert begin(server), server.log
    is_seeded(server)
    assert server.ask("SELECT tableowner FROM pg_tables WHERE tablename = 'seeds'") == "postgres"
    server.ask("INSERT INTO seeds VALUES ('more')")
    server.stop_container()
    assert begin(server), server.log
    assert server.ask("SELECT count(*) FROM seeds") == "3"
    assert ANEW_FOR_SQL not in server.log


def test_on_a_volume_that_has_data_nothing_of_it_runs(make: Maker) -> None:
    server = make()
    assert begin(server), server.log
    server.ask("CREATE TABLE precious (x int)")
    server.stop_container()
    server.configure(given())
    assert begin(server), server.log
    assert server.separate().returncode == 0
    assert server.ask("SELECT count(*) FROM precious") == "0"
    assert server.administer("SELECT count(*) FROM pg_class WHERE relname = 'seeds'") == "0"


def test_a_first_start_that_is_killed_anywhere_begins_anew(make: Maker) -> None:
    def is_killed_at(call: int) -> bool:
        server = make()
        server.configure(given())
        if not is_killed(server, "psql", call):
            return False
        assert begin(server), server.log
        assert server.log.count(ANEW_FOR_SQL) == 1
        is_seeded(server)
        server.stop_container()
        return True

    assert times_until_false(is_killed_at) >= 8


@pytest.mark.parametrize("wrong", ["SELECT 1/0;", 'CREATE EXTENSION "there-is-none";'])
def test_wrong_sql_is_told_at_each_start_until_it_is_mended(make: Maker, wrong: str) -> None:
    server = make()
    server.configure(render_with({"postgres": {"initSql": f"{SQL}{wrong}"}}))
    for _ in range(2):
        assert not begin(server)
        server.stop_container()
    assert server.log.count("init.sql:5: ERROR:") == 2
    server.configure(given())
    assert begin(server), server.log
    is_seeded(server)


def test_where_the_sql_is_taken_back_the_first_start_goes_on_and_nothing_begins_anew_later(make: Maker) -> None:
    """Data that services have written is never taken for a first start that was broken off."""
    server = make()
    server.configure(render_with({"postgres": {"initSql": "SELECT 1/0;"}}))
    assert not begin(server)
    server.stop_container()
    server.configure(render())
    assert begin(server), server.log
    assert GOING_ON in server.log
    assert ANEW not in server.log
    server.ask("CREATE TABLE precious (x int)")
    server.stop_container()
    server.configure(given())
    assert begin(server), server.log
    assert server.ask("SELECT count(*) FROM precious") == "0"


def test_the_server_has_the_settings_at_its_first_start_too(make: Maker) -> None:
    server = make()
    settings = {"work_mem": "3MB", "search_path": '"$user", public, "a b"', "cluster_name": "it is `id` $(id) #1", "my.own": ""}
    sql = "CREATE TABLE seen AS SELECT current_setting('work_mem') AS x;\nGRANT SELECT ON seen TO PUBLIC;\n"
    server.configure(render_with({"postgres": {"config": settings, "initSql": sql}}))
    assert begin(server), server.log
    assert server.ask("SELECT x FROM seen") == "3MB"
    for name, setting in settings.items():
        assert server.ask(f"SELECT current_setting('{name}')") == setting
