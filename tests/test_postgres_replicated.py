"""`topology: replicated`: what the members are told, who reaches them, and how each of them starts."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, render, render_platform, render_with, yaml_files
from tierwright.pipeline import compose, described, swarm

IMAGE = {"repository": "registry.example/postgres-patroni"}
NAMES = ("postgres-0", "postgres-1", "postgres-2")


def replicated(**more: Any) -> Rendered:
    return render_with({"postgres": {"topology": "replicated", "image": IMAGE, **more}})


@cache
def three() -> Rendered:
    return replicated()


def settings_of(rendered: Rendered) -> Object:
    settings: Object = yaml.safe_load(rendered.get("ConfigMap", "postgres-config")["data"]["settings"])
    return settings


def test_the_members_start_together_and_are_kept_apart() -> None:
    spec = three().get("StatefulSet", "postgres")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"]) == (3, "Parallel")
    spread = {one["topologyKey"]: one for one in spec["template"]["spec"]["topologySpreadConstraints"]}
    assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"
    assert spread["topology.kubernetes.io/zone"]["whenUnsatisfiable"] == "ScheduleAnyway"
    assert three().get("PodDisruptionBudget", "postgres")["spec"]["maxUnavailable"] == 1
    assert replicated(replication={"members": 5}).get("StatefulSet", "postgres")["spec"]["replicas"] == 5


def test_writes_go_to_the_primary_and_reads_to_the_others() -> None:
    own = {"app.kubernetes.io/name": "postgres"}
    rendered = replicated(developerAccess={"enabled": True, "cidrs": ["10.9.0.0/24"]})
    selectors = {
        name: rendered.get("Service", name)["spec"]["selector"] for name in rendered.kinds("Service") if "postgres" in name
    }
    assert selectors == {
        "postgres": own | {"role": "primary"},
        "postgres-developer": own | {"role": "primary"},
        "postgres-replicas": own | {"role": "replica"},
        "postgres-nodes": own,
        "postgres-ready": own,
    }


def test_a_single_server_has_nothing_of_it() -> None:
    rendered = render()
    assert rendered.get("Service", "postgres")["spec"]["selector"] == {"app.kubernetes.io/name": "postgres"}
    assert "patroni" not in "".join(rendered.files.values()).lower()
    for kind, name in (("Service", "postgres-replicas"), ("Role", "postgres"), ("PodDisruptionBudget", "postgres")):
        assert not rendered.has(kind, name)


def test_its_lock_outlives_a_look_with_two_tries() -> None:
    """Patroni would lower the times itself. It takes no lock that is shorter than 20 seconds."""
    settings = settings_of(three())
    assert settings["loop_wait"] + 2 * settings["retry_timeout"] <= settings["ttl"] == 20


def test_a_conflict_over_the_lock_counts_as_a_failed_look() -> None:
    """For that there is failsafe mode; otherwise Patroni takes its own request, answered late, for another primary's."""
    assert settings_of(three())["failsafe_mode"] is True
    own = yaml.safe_load(three().get("ConfigMap", "postgres-config")["data"]["patroni.yaml"])
    assert own["kubernetes"]["retriable_http_codes"] == own["retriable_http_codes"] == [409]


def test_a_member_that_hangs_is_unready_before_another_one_is_the_primary() -> None:
    probe = three().container("StatefulSet", "postgres")["readinessProbe"]
    assert probe["httpGet"] == {"path": "/readiness?lag=16MB", "port": 8008}
    assert probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"] < settings_of(three())["ttl"]


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe"])
def test_a_member_lives_as_long_as_patroni_does_whatever_its_server_does(probe: str) -> None:
    assert three().container("StatefulSet", "postgres")[probe]["httpGet"] == {"path": "/liveness", "port": 8008}


def test_a_member_that_hangs_is_not_waited_for() -> None:
    """As long as a server may take to stop, it would stay without a standby."""
    spec = three().get("StatefulSet", "postgres")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 120
    assert three().container("StatefulSet", "postgres")["livenessProbe"]["terminationGracePeriodSeconds"] == 10


def test_no_row_is_acknowledged_that_a_standby_has_not() -> None:
    assert settings_of(three()) == {
        "ttl": 20,
        "loop_wait": 5,
        "retry_timeout": 7,
        "failsafe_mode": True,
        "primary_start_timeout": 0,
        "synchronous_mode": True,
        "synchronous_mode_strict": True,
        "postgresql": {
            "use_pg_rewind": True,
            "parameters": {
                "max_connections": 250,
                "wal_log_hints": "on",
                "wal_keep_size": "512MB",
                "max_slot_wal_keep_size": "2GB",
            },
        },
    }


def test_the_values_change_the_settings_and_restart_the_members() -> None:
    relaxed = replicated(
        maxConnections=300,
        config={"work_mem": "16MB", "log_line_prefix": "%m # {{ x }}: ", "archive_command": ""},
        replication={"strict": False, "walKeepSize": "1Gi", "maxSlotWalKeepSize": "4Gi"},
    )
    settings = settings_of(relaxed)
    assert settings["synchronous_mode_strict"] is False
    assert settings["postgresql"]["parameters"] == {
        "max_connections": 300,
        "wal_log_hints": "on",
        "wal_keep_size": "1GB",
        "max_slot_wal_keep_size": "4GB",
        "archive_command": "",
        "log_line_prefix": "%m # {{ x }}: ",
        "work_mem": "16MB",
    }

    def checksum(rendered: Rendered) -> str:
        annotations = rendered.get("StatefulSet", "postgres")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/config"])

    assert checksum(relaxed) != checksum(three())


def test_the_account_may_change_what_is_its_own_and_list_the_rest() -> None:
    """Nobody can be let to `list` or `create` some objects alone."""
    allowed = {
        (resource, verb, name)
        for rule in three().get("Role", "postgres")["rules"]
        for resource, verb, name in product(rule["resources"], rule["verbs"], rule.get("resourceNames", ["*"]))
    }
    kept = [f"postgres-patroni-{end}" for end in ("config", "failover", "leader", "sync")]
    assert allowed == {
        *product(["configmaps"], ["create", "list", "watch"], ["*"]),
        *product(["configmaps"], ["get", "patch", "update"], kept),
        *product(["pods"], ["list", "watch"], ["*"]),
        *product(["pods"], ["get", "patch"], NAMES),
    }
    labels = three().get("StatefulSet", "postgres")["spec"]["template"]["metadata"]["labels"]
    variables = three().variables("StatefulSet", "postgres")
    assert labels["cluster-name"] == variables["PATRONI_SCOPE"]["value"] == "postgres-patroni"
    assert yaml.safe_load(variables["PATRONI_KUBERNETES_LABELS"]["value"]).items() <= labels.items()


def test_members_reach_one_another_and_the_api_server_and_clients_the_database_alone() -> None:
    rendered = three()
    policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    first, second = (
        Party(name, f"10.244.8.{at}", "castiel", {"app.kubernetes.io/name": "postgres"}) for at, name in enumerate("ab")
    )
    client = Party("client", "10.244.8.9", "castiel", {"app.kubernetes.io/name": "api-gateway"})
    api_server = Party("api", "172.18.0.2")
    assert {port for port in (5432, 8008, 22) if policies.allows(second, first, port)} == {5432, 8008}
    assert {port for port in (5432, 8008, 22) if policies.enters(client, first, port)} == {5432}
    assert {port for port in (443, 6443, 5432) if policies.leaves(first, api_server, port)} == {443, 6443}


def test_passwords_are_the_administrators_and_read_from_its_secret() -> None:
    variables = three().variables("StatefulSet", "postgres")
    for name in ("SUPERUSER", "REPLICATION", "RESTAPI"):
        assert variables[f"PATRONI_{name}_PASSWORD"]["value"] == "$(POSTGRES_PASSWORD)"
    order = [one["name"] for one in three().container("StatefulSet", "postgres")["env"]]
    assert order.index("POSTGRES_PASSWORD") < order.index("PATRONI_SUPERUSER_PASSWORD"), "Kubernetes expands what stands before"


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_server(output: Any, tmp_path: Path) -> None:
    """They have no store in which members could agree; the image has the single form's program too."""
    alone, several = [
        yaml_files(output, {"postgres": {"topology": form, "image": IMAGE}}, tmp_path) for form in ("single", "replicated")
    ]
    line = "# - postgres has one server, and several members on a cluster\n"
    assert any(line in text for text in several.values())
    assert {path: text.replace(line, "") for path, text in several.items()} == alone


TWO = """
name: shop
tiers: [{name: data}, {name: app}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_DB_URL}
services:
  web: {tier: app, port: 80, targetPort: 8080, needs: [postgres, plugin-db], public: true}
"""


def test_one_of_two_servers_may_have_members_that_keep_what_they_agree_on_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(TWO)
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump({"dataServices": {"plugin-db": {"topology": "replicated", "image": IMAGE}}})
    )
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "values.yaml"])
    rendered = render_platform(platform.platform)
    variables = rendered.variables("StatefulSet", "plugin-db")
    assert (variables["PATRONI_SCOPE"]["value"], variables["PGPORT"]["value"]) == ("plugin-db-patroni", "5433")
    assert rendered.get("Service", "plugin-db-replicas")["spec"]["ports"][0]["port"] == 5433
    assert not rendered.has("Service", "postgres-replicas")
    # A service that is reached at another port than it listens on is described anew for engines, too.
    text = compose(platform)["compose/compose.yaml"]
    assert "# - plugin-db has one server, and several members on a cluster\n" in text
    assert "patroni edit-config" not in text


PROGRAMS = {
    "pg_isready": "exit 0",
    "postgres": 'echo "postgres (PostgreSQL) 16.15 (Debian 16.15-1.pgdg12+1)"',
    "patronictl": '[ ! -e "$LOG.absent" ] || { rm "$LOG.absent"; exit 1; }; echo "patronictl $*" >> "$LOG"\n'
    '[ "$3" != edit-config ] || cat "$6" > "$LOG.told"',
    "patroni": 'i=0; until [ -e "$LOG.told" ] || [ $i = 50 ]; do sleep 0.1; i=$((i + 1)); done; echo "patroni $*" >> "$LOG"\n'
    'echo "$PATRONI_POSTGRESQL_CONNECT_ADDRESS $PATRONI_RESTAPI_CONNECT_ADDRESS" >> "$LOG"',
    "initdb": 'echo "initdb $*" >> "$LOG"; mkdir "$PGDATA"; cat "${3#--pwfile=}" >> "$LOG"',
    "pg_ctl": 'echo "pg_ctl $*" >> "$LOG"',
    # Looks 10 seconds apart come to an end after as many as a test wants.
    "sleep": 'if [ "$1" != 10 ]; then exec /bin/sleep "$1"; fi\n'
    'echo >> "$LOG.looks"; [ "$(wc -l < "$LOG.looks")" -le "${LOOKS:-0}" ]',
    "psql": 'case "$*" in\n*pg_ls_waldir*" host=10.0.0.9 dbname=postgres") echo "$GONE" ;;\n'
    '*primary_conninfo*) echo "host=10.0.0.9" ;;\n'
    '*CHECKPOINT) echo "$PGPASSWORD CHECKPOINT" >> "$LOG"; exit 1 ;;\n'
    '*pg_last_wal_replay_lsn*) echo "$AT" | cut -d " " -f "$(wc -l < "$LOG.looks")" ;;\nesac',
}


class Member:
    """A member's script with programs that write down how they are called, on a volume of a test."""

    def __init__(self, folder: Path, name: str, *, address: str = "10.0.0.7", rendered: Rendered | None = None) -> None:
        self.folder, self.data = folder, folder / "pgdata"
        scripts, programs = folder / "etc", folder / "bin"
        scripts.mkdir()
        programs.mkdir()
        for file, text in (rendered or three()).get("ConfigMap", "postgres-config")["data"].items():
            moved = re.sub("/etc/postgres(?!-)|/tmp(?=/)", lambda path: str({"/etc/postgres": scripts}.get(path[0], folder)), text)
            (scripts / file).write_text(moved)
        (scripts / "roles.sh").write_text('echo roles >> "$LOG"\nrm -f "$PGDATA.unfinished"\n')
        for program, text in PROGRAMS.items():
            (programs / program).write_text(f"#!/bin/sh\n{text}\n")
            (programs / program).chmod(stat.S_IRWXU)
        self.variables = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LOG": str(folder / "log"),
            "POD_NAME": name,
            "POD_IP": address,
            "PGDATA": str(self.data),
            "PGPORT": "5432",
            "REST_PORT": "8008",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "it's secret",
            "POSTGRES_INITDB_ARGS": "--auth-local=a --auth-host=b",
            "MEMORY_LIMIT": str(1024**3),
            "SHARED_BUFFERS_PERCENT": "25",
        }

    def run(self, script: str = "member.sh") -> list[str]:
        """What the programs wrote down."""
        command = ["sh", str(self.folder / "etc" / script)]
        subprocess.run(command, check=True, env=self.variables, timeout=30, stderr=subprocess.PIPE, text=True)
        return (self.folder / "log").read_text().splitlines()

    @property
    def settings(self) -> Mapping[str, Any]:
        """All files of the settings, as Patroni lays them over one another."""
        return {file.stem: yaml.safe_load(file.read_text()) for file in sorted((self.folder / "patroni").iterdir())}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_first_member_alone_may_begin_a_database(tmp_path: Path, number: int) -> None:
    """The volume of a single server that becomes one of several is the first member's: another one could be quicker."""
    member = Member(tmp_path, f"postgres-{number}")
    member.run()
    bootstrap = member.settings.get("bootstrap", {}).get("bootstrap")
    assert (bootstrap is not None) == (number == 0)
    if bootstrap:
        assert bootstrap["dcs"] == settings_of(three())
        assert bootstrap[bootstrap["method"]] == {"command": f"sh {tmp_path}/etc/first-start.sh", "no_params": True}


def test_a_member_tells_patroni_where_it_is_and_how_much_memory_it_has(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-1")
    assert member.run()[-2:] == [f"patroni {tmp_path}/patroni", "10.0.0.7:5432 10.0.0.7:8008"]
    own = member.settings["memory"]["postgresql"]
    assert own["bin_dir"] == str(tmp_path / "bin")
    assert own["parameters"] == {"shared_buffers": "262143kB", "effective_cache_size": "524288kB"}
    assert member.settings["patroni"]["postgresql"]["pg_hba"][-1] == "host replication postgres all scram-sha-256"


def test_where_there_is_tls_a_member_tells_patroni_of_it_last_and_looks_after_its_certificate(tmp_path: Path) -> None:
    """What it says takes the place of what is said before: files are laid over one another in the order of their names."""
    member = Member(tmp_path, "postgres-1", rendered=replicated(tls={"enabled": True, "secret": "own"}))
    (tmp_path / "etc" / "renew.sh").write_text('echo "looks for a renewal" >> "$LOG"\n')
    assert "looks for a renewal" in member.run()
    assert list(member.settings)[-1] == "tls"
    assert member.settings["tls"]["restapi"]["keyfile"] == "/etc/postgres-tls/tls.key"
    assert {rule.split()[0] for rule in member.settings["tls"]["postgresql"]["pg_hba"]} == {"local", "hostssl"}


def test_an_ipv6_address_is_in_brackets(tmp_path: Path) -> None:
    assert Member(tmp_path, "postgres-1", address="fd00::7").run()[-1] == "[fd00::7]:5432 [fd00::7]:8008"


def test_settings_that_have_changed_are_told_to_patroni(tmp_path: Path) -> None:
    """It keeps those with which the database began. The server starts with the new ones."""
    member = Member(tmp_path, "postgres-2")
    told = f"patronictl -c {tmp_path}/patroni edit-config --force --replace {tmp_path}/etc/settings"
    assert member.run()[:2] == [told, f"patroni {tmp_path}/patroni"]
    assert yaml.safe_load((tmp_path / "log.told").read_text()) == settings_of(three())


def test_settings_are_told_later_where_the_store_does_not_answer_at_first(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-2")
    (tmp_path / "log.absent").touch()
    member.run()
    assert yaml.safe_load((tmp_path / "log.told").read_text()) == settings_of(three())


def test_a_copy_that_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    """Patroni would wait for somebody to remove it."""
    member = Member(tmp_path, "postgres-1")
    (member.data / "global").mkdir(parents=True)
    (member.data / "backup_label").touch()
    member.run()
    assert not member.data.exists()


@pytest.mark.parametrize("files", [["backup_label", "global/pg_control"], ["global/pg_control"], ["PG_VERSION"]])
def test_data_that_may_be_whole_stay(tmp_path: Path, files: list[str]) -> None:
    member = Member(tmp_path, "postgres-1")
    (member.data / "global").mkdir(parents=True)
    for file in files:
        (member.data / file).write_text("16")
    log = member.run()
    assert all((member.data / file).exists() for file in files)
    assert not [line for line in log if line.startswith("initdb")]


def test_a_first_start_that_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    """Nobody knows how much of it has run, and Patroni would take what is there for a database."""
    member = Member(tmp_path, "postgres-0")
    member.data.mkdir()
    (member.data / "half").touch()
    Path(f"{member.data}.unfinished").touch()
    log = member.run()
    assert not (member.data / "half").exists()
    assert not Path(f"{member.data}.unfinished").exists()
    assert log[:6] == [
        f"initdb --pgdata={member.data} --username=postgres --pwfile={tmp_path}/password --auth-local=a --auth-host=b",
        "it's secret",
        "pg_ctl -w -o -c listen_addresses='' start",
        "roles",
        "pg_ctl -w -m fast stop",
        log[5],
    ]
    assert not (tmp_path / "password").exists()


def test_data_of_another_major_version_are_refused_and_stay(tmp_path: Path) -> None:
    member = Member(tmp_path, "postgres-2")
    member.data.mkdir()
    (member.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        member.run()
    assert refusal.value.stderr == (
        "the data are of PostgreSQL 15 and the image is of 16, which cannot read them: go back to an image of 15; "
        "a next major version is another server (docs/postgres.md)\n"
    )
    assert (member.data / "PG_VERSION").read_text() == "15\n"
    assert not (tmp_path / "log").exists(), "Patroni has not started"


@pytest.mark.parametrize(
    ("at", "gone", "copied"),
    [
        ("0/5000170 0/5000170", "t", True),
        ("0/5000170 0/6000000", "t", False),
        ("0/5000170 0/5000170", "f", False),
        ("0/5000170 0/5000170", "", False),
        (" ", "t", False),
    ],
    ids=["stands still", "moves on, from an archive", "the primary has it", "the primary is away", "streams"],
)
def test_a_standby_whose_log_the_primary_no_longer_has_copies_all_anew(tmp_path: Path, at: str, gone: str, copied: bool) -> None:
    """Patroni would let it wait for ever."""
    member = Member(tmp_path, "postgres-1")
    member.variables |= {"PATRONI_SCOPE": "postgres-patroni", "AT": at, "GONE": gone, "LOOKS": "2"}
    (tmp_path / "log").touch()
    call = f"patronictl -c {tmp_path}/patroni reinit postgres-patroni postgres-1 --force"
    assert member.run("copy-anew.sh") == ([call] if copied else [])


def test_a_member_writes_what_is_in_memory_before_it_hands_over_and_ends_whatever_becomes_of_that(tmp_path: Path) -> None:
    assert three().container("StatefulSet", "postgres")["lifecycle"] == {
        "preStop": {"exec": {"command": ["sh", "/etc/postgres/leave.sh"]}}
    }
    assert "lifecycle" not in render().container("StatefulSet", "postgres")
    assert Member(tmp_path, "postgres-1").run("leave.sh") == ["it's secret CHECKPOINT"]
