"""What the services may do in the data services, and what is the administrators' alone; who listens where."""

from __future__ import annotations

import base64

import pytest

from tests.cluster.platform import Castiel

DANGEROUS = (
    "CONFIG GET maxmemory", "CONFIG SET maxmemory 1", "DEBUG SLEEP 0", "SHUTDOWN NOSAVE", "FLUSHALL", "FLUSHDB", "ACL LIST",
    "ACL SETUSER more on", "MONITOR", "MODULE LIST", "REPLICAOF NO ONE", "SLAVEOF NO ONE", "PSYNC ? -1", "SAVE", "BGREWRITEAOF",
    "KEYS *", "SWAPDB 0 1", "MIGRATE a 1 b 0 1", "RESTORE a 0 b", "CLIENT LIST", "CLIENT KILL ID 1", "CLIENT PAUSE 1",
    "SLOWLOG GET", "FAILOVER", "LATENCY LATEST",
)  # fmt: skip
ORDINARY = (
    "PING", "SET a b", "GET a", "EXPIRE a 60", "DEL a", "SCAN 0", "INFO", "INFO persistence", "CLIENT SETNAME service",
    "CLIENT ID", "CLIENT GETNAME", "HELLO 3", "SELECT 0", "XADD s * a b", "DEL s", "PUBLISH c m", "EVAL return(1) 0", "DBSIZE",
    "COMMAND COUNT", "WAIT 0 1",
)  # fmt: skip


def secret(castiel: Castiel, name: str, key: str = "password") -> str:
    path = f"/api/v1/namespaces/{castiel.namespace}/secrets/{name}"
    return base64.b64decode(castiel.node.api.request("GET", path)["data"][key]).decode()


def in_postgres(castiel: Castiel, query: str, *, administrator: bool = False) -> str:
    """What the database answers, asked with the password of the pod's variables; the errors of psql count as answers."""
    user, password = ("postgres", "POSTGRES_PASSWORD") if administrator else ("$SERVICES_USER", "SERVICES_PASSWORD")
    command = f'PGPASSWORD=${password} psql -U "{user}" -d castiel -Atc "$1" 2>&1 || true'
    return castiel.node.exec(castiel.namespace, "postgres-0", "sh", "-c", command, "sh", query).strip()


def in_redis(castiel: Castiel, commands: tuple[str, ...], *, administrator: bool = False) -> dict[str, str]:
    """The first line of each command's answer."""
    login = (
        'export REDISCLI_AUTH=$ADMINISTRATOR_PASSWORD; cli="redis-cli --user administrator"' if administrator else "cli=redis-cli"
    )
    script = f'{login}; for one; do echo "$one=$(set -f; $cli $one 2>&1 | head -n 1)"; done'
    answered = castiel.node.exec(castiel.namespace, "redis-0", "sh", "-c", script, "sh", *commands)
    return dict(line.split("=", 1) for line in answered.splitlines())


def test_the_services_role_owns_its_database_and_is_no_superuser(castiel: Castiel) -> None:
    powers = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert in_postgres(castiel, powers) == "f|f|f|f|f"
    assert in_postgres(castiel, "SELECT datdba::regrole FROM pg_database WHERE datname = 'castiel'") == "coder"
    assert "permission denied to COPY to or from an external program" in in_postgres(castiel, "COPY (SELECT 1) TO PROGRAM 'id'")
    assert in_postgres(castiel, "CREATE TABLE tried (x int); DROP TABLE tried").splitlines() == ["CREATE TABLE", "DROP TABLE"]


@pytest.mark.parametrize("where", ["127.0.0.1", "::1", "/var/run/postgresql"])
@pytest.mark.parametrize("user", ["postgres", "coder"])
def test_nobody_connects_without_a_password_in_the_pod_neither(castiel: Castiel, user: str, where: str) -> None:
    command = f"psql -h {where} -U {user} -w -d castiel -Atc 'SELECT 1' 2>&1 || true"
    said = castiel.node.exec(castiel.namespace, "postgres-0", "sh", "-c", command)
    assert "no password supplied" in said


def test_the_administrator_gets_in_with_the_password_of_the_pods_variables(castiel: Castiel) -> None:
    assert in_postgres(castiel, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", administrator=True) == "t"


def test_the_databases_log_holds_no_password(castiel: Castiel) -> None:
    log = castiel.node.kubectl("logs", "--namespace", castiel.namespace, "postgres-0")
    assert "coder owns castiel and is no superuser" in log
    for name in ("postgres-credentials", "postgres-administrator"):
        assert secret(castiel, name) not in log


def test_the_services_cannot_give_dangerous_commands(castiel: Castiel) -> None:
    answers = in_redis(castiel, DANGEROUS)
    assert {command: answer for command, answer in answers.items() if "NOPERM" not in answer} == {
        "DEBUG SLEEP 0": answers["DEBUG SLEEP 0"]  # refused to everybody, and so before anybody's rights are looked at
    }
    assert "DEBUG command not allowed" in answers["DEBUG SLEEP 0"]


def test_what_ordinary_clients_ask_for_is_allowed(castiel: Castiel) -> None:
    answers = in_redis(castiel, ORDINARY)
    assert {command: answer for command, answer in answers.items() if "NOPERM" in answer or "ERR" in answer} == {}


def test_rediss_administrator_may_do_everything(castiel: Castiel) -> None:
    answers = in_redis(castiel, ("ACL WHOAMI", "CONFIG GET maxmemory", "ACL LIST"), administrator=True)
    assert answers["ACL WHOAMI"] == "administrator"
    assert answers["CONFIG GET maxmemory"] == "maxmemory"


def test_the_brokers_user_of_the_services_is_no_administrator(castiel: Castiel) -> None:
    def listed(what: str) -> list[str]:
        return castiel.node.exec(castiel.namespace, "rabbitmq-0", "rabbitmqctl", "--quiet", what).splitlines()

    assert listed("list_users") == ["user\ttags", "castiel\t[]"]
    assert listed("list_permissions") == ["user\tconfigure\twrite\tread", "castiel\t.*\t.*\t.*"]


def test_management_and_metrics_of_the_broker_listen_in_its_pod_only(castiel: Castiel) -> None:
    tables = castiel.node.exec(castiel.namespace, "rabbitmq-0", "cat", "/proc/net/tcp", "/proc/net/tcp6")
    rows = [line.split() for line in tables.splitlines()]
    listening = {row[1] for row in rows if len(row) > 3 and row[3] == "0A"}
    for port in (15672, 15692):
        assert {address for address in listening if address.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}
    assert {address for address in listening if address.endswith(f":{5672:04X}")} != set()
