"""`topology: replicated`: what the members are told, and who reaches them."""

from __future__ import annotations

import compileall
import re
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies import Party, Policies
from tests.postgres_members import IMAGE, TWO, replicated, settings_of, three
from tests.rendering import ROOT, Object, Rendered, render, render_platform, render_with, yaml_files
from tierwright.components.data.postgres.replicated import settings
from tierwright.pipeline import compose, described, swarm

NAMES = ("postgres-0", "postgres-1", "postgres-2")


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


def test_what_python_keeps_beside_the_scripts_is_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installs the program compiles what is Python in it, the scripts of the members included."""
    scripts = shutil.copytree(
        Path(settings.__file__).with_name("scripts"), tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    names = replicated().get("ConfigMap", "postgres-config")["data"].keys()
    compileall.compile_dir(scripts, quiet=1)
    assert (scripts / "__pycache__").is_dir()
    monkeypatch.setattr(settings, "_SCRIPTS", scripts)
    assert replicated().get("ConfigMap", "postgres-config")["data"].keys() == names


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


def test_the_page_says_how_metrics_of_the_members_are_reached() -> None:
    section = (ROOT / "docs" / "postgres.md").read_text().partition("\n### Metrics of the members\n")[2].partition("\n## ")[0]
    (overlay,) = re.findall(r"^```yaml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    member = Party("member", "10.244.8.1", "castiel", {"app.kubernetes.io/name": "postgres"})
    scraper = Party("scraper", "10.244.9.1", "monitoring", {"app.kubernetes.io/name": "prometheus"})
    namespaces = {name: {"kubernetes.io/metadata.name": name} for name in ("castiel", "monitoring")}
    nothing: Object = {}
    for values, opened in ((nothing, set()), (yaml.safe_load(overlay), {8008})):
        made = render_with({"postgres": {"topology": "replicated", "image": IMAGE}, **values})
        policies = Policies(made.kinds("NetworkPolicy").values(), namespaces=namespaces)
        assert {port for port in (5432, 8008) if policies.allows(scraper, member, port)} == opened
