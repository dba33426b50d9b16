"""PostgreSQL, RabbitMQ and Redis: storage, settings, probes, and the form where they run elsewhere."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rendering import Object, Rendered, every_container, render, render_with
from tierwright.kit.data_service import alone_on

OPTIONS = "connection_limit=${poolSize}&sslmode=require"
DATA_SERVICES = ("postgres", "rabbitmq", "redis")


def mounts(rendered: Rendered, name: str) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in rendered.container("StatefulSet", name)["volumeMounts"]}


def command(container: Object) -> str:
    return " ".join(container["command"])


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_data_service_is_one_pod_with_a_stable_name_behind_two_services(name: str) -> None:
    spec = render().get("StatefulSet", name)["spec"]
    assert spec["replicas"] == 1
    assert spec["serviceName"] == f"{name}-nodes"
    assert spec["podManagementPolicy"] == "Parallel"
    nodes = render().get("Service", f"{name}-nodes")["spec"]
    assert nodes["clusterIP"] == "None"
    assert nodes["publishNotReadyAddresses"] is True
    assert "clusterIP" not in render().get("Service", name)["spec"]


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_claim_names_no_class_by_default_and_carries_no_label_that_changes(name: str) -> None:
    (claim,) = render().get("StatefulSet", name)["spec"]["volumeClaimTemplates"]
    assert claim["metadata"] == {"name": "data", "labels": {"app.kubernetes.io/name": name}}
    assert "storageClassName" not in claim["spec"]
    with_class = render_with({name: {"storage": {"storageClass": "fast"}}})
    (claim,) = with_class.get("StatefulSet", name)["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_claim_says_what_the_api_server_would_fill_in(name: str) -> None:
    """Else each apply, and each look of Argo CD, would find a StatefulSet that is not as it was written, and cannot be changed."""
    (claim,) = render().get("StatefulSet", name)["spec"]["volumeClaimTemplates"]
    assert {key: claim[key] for key in ("apiVersion", "kind", "status")} == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "status": {"phase": "Pending"},
    }
    assert claim["spec"]["volumeMode"] == "Filesystem"
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_without_persistence_the_data_lies_in_an_empty_dir_of_the_claims_size(name: str) -> None:
    spec = render_with({name: {"storage": {"persistent": False, "size": "1500Mi"}}}).get("StatefulSet", name)["spec"]
    assert "volumeClaimTemplates" not in spec
    assert {"name": "data", "emptyDir": {"sizeLimit": "1500Mi"}} in spec["template"]["spec"]["volumes"]


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_the_size_of_tmp_is_a_value(name: str) -> None:
    spec = render_with({name: {"scratch": "100Mi"}}).get("StatefulSet", name)["spec"]
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "100Mi"}} in spec["template"]["spec"]["volumes"]


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_the_volume_belongs_to_the_images_user(name: str) -> None:
    security = render().get("StatefulSet", name)["spec"]["template"]["spec"]["securityContext"]
    users = {"postgres": (999, 999), "rabbitmq": (999, 999), "redis": (999, 1000)}
    assert (security["runAsUser"], security["fsGroup"]) == users[name]
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_memory_settings_follow_the_limit_when_the_container_starts(name: str) -> None:
    variables = render().variables("StatefulSet", name)
    assert variables["MEMORY_LIMIT"]["valueFrom"] == {"resourceFieldRef": {"resource": "limits.memory"}}


def test_postgres_is_started_with_settings_of_its_memory_limit(tmp_path: Path) -> None:
    """A quarter is its own cache; half is what the planner may expect to find in the node's, which counts for the pod too."""
    container = render().container("StatefulSet", "postgres")
    script = container["command"][-1].replace(mounts(render(), "postgres")["data"], str(tmp_path))
    server = tmp_path / "docker-entrypoint.sh"
    server.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    server.chmod(0o755)
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    given = {**plain, "MEMORY_LIMIT": str(1 << 30), "PGDATA": str(tmp_path / "pgdata"), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-ec", script], env=given, check=True, capture_output=True, text=True)
    settings = dict(one.split("=") for one in done.stdout.splitlines() if "=" in one)
    assert settings == {
        "port": "5432",
        "max_connections": plain["MAX_CONNECTIONS"],
        "shared_buffers": f"{(1 << 30) // 100 * 25 // 1024}kB",
        "effective_cache_size": f"{(1 << 30) // 2 // 1024}kB",
    }


def test_postgres_keeps_its_data_below_the_mount_where_lost_and_found_may_lie() -> None:
    path = render().variables("StatefulSet", "postgres")["PGDATA"]["value"]
    assert path.startswith(mounts(render(), "postgres")["data"] + "/")


def test_postgres_is_ready_over_tcp_only_and_lives_while_it_recovers() -> None:
    container = render().container("StatefulSet", "postgres")
    asked = 'pg_isready -q -h 127.0.0.1 -U "$SERVICES_USER" -d postgres'
    assert render().variables("StatefulSet", "postgres")["PGPORT"]["value"] == "5432"
    assert container["startupProbe"]["exec"]["command"] == ["sh", "-c", asked]
    assert container["readinessProbe"]["exec"]["command"] == ["sh", "-c", asked]
    assert container["livenessProbe"]["exec"]["command"] == ["sh", "-c", f"{asked} || [ $? -eq 1 ]"]
    assert container["startupProbe"]["failureThreshold"] * container["startupProbe"]["periodSeconds"] >= 1800


def test_postgres_has_shared_memory_and_time_to_shut_down() -> None:
    spec = render("production").get("StatefulSet", "postgres")["spec"]["template"]["spec"]
    assert {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "512Mi"}} in spec["volumes"]
    assert mounts(render("production"), "postgres")["shared-memory"] == "/dev/shm"  # noqa: S108
    assert spec["terminationGracePeriodSeconds"] >= 120


STARTS = {
    "postgres": "exec docker-entrypoint.sh postgres ",
    "rabbitmq": "exec docker-entrypoint.sh rabbitmq-server",
    "redis": "exec redis-server ",
}


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_server_replaces_the_shell_so_that_signals_reach_it(name: str) -> None:
    script = render().container("StatefulSet", name)["command"][-1].replace("\\\n", "")
    assert script.splitlines()[-1].startswith(STARTS[name])


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_server_locks_a_file_on_its_volume(name: str) -> None:
    container = render().container("StatefulSet", name)
    first = container["command"][-1].splitlines()[0]
    assert first == f"exec 9>> {mounts(render(), name)['data']}/.lock"


@pytest.mark.skipif(shutil.which("flock") is None, reason="this machine has no flock")
def test_a_second_server_waits_until_the_first_has_ended_and_ends_when_told_to(tmp_path: Path) -> None:
    script = f"{alone_on(str(tmp_path / 'lock'))}echo serving\nexec sleep 60"

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(["sh", "-ec", script], stdout=subprocess.PIPE, text=True)

    def says(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().rstrip()

    waits = f"another server still has the data: waiting for {tmp_path / 'lock'}"
    with start() as first:
        assert says(first) == "serving"
        second, third = start(), start()
        try:
            assert [says(second), says(third)] == [waits, waits]
            third.terminate()
            assert third.wait(timeout=10) == 143
            first.kill()
            assert says(second) == "serving"
        finally:
            for process in (first, second, third):
                process.kill()
            for process in (second, third):
                process.communicate()


def test_rabbitmq_has_a_long_stable_node_name_from_the_start() -> None:
    variables = render().variables("StatefulSet", "rabbitmq")
    assert variables["RABBITMQ_USE_LONGNAME"]["value"] == "true"
    assert variables["RABBITMQ_NODENAME"]["value"] == "rabbit@$(POD_NAME).rabbitmq-nodes.castiel.svc.cluster.local"


def test_rabbitmq_knows_its_memory_and_stops_publishers_before_memory_or_disk_is_full() -> None:
    """By itself it would take the memory of the node for its own, and go on until 50 MB of the disk are left."""
    told = render().variables("StatefulSet", "rabbitmq")["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]["value"]
    assert told == "-rabbit total_memory_available_override_value $(MEMORY_LIMIT)"
    limited = render_with({"rabbitmq": {"diskFreeLimit": "3GB", "memoryWatermarkPercent": 55}})
    lines = limited.lines("rabbitmq-config", "castiel.conf")
    assert {"disk_free_limit.absolute = 3GB", "vm_memory_high_watermark.relative = 0.55"} <= {*lines}


def test_rabbitmq_copies_its_cookie_for_its_own_eyes_only() -> None:
    spec = render().get("StatefulSet", "rabbitmq")["spec"]["template"]["spec"]
    (copy,) = [container for container in spec["initContainers"] if container["name"] == "erlang-cookie"]
    assert copy["command"][-1] == (
        "umask 077 && cp /run/erlang-cookie/erlang-cookie /var/lib/rabbitmq/.cookie"
        " && mv -f /var/lib/rabbitmq/.cookie /var/lib/rabbitmq/.erlang.cookie"
    )


def test_rabbitmq_is_ready_when_its_port_answers_and_lives_while_its_node_does() -> None:
    container = render().container("StatefulSet", "rabbitmq")
    assert container["readinessProbe"]["tcpSocket"] == {"port": 5672}
    assert container["livenessProbe"]["exec"]["command"] == ["sh", "-c", "rabbitmq-diagnostics -q ping"]


def test_redis_is_ready_only_when_it_says_pong_and_its_password_is_on_no_command_line() -> None:
    container = render().container("StatefulSet", "redis")
    asked = '[ "$(redis-cli -h 127.0.0.1 -p 6379 ping)" = PONG ]'
    assert container["readinessProbe"]["exec"]["command"] == ["sh", "-c", asked]
    assert "secretKeyRef" in render().variables("StatefulSet", "redis")["REDISCLI_AUTH"]["valueFrom"]
    assert container["command"][-1].endswith("exec redis-server /run/redis/redis.conf\n")


def test_redis_appends_each_second_and_names_its_eviction_policy() -> None:
    config = render().get("ConfigMap", "redis-config")["data"]["redis.conf"]
    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= set(config.splitlines())


@pytest.mark.parametrize(
    ("overlay", "name"),
    [({"redis": {"evictionPolicy": "allkeys-lru"}}, "redis"), ({"rabbitmq": {"memoryWatermarkPercent": 50}}, "rabbitmq")],
)
def test_a_changed_config_map_restarts_the_pod(overlay: dict[str, object], name: str) -> None:
    def checksum(rendered: Rendered) -> str:
        annotation: str = rendered.get("StatefulSet", name)["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        return annotation

    assert checksum(render_with(overlay)) != checksum(render())


@pytest.mark.parametrize(("name", "port"), [("postgres", 5432), ("rabbitmq", 15672)])
def test_developers_get_in_by_a_switch_and_only_from_their_networks(name: str, port: int) -> None:
    assert not render().has("Service", f"{name}-developer")
    opened = render_with({name: {"developerAccess": {"enabled": True, "cidrs": ["10.7.0.0/16"]}}})
    spec = opened.get("Service", f"{name}-developer")["spec"]
    assert spec["type"] == "NodePort"
    assert [one["port"] for one in spec["ports"]] == [port]
    rule = {"from": [{"ipBlock": {"cidr": "10.7.0.0/16"}}], "ports": [{"protocol": "TCP", "port": port}]}
    assert rule in opened.get("NetworkPolicy", name)["spec"]["ingress"]


@pytest.mark.parametrize(
    ("name", "variable", "url"),
    [
        (
            "postgres",
            "DATABASE_URL",
            "postgresql://coder:$(DB_PASSWORD)@data.example:7000/castiel?connection_limit=5&sslmode=require",
        ),
        ("rabbitmq", "RABBITMQ_URL", "amqps://castiel:$(RABBITMQ_PASSWORD)@data.example:7000"),
        ("redis", "REDIS_URL", "rediss://:$(REDIS_PASSWORD)@data.example:7000"),
    ],
)
def test_an_external_data_service_leaves_only_its_address_its_secret_and_the_way_there(name: str, variable: str, url: str) -> None:
    external = {"host": "data.example", "port": 7000, "cidrs": ["10.9.0.0/24"], "secret": {"name": "managed", "key": "pw"}}
    options = {"urlOptions": OPTIONS} if name == "postgres" else {}
    rendered = render_with({name: {"topology": "external", "external": external, **options}})
    for kind in ("StatefulSet", "Service", "ServiceAccount", "NetworkPolicy"):
        assert not rendered.has(kind, name)
    assert rendered.variables("Deployment", "api-gateway")[variable]["value"] == url
    references = [
        one["valueFrom"]["secretKeyRef"] for one in rendered.container("Deployment", "api-gateway")["env"] if "valueFrom" in one
    ]
    assert {"name": "managed", "key": "pw"} in references
    rule = {"to": [{"ipBlock": {"cidr": "10.9.0.0/24"}}], "ports": [{"protocol": "TCP", "port": 7000}]}
    assert rule in rendered.get("NetworkPolicy", "api-gateway")["spec"]["egress"]
    generated = " ".join(rendered.get("Job", "secret-generator")["spec"]["template"]["spec"]["containers"][0]["args"])
    assert f"{name}-" not in generated


def test_with_every_data_service_external_their_file_is_left_out() -> None:
    external = {"topology": "external", "external": {"host": "data.example", "cidrs": ["10.9.0.0/24"]}}
    rendered = render_with(dict.fromkeys(DATA_SERVICES, external) | {"postgres": {**external, "urlOptions": OPTIONS}})
    assert "02-infrastructure.yaml" not in rendered.files
    assert all(text.strip() for text in rendered.files.values())


def secret_of(rendered: Rendered, name: str, variable: str) -> str:
    reference: dict[str, str] = rendered.variables("StatefulSet", name)[variable]["valueFrom"]["secretKeyRef"]
    return f"{reference['name']}/{reference['key']}"


def test_postgres_administrator_is_not_the_services_role() -> None:
    variables = render().variables("StatefulSet", "postgres")
    assert variables["POSTGRES_USER"]["value"] == "postgres"
    assert variables["SERVICES_USER"]["value"] == "coder"
    assert secret_of(render(), "postgres", "POSTGRES_PASSWORD") == "postgres-administrator/password"
    assert secret_of(render(), "postgres", "SERVICES_PASSWORD") == "postgres-credentials/password"
    assert variables["POSTGRES_INITDB_ARGS"]["value"] == "--auth-local=scram-sha-256 --auth-host=scram-sha-256"


def test_postgres_makes_the_services_role_at_its_first_start() -> None:
    found = render().container("StatefulSet", "postgres")["volumeMounts"]
    (mount,) = [one for one in found if one["mountPath"].startswith("/docker-entrypoint-initdb.d/")]
    assert (mount["name"], mount["subPath"]) == ("config", "roles.sh")
    volumes = render().get("StatefulSet", "postgres")["spec"]["template"]["spec"]["volumes"]
    # The image reads a script that nobody may execute into its own shell, and what that sets with it.
    assert {"name": "config", "configMap": {"name": "postgres-config", "defaultMode": 0o555}} in volumes
    assert render().get("ConfigMap", "postgres-config")["data"]["roles.sh"].startswith("#!/bin/sh\n")


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_no_service_reads_an_administrators_password(name: str) -> None:
    for environment in ("development", "production"):
        for owner, template in render(environment).pods():
            if owner.split("/")[1] not in (name, f"{name}-archive", f"{name}-backup", f"{name}-restore-test"):
                variables = [one for container in every_container(template) for one in container.get("env", ())]
                read = [one["valueFrom"]["secretKeyRef"]["name"] for one in variables if "secretKeyRef" in one.get("valueFrom", ())]
                assert f"{name}-administrator" not in read, owner


def test_the_administrators_secrets_may_be_ones_of_the_users() -> None:
    names = {"postgres-administrator": "our-dba", "redis-administrator": "our-cache"}
    rendered = render_with({"secrets": {"mode": "existing", "names": names}})
    assert secret_of(rendered, "postgres", "POSTGRES_PASSWORD") == "our-dba/password"
    assert secret_of(rendered, "redis", "ADMINISTRATOR_PASSWORD") == "our-cache/password"


@pytest.mark.parametrize("mode", ["generate", "external"])
def test_an_external_data_service_needs_no_administrator(mode: str) -> None:
    external = {"topology": "external", "external": {"host": "data.example", "cidrs": ["10.9.0.0/24"]}}
    overlay = {"postgres": {**external, "urlOptions": "ssl=true"}, "redis": external}
    rendered = render_with({"secrets": {"mode": mode, "store": {"name": "vault"}}, **overlay})
    assert all("-administrator" not in text for text in rendered.files.values())


def commands(rendered: Rendered) -> str:
    allowed: str = rendered.variables("StatefulSet", "redis")["SERVICES_COMMANDS"]["value"]
    return allowed


def test_the_services_of_redis_cannot_give_dangerous_commands_but_for_those_that_are_named() -> None:
    assert commands(render()) == "+@all -@dangerous +info"
    assert commands(render_with({"redis": {"allowedCommands": []}})) == "+@all -@dangerous"
    assert commands(render_with({"redis": {"allowedCommands": ["info", "client|list"]}})) == "+@all -@dangerous +info +client|list"


def test_the_start_of_redis_writes_the_hashes_of_its_passwords_whatever_is_in_them(tmp_path: Path) -> None:
    script = render().container("StatefulSet", "redis")["command"][-1]
    script = script[script.index("umask") :].replace("/run/redis", str(tmp_path)).replace("/etc/redis", str(tmp_path / "etc"))
    script = script.replace("exec redis-server", "echo started")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "redis.conf").write_text("port 6379\n")
    passwords = {"REDISCLI_AUTH": 'it\'s "$x" \\ %s', "ADMINISTRATOR_PASSWORD": " a  b "}
    given = {"MEMORY_LIMIT": "1000", "MAX_MEMORY_PERCENT": "70", "SERVICES_COMMANDS": "+@all -@dangerous", **passwords}
    subprocess.run(["sh", "-ec", script], env={**os.environ, **given}, check=True, capture_output=True)
    services, administrator = (hashlib.sha256(password.encode()).hexdigest() for password in passwords.values())
    assert (tmp_path / "redis.conf").read_text().splitlines() == [
        "port 6379",
        "maxmemory 700",
        f"user default on #{services} ~* &* +@all -@dangerous",
        f"user administrator on #{administrator} ~* &* +@all",
    ]
    assert (tmp_path / "redis.conf").stat().st_mode & 0o777 == 0o600


def test_the_brokers_user_is_no_administrator_and_management_is_for_developers_alone() -> None:
    def config(rendered: Rendered) -> set[str]:
        return set(rendered.lines("rabbitmq-config", "castiel.conf"))

    closed = {"default_user_tags.administrator = false", "management.tcp.ip = 127.0.0.1", "prometheus.tcp.ip = 127.0.0.1"}
    assert closed <= config(render())
    opened = render_with({"rabbitmq": {"developerAccess": {"enabled": True, "cidrs": ["10.7.0.0/16"]}}})
    assert closed - config(opened) == {"management.tcp.ip = 127.0.0.1"}


def test_each_kind_is_a_component_of_its_own() -> None:
    """By which people select them, and dashboards draw them."""
    kinds = {"postgres": "database", "rabbitmq": "queue", "redis": "cache"}
    servers = {name: render().get("StatefulSet", name)["metadata"]["labels"] for name in kinds}
    assert {name: labels["app.kubernetes.io/component"] for name, labels in servers.items()} == kinds
