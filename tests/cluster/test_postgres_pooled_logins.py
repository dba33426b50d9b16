"""`postgres.loginPerService` behind the pooler, with a real PgBouncer and a real server, and no node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from tests.cluster.postgres_pooler import Pooler, pgbouncer, pooler_before
from tests.cluster.postgres_server import SERVICES, Maker, begin
from tests.cluster.test_postgres_logins import ANOTHER, CALENDAR, MESSAGING, mount
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_with

POOL_SIZE = 3
SAYS = "CREATE OR REPLACE FUNCTION pg_catalog.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT {}'"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'castiel' AND pid <> pg_backend_pid()"


@cache
def given() -> Rendered:
    """The manifests with both; rendered once."""
    return render_with({"postgres": {"loginPerService": True, "pooler": {"enabled": True, "poolSize": POOL_SIZE}}})


@pytest.fixture(name="program", scope="session")
def _program(place: Path) -> str:
    (place / "trixie").mkdir()
    return pgbouncer(place / "trixie")


@pytest.fixture(name="pooler")
def _pooler(make: Maker, program: str) -> Iterator[Pooler]:
    server = make()
    server.configure(given())
    mount(server, calendar=CALENDAR, messaging=MESSAGING)
    server.hurry()
    assert begin(server), server.log
    with pooler_before(server, program) as pooler:
        yield pooler


def as_calendar(pooler: Pooler, query: str, password: str = CALENDAR) -> str:
    return pooler.ask(query, user="calendar", password=password)


def as_messaging(pooler: Pooler, query: str) -> str:
    return pooler.ask(query, user="messaging", password=MESSAGING)


def test_each_service_is_itself_through_the_pooler_and_no_other(pooler: Pooler) -> None:
    assert as_calendar(pooler, "SELECT session_user, current_user") == "calendar|coder"
    assert as_messaging(pooler, "SELECT session_user, current_user") == "messaging|coder"
    assert pooler.ask("SELECT session_user", user="coder", password=SERVICES) == "coder"
    with pytest.raises(LookupError, match="SASL authentication failed"):
        as_calendar(pooler, "SELECT 1", MESSAGING)


def test_a_login_that_waits_takes_over_what_another_does_not_use(pooler: Pooler) -> None:
    """Without that it would wait until the other's connections are old: for half a minute."""
    with ThreadPoolExecutor(POOL_SIZE) as clients:
        list(clients.map(lambda _: as_calendar(pooler, "SELECT pg_sleep(0.5)"), range(POOL_SIZE)))
    held = "SELECT usename, count(*) FROM pg_stat_activity WHERE usename IN ('calendar', 'messaging') GROUP BY 1 ORDER BY 1"
    assert pooler.server.administer(held) == f"calendar|{POOL_SIZE}"
    began = time.monotonic()
    assert as_messaging(pooler, "SELECT 'served'") == "served"
    assert time.monotonic() - began < 15, "it waited until the other's connections were old"
    # The server ends the connection that was closed a moment later.
    taken_over = f"calendar|{POOL_SIZE - 1}\nmessaging|1"
    wait_for("the connection to be taken over", lambda: pooler.server.administer(held) == taken_over, timeout=5)


def test_a_changed_password_is_known_to_both_without_a_restart(pooler: Pooler) -> None:
    assert as_calendar(pooler, "SELECT 1") == "1"
    mount(pooler.server, calendar=ANOTHER, messaging=MESSAGING)
    wait_for("the new password", lambda: as_calendar(pooler, "SELECT 1", ANOTHER), timeout=30)
    with pytest.raises(LookupError, match="SASL authentication failed"):
        as_calendar(pooler, "SELECT 1")
    assert as_messaging(pooler, "SELECT 1") == "1"


def test_a_standby_ends_the_connections_of_logins_before_a_client_has_them(pooler: Pooler) -> None:
    """Acting as another role, they may not end a session of their own. The server says of itself here what a standby does."""
    assert as_calendar(pooler, "SELECT 1") == "1"
    pooler.server.administer(f"{SAYS.format(True)}; {END}")
    with ThreadPoolExecutor(1) as waiting:
        answer = waiting.submit(as_calendar, pooler, "SELECT 'served'")
        log = pooler.server.folder / "pooler" / "log"
        told = "error while executing exec_on_query: FATAL: terminating connection due to administrator command"
        wait_for("it tries again and again", lambda: log.read_text().count(told) >= 2, timeout=30, explain=log.read_text)
        assert not answer.done()
        pooler.server.administer(SAYS.format(False))
        assert answer.result(timeout=30) == "served"
