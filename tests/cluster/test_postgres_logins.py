"""`postgres.loginPerService` with a real server and no node: who a service is, what is whose, and how passwords change."""

from __future__ import annotations

from functools import cache

import pytest

from tests.cluster.postgres_server import Maker, Server, begin
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render, render_with

CALENDAR, MESSAGING, ANOTHER = "calendar's 'own' \\ \"one\"", "messaging-1", "calendar-2"
"""Passwords, one of which needs quoting."""

WRONG = "password authentication failed"
POWERFUL = """
SELECT count(*) FROM pg_roles
WHERE oid >= 16384 AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)
"""
GIVEN = "the services have the logins of their Secrets\n"


@cache
def given(*gone: str) -> Rendered:
    """The manifests with a login for each service, but for those that have gone."""
    services = {name: {"enabled": False} for name in gone}
    return render_with({"postgres": {"loginPerService": True}, "services": services})


def mount(server: Server, **passwords: str) -> None:
    """Put the passwords of the services where the pod has them, as the kubelet does; those not named have their own name."""
    (server.folder / "logins").mkdir(exist_ok=True)
    for line in (server.folder / "scripts" / "logins").read_text().splitlines():
        name = line.split()[0]
        file = server.folder / "logins" / name
        file.write_text(passwords.get(name, name))
        file.chmod(0o644)


@pytest.fixture(name="server")
def _server(make: Maker) -> Server:
    """A server that has not started."""
    server = make()
    server.configure(given())
    mount(server, calendar=CALENDAR, messaging=MESSAGING)
    server.hurry()
    return server


def as_calendar(server: Server, query: str, password: str = CALENDAR) -> str:
    return server.ask(query, user="calendar", password=password)


def as_messaging(server: Server, query: str) -> str:
    return server.ask(query, user="messaging", password=MESSAGING)


def refusal(server: Server, user: str, password: str) -> str:
    """The server's words to one who wants to log in; empty where it lets him in."""
    try:
        server.ask("SELECT 1", user=user, password=password)
    except LookupError as words:
        return str(words)
    return ""


def wait_until_given(server: Server, times: int = 1) -> None:
    wait_for("the logins", lambda: server.log.count(GIVEN) >= times, timeout=30, explain=lambda: server.log)


def test_each_service_logs_in_as_itself_before_anybody_can_wait_for_it(server: Server) -> None:
    assert begin(server), server.log
    assert as_calendar(server, "SELECT session_user, current_user") == "calendar|coder"
    assert as_messaging(server, "SELECT session_user, current_user") == "messaging|coder"
    assert WRONG in refusal(server, "calendar", MESSAGING)
    assert server.administer(POWERFUL) == "0"


def test_what_a_service_makes_is_the_owners_and_all_services_can_use_and_change_it(server: Server) -> None:
    assert begin(server), server.log
    as_calendar(server, "CREATE SCHEMA plans; CREATE TABLE plans.days (x int); INSERT INTO plans.days VALUES (1)")
    as_messaging(server, "ALTER TABLE plans.days ADD COLUMN y int; INSERT INTO plans.days VALUES (2, 2)")
    assert server.ask("SELECT count(*) FROM plans.days") == "2"
    assert server.administer("SELECT tableowner FROM pg_tables WHERE schemaname = 'plans'") == "coder"


@pytest.mark.parametrize(("reset", "who"), [("RESET ALL", "coder"), ("RESET ROLE", "coder"), ("DISCARD ALL", "calendar")])
def test_after_what_drivers_do_between_two_clients_of_a_session(server: Server, reset: str, who: str) -> None:
    """What the page of PostgreSQL tells: the last one leaves the login without its role."""
    assert begin(server), server.log
    assert as_calendar(server, f"{reset}; SELECT current_user") == who


def test_a_service_takes_no_more_connections_than_twice_its_pods(server: Server) -> None:
    assert begin(server), server.log
    limits = dict(line.split("|") for line in server.administer("SELECT rolname, rolconnlimit FROM pg_roles").splitlines())
    assert limits["calendar"] == "20"  # twice a pool of five in each of two pods, one of which is the rollout's
    assert limits["coder"] == "-1"
    wait_until_given(server)  # two cannot change a role at once
    server.administer("ALTER ROLE calendar CONNECTION LIMIT 0")
    assert 'too many connections for role "calendar"' in refusal(server, "calendar", CALENDAR)


def test_a_changed_secret_is_brought_into_the_server_without_a_restart(server: Server) -> None:
    assert begin(server), server.log
    wait_until_given(server)
    mount(server, calendar=ANOTHER, messaging=MESSAGING)
    wait_for("the new password", lambda: not refusal(server, "calendar", ANOTHER), timeout=30, explain=lambda: server.log)
    assert WRONG in refusal(server, "calendar", CALENDAR)
    assert as_messaging(server, "SELECT 1") == "1"
    assert ANOTHER not in server.log


def test_a_volume_of_before_gets_the_logins_when_its_server_starts_again(server: Server) -> None:
    server.configure(render())
    assert begin(server), server.log
    server.ask("CREATE TABLE made (x int)")
    server.stop_container()
    server.configure(given())
    assert begin(server), server.log
    wait_until_given(server)
    assert as_calendar(server, "SELECT count(*) FROM made") == "0"
    assert server.ask("SELECT 1") == "1", "whoever still logs in as the owner goes on"


def test_what_somebody_has_changed_of_its_rights_stays(server: Server) -> None:
    assert begin(server), server.log
    wait_until_given(server)  # two cannot change a role at once
    server.administer("REVOKE coder FROM calendar; ALTER ROLE calendar RESET role; GRANT CONNECT ON DATABASE castiel TO calendar")
    server.stop_container()
    assert begin(server), server.log
    wait_until_given(server, times=2)
    assert as_calendar(server, "SELECT current_user") == "calendar"
    assert server.administer("SELECT pg_has_role('calendar', 'coder', 'MEMBER')") == "f"


def test_a_service_that_has_gone_logs_in_no_more_and_can_come_back(server: Server) -> None:
    assert begin(server), server.log
    server.stop_container()
    server.configure(given("messaging"))
    assert begin(server), server.log
    wait_for("the end of it", lambda: "not permitted to log in" in refusal(server, "messaging", MESSAGING), timeout=30)
    assert as_calendar(server, "SELECT 1") == "1"
    server.stop_container()
    server.configure(given())
    assert begin(server), server.log
    wait_for("its login", lambda: as_messaging(server, "SELECT 1"), timeout=30)


def test_a_role_of_that_name_which_is_somebody_elses_is_left_alone(server: Server) -> None:
    server.configure(render())
    assert begin(server), server.log
    server.administer("CREATE ROLE calendar LOGIN PASSWORD 'calendar-2'; GRANT CONNECT ON DATABASE castiel TO calendar")
    server.stop_container()
    server.configure(given())
    assert begin(server), server.log
    wait_until_given(server)
    assert "there is a role calendar already, which is not the login of this service: rename it\n" in server.log
    assert server.ask("SELECT current_user", user="calendar", password=ANOTHER) == "calendar"
    assert as_messaging(server, "SELECT current_user") == "coder"
