"""Who may do what in PostgreSQL: at a first start, and on a volume whose services were superusers. With a real server, no node."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.postgres_server import (
    ADMINISTRATOR,
    ANEW,
    GOING_ON,
    PROGRAMS,
    SERVICES,
    Maker,
    Server,
    begin,
    is_killed,
    times_until_false,
)
from tests.cluster.waiting import wait_for

FILLED = Path(__file__).with_name("filled.sql")
DONE = "coder owns castiel and is no superuser; the administrator is postgres\n"
LEFT = [
    "ALTER EVENT TRIGGER watches OWNER TO",
    "ALTER FOREIGN DATA WRAPPER wrapper OWNER TO",
    "ALTER FUNCTION public.watch() OWNER TO",
    "ALTER PUBLICATION of_all OWNER TO",
]
"""What must belong to a superuser, or runs as one."""

READERS, DEVS, WRONG = "r", "d", "wrong"
"""Passwords of `filled.sql`, and none."""

Starter = Callable[..., Server]


@pytest.fixture(name="start")
def _start(make: Maker) -> Starter:
    """Starts servers."""

    def start(*, data: Path | None = None, role: str = "coder", database: str = "castiel") -> Server:
        server = make(role, database)
        if data:
            server.copied_from(data)
        else:
            server.initialize("postgres", *server.variables["POSTGRES_INITDB_ARGS"].split())
        server.start()
        return server

    return start


@pytest.fixture(name="older", scope="session")
def _older(place: Path) -> Path:
    """The data folder of a server as earlier versions made it, filled by its services."""
    server = Server(Path(tempfile.mkdtemp(dir=place)), place / PROGRAMS)
    server.initialize("coder")
    server.start()
    try:
        server.ask('CREATE DATABASE "castiel"', database="postgres")
        server.ask(FILLED.read_text(), given={"role": "coder"})
    finally:
        server.run("pg_ctl", "-w", "-m", "fast", "stop")
    return server.folder / "data"


def refused(server: Server, query: str, *, user: str = "", password: str = "", database: str = "") -> str:
    with pytest.raises(LookupError) as refusal:
        server.ask(query, user=user, password=password, database=database)
    return str(refusal.value)


def is_separate(server: Server) -> bool:
    """Whether the services' role is an ordinary one."""
    powers = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
    return server.ask(powers + " WHERE rolname = current_user") == "f"


def test_on_an_empty_volume_the_services_own_their_database_and_nothing_more(start: Starter) -> None:
    server = start()
    server.administer('CREATE DATABASE "castiel"', database="postgres")  # as the image does
    assert server.separate().stdout == DONE
    assert is_separate(server)
    server.ask("CREATE TABLE made (x int); CREATE SCHEMA own; CREATE TABLE own.made (x int)")
    assert "permission denied to COPY to or from an external program" in refused(server, "COPY made FROM PROGRAM 'id'")
    assert "permission denied for function pg_read_file" in refused(server, "SELECT pg_read_file('/etc/passwd')")
    for statement in ("CREATE ROLE more", "CREATE DATABASE more", "ALTER ROLE coder SUPERUSER", "SET ROLE postgres"):
        assert "permission denied" in refused(server, statement)
    for other in ("postgres", "template1"):
        assert f'permission denied for database "{other}"' in refused(server, "SELECT 1", database=other)


def test_nobody_connects_without_a_password(start: Starter) -> None:
    server = start()
    server.administer('CREATE DATABASE "castiel"', database="postgres")
    server.separate()
    for user in ("postgres", "coder"):
        assert "password authentication failed" in refused(server, "SELECT 1", user=user, password=WRONG)
    rules = server.administer("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert rules == "scram-sha-256"


@pytest.mark.parametrize("name", ["user@server", 'it\'s "odd"=x', "my-db", "UPPER", "-d"])
def test_names_are_quoted_whatever_they_are(start: Starter, name: str) -> None:
    server = start(role=name, database=name)
    done = server.separate()
    assert done.returncode == 0, done.stderr
    assert server.administer("SELECT datname FROM pg_database WHERE datdba <> 10") == name
    assert is_separate(server)


def test_a_first_start_that_was_broken_off_is_completed(start: Starter) -> None:
    server = start()
    assert server.separate().stdout == DONE
    assert server.ask("SELECT current_database()") == "castiel"


def test_all_that_a_superuser_owned_is_the_new_roles_and_others_keep_their_privileges(start: Starter, older: Path) -> None:
    server = start(data=older)
    before = {name: server.dump("coder", name) for name in ("castiel", "shadow")}
    done = server.separate()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"castiel: 31 objects belong to coder now\nshadow: 1 objects belong to coder now\n{DONE}"
    for name, lines in before.items():
        expected = [f"{line.split(' OWNER TO ')[0]} OWNER TO postgres;" if line.startswith(tuple(LEFT)) else line for line in lines]
        found = server.dump("postgres", name)
        assert sorted(set(found) - set(expected)) == sorted(set(expected) - set(found)) == []
    assert is_separate(server)
    assert server.ask("SELECT count(*), app.who() FROM app.users") == "1000|coder"
    assert server.ask("SHOW search_path; SHOW statement_timeout") == '"$user", app, public\n5min'
    assert server.ask("SELECT * FROM shadows", database="shadow") == "1"
    server.ask("ALTER TABLE app.users ADD COLUMN more int; DROP TABLE part; CREATE TABLE app.later (x int)")
    assert "permission denied to COPY" in refused(server, "COPY app.users TO PROGRAM 'id'")
    assert server.ask("SELECT count(*) FROM app.users", user="reader", password=READERS) == "1000"
    mapped = "SELECT usename, umoptions FROM pg_user_mappings"
    assert server.administer(mapped) == 'coder|{password=it\'s,"a b=c"}'


def test_members_of_the_old_role_are_no_administrators(start: Starter, older: Path) -> None:
    server = start(data=older)
    server.separate()
    members = "SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members WHERE member >= 16384"
    assert server.administer(f"{members} ORDER BY roleid::regrole::text") == "coder|dev|t\netl|coder|f"
    assert "permission denied to set role" in refused(server, "SET ROLE postgres", user="dev", password=DEVS)


def test_nobody_connects_without_a_password_any_more(start: Starter, older: Path) -> None:
    server = start(data=older)
    assert server.ask("SELECT 1", password=WRONG) == "1"
    server.separate()
    assert "password authentication failed" in refused(server, "SELECT 1", password=WRONG)
    assert "password authentication failed" in refused(server, "SELECT 1", user="postgres", password=WRONG)
    server.stop()
    server.start()
    assert "password authentication failed" in refused(server, "SELECT 1", password=WRONG)


def test_connections_of_the_old_role_are_ended(start: Starter, older: Path) -> None:
    server = start(data=older)
    command = [str(server.programs / "psql"), "-Xq", "-c", "SELECT pg_sleep(60)"]
    with subprocess.Popen(command, env=server.client, stderr=subprocess.PIPE, text=True) as open_one:
        sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
        wait_for("the connection", lambda: server.ask(sleeping) == "1", timeout=20)
        assert server.separate().returncode == 0
        _, said = open_one.communicate(timeout=20)
    assert "terminating connection due to administrator command" in said


def test_a_second_run_changes_nothing(start: Starter, older: Path) -> None:
    server = start(data=older)
    server.separate()
    server.administer("CREATE TABLE of_the_administrator (x int); GRANT CONNECT ON DATABASE postgres TO PUBLIC")
    before = server.dump("postgres")
    assert server.separate().stdout == DONE
    assert server.dump("postgres") == before
    assert server.administer("SELECT has_database_privilege('public', 'postgres', 'CONNECT')") == "t"


@pytest.mark.parametrize(("program", "said"), [("initdb", ANEW), ("psql", GOING_ON)])
def test_a_first_start_that_is_killed_anywhere_is_completed_by_the_next(make: Maker, program: str, said: str) -> None:
    def is_killed_at(call: int) -> bool:
        server = make()
        if not is_killed(server, program, call):
            assert said not in server.log
            return False
        assert said not in server.log
        assert begin(server), server.log
        assert server.log.count(said) == 1
        assert is_separate(server)
        assert server.ask("SELECT current_database()") == "castiel"
        server.stop_container()
        return True

    assert times_until_false(is_killed_at) >= (5 if program == "psql" else 1)


def test_where_the_first_start_cannot_be_completed_there_is_no_server(make: Maker) -> None:
    server = make()
    shim = server.folder / "bin" / "psql"
    shim.write_text("#!/bin/sh\nexit 9\n")
    shim.chmod(0o755)
    assert not begin(server)
    server.stop_container()
    shim.unlink()
    for _ in range(2):
        assert not begin(server, POSTGRES_PASSWORD=WRONG)
        server.stop_container()
    assert server.log.count(GOING_ON) == 2
    assert server.log.count("roles.sh: neither postgres nor coder can log in; compare their Secrets\n") == 2
    assert begin(server)
    server.stop_container()
    assert begin(server)
    assert server.log.count(GOING_ON) == 3


def test_a_volume_that_an_earlier_version_filled_starts_untouched(make: Maker, older: Path) -> None:
    """It has no mark of a first start that was broken off."""
    server = make()
    server.copied_from(older)
    assert begin(server)
    assert server.ask("SELECT rolsuper, oid FROM pg_roles WHERE rolname = current_user") == "t|10"
    assert "coder is a superuser until you run sh " in server.log
    assert GOING_ON not in server.log


SHIM = """\
#!/bin/sh
n=$(($(cat {count} 2> /dev/null || echo 0) + 1))
echo $n > {count}
[ $n -ne {call} ] || [ {before} = 1 ] || exit 9
{psql} "$@" || exit
[ $n -ne {call} ] || exit 9
"""


def test_the_owner_of_the_database_cannot_make_the_administrator_call_its_functions(start: Starter) -> None:
    server = start()
    server.administer('CREATE DATABASE "castiel"', database="postgres")
    server.separate()
    server.ask("""
        CREATE SCHEMA evil;
        CREATE FUNCTION evil.take() RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          IF current_setting('is_superuser') = 'on' THEN EXECUTE 'ALTER ROLE coder SUPERUSER'; END IF;
          RETURN '';
        END $$;
        CREATE VIEW evil.pg_shdescription AS SELECT 10::oid AS objoid, evil.take() AS description;
        CREATE VIEW evil.pg_roles AS SELECT 10::oid AS oid, evil.take() AS rolname;
        CREATE FUNCTION evil.pg_reload_conf() RETURNS text LANGUAGE sql AS 'SELECT evil.take()';
        GRANT USAGE ON SCHEMA evil TO PUBLIC;
        GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;
        ALTER DATABASE "castiel" SET search_path = evil, pg_catalog;
    """)
    assert server.separate().stdout == DONE
    assert server.administer("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'coder'", database="postgres") == "f"


def test_broken_off_anywhere_it_goes_on_where_it_was(start: Starter, older: Path) -> None:
    """A psql that dies at its n-th call, before it does anything or when all is done."""
    whole = start(data=older)
    assert whole.separate().returncode == 0
    expected = whole.dump("postgres"), whole.dump("postgres", "shadow")

    def breaks_at(call: int) -> bool:
        server = start(data=older)
        count = server.folder / "data" / "calls"
        shim = SHIM.format(count=count, call=call, before=call % 2, psql=server.programs / "psql")
        (server.folder / "bin" / "psql").write_text(shim)
        (server.folder / "bin" / "psql").chmod(0o755)
        done = server.separate()
        reached = int(count.read_text()) >= call
        (server.folder / "bin" / "psql").unlink()
        count.unlink()
        assert reached or done.returncode == 0
        assert server.separate().stdout.endswith(DONE), call
        assert is_separate(server)
        assert (server.dump("postgres"), server.dump("postgres", "shadow")) == expected
        server.stop()
        return reached

    assert times_until_false(breaks_at) >= 5


def test_a_statement_that_fails_leaves_everything_as_it_was(start: Starter, older: Path) -> None:
    """A program holds a lock, and the connection that waits for it is lost."""
    server = start(data=older)
    command = [str(server.programs / "psql"), "-Xq", "-c", "BEGIN; LOCK app.users; SELECT pg_sleep(60)"]
    with subprocess.Popen(command, env=server.client, stderr=subprocess.DEVNULL):
        locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'app.users'::regclass AND granted"
        wait_for("the lock", lambda: server.ask(locked) == "1", timeout=20)
        script = ["sh", str(server.folder / "scripts" / "roles.sh")]
        with subprocess.Popen(script, env=server.variables, stderr=subprocess.DEVNULL) as run:
            waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            wait_for("it to wait", lambda: server.ask(f"SELECT count(*) {waiting}") == "1", timeout=20)
            server.ask(f"SELECT pg_terminate_backend(pid) {waiting}")
            assert run.wait(timeout=20) != 0
        server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'")
    assert server.ask("SELECT rolname FROM pg_roles WHERE oid >= 16384 OR oid = 10 ORDER BY 1") == "boss\ncoder\ndev\netl\nreader"
    assert server.ask("SELECT rolsuper FROM pg_roles WHERE rolname = 'coder'") == "t"
    assert server.separate().stdout.endswith(DONE)


def test_no_password_is_in_the_servers_log(start: Starter, older: Path) -> None:
    server = start(data=older)
    server.separate()
    assert "SELECT rolname FROM pg_roles" in server.log
    for password in (ADMINISTRATOR, SERVICES):
        assert not re.search(re.escape(password.replace("'", "''")), server.log)
        assert password not in server.log


def test_it_says_what_is_in_its_way(start: Starter, older: Path) -> None:
    server = start(data=older)
    other = server.separate(SERVICES_USER="reader", SERVICES_PASSWORD=READERS)
    assert other.stderr == "roles.sh: the first superuser is coder, not reader; set postgres.user to coder\n"
    server.ask("CREATE ROLE postgres LOGIN")
    beside = server.separate()
    assert beside.stderr == "roles.sh: there is a role postgres beside the first superuser, coder; rename it, and run this again\n"
    server.ask("DROP ROLE postgres")
    locked_out = start()
    assert "neither postgres nor coder can log in; compare their Secrets" in locked_out.separate(POSTGRES_PASSWORD=WRONG).stderr


def test_a_role_that_may_do_more_is_not_called_separate(start: Starter) -> None:
    server = start()
    server.administer("CREATE ROLE coder LOGIN CREATEDB", database="postgres")
    server.administer(f"ALTER ROLE coder PASSWORD '{SERVICES.replace(chr(39), chr(39) * 2)}'", database="postgres")
    done = server.separate()
    assert done.returncode == 1
    assert "coder may do more than own its database" in done.stderr
