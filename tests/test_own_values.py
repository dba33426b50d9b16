"""The values.yaml beside a catalogue of one's own: laid over the defaults of the program, and part of the chart's defaults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.shop import CATALOGUE, ROOT
from tierwright.components.data.postgres.values import PostgresValues
from tierwright.components.registry import COMPONENTS
from tierwright.config.problems import ConfigError
from tierwright.kit.network_values import NetworkPolicyValues
from tierwright.model.defaults import GENERAL
from tierwright.model.part import possible_parts
from tierwright.model.platform import Platform
from tierwright.pipeline import described

OWN = """\
namespace: {name: shop}
postgres: {urlOptions: "", resources: {limits: {cpu: "1"}}}
defaults:
  replicas: 2
  env: {SHOP: open}
  podLabels: {team: shop}
services:
  web: {replicas: 3}
"""
OWN_DEFAULTS = """\
values.yaml:1: defaults.replicas: has no value, but is needed; allowed: a whole number from 0 to 10000
"""


def platform(folder: Path, own: str, *overlays: str) -> Platform:
    """The small platform with values of its own and further overlays. Raises ConfigError."""
    files = [folder / f"{at}.yaml" for at in range(len(overlays))]
    for file, text in zip([folder / "catalogue.yaml", folder / "values.yaml", *files], [CATALOGUE, own, *overlays], strict=True):
        file.write_text(text)
    return described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml", values=files).platform


def test_they_need_to_hold_only_what_differs(tmp_path: Path) -> None:
    shop = platform(tmp_path, OWN)
    values, postgres = shop.values, shop.values_of_part("postgres", PostgresValues)
    assert values.namespace.name == "shop"
    assert values.cluster_domain == "cluster.local"
    assert postgres.url_options == ""
    assert postgres.resources.limits["cpu"] == "1"
    assert values.services["store"].replicas == 2
    assert values.services["web"].replicas == 3


def test_null_in_them_takes_a_default_away(tmp_path: Path) -> None:
    own = "networkPolicy: {internalRanges: {ipv6: ~}}"
    with pytest.raises(ConfigError, match=r"networkPolicy.internalRanges.ipv6: has no value, but is needed; allowed: a list"):
        platform(tmp_path, own)
    own = "networkPolicy: {dns: {podLabels: {k8s-app: ~, app: dns}}}"
    policy = platform(tmp_path, own).values_of_part("network-policy", NetworkPolicyValues)
    assert policy.dns.pod_labels == {"app": "dns"}


def test_an_overlay_lies_over_both(tmp_path: Path) -> None:
    values = platform(
        tmp_path, OWN, "defaults: {replicas: 5, env: {NODE_ENV: test, SHOP: ~}}\nservices: {web: {replicas: ~}}"
    ).values
    assert values.services["web"].replicas == values.services["store"].replicas == 5
    assert values.services["web"].env == {"NODE_ENV": "test"}


def test_they_may_hold_everything(tmp_path: Path) -> None:
    defaults = platform(tmp_path, "")
    assert platform(tmp_path, yaml.safe_dump(dict(defaults.defaults))).values == defaults.values


def test_the_chart_has_both_as_its_defaults(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    (folder / "values.yaml").write_text(OWN)
    command = [sys.executable, "main.py", "--catalogue", str(folder / "catalogue.yaml"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""
    values = yaml.safe_load((tmp_path / "out" / "helm" / "shop" / "values.yaml").read_text())
    assert values["clusterDomain"] == "cluster.local"
    assert values["defaults"]["replicas"] == 2
    assert values["defaults"]["env"] == {"SHOP": "open"}
    assert values["services"] == {"web": {"replicas": 3}}


WRONG = [
    ("defaults: {replicas: ~}", "defaults: {replicas: 2}", OWN_DEFAULTS),
    ("startup: ~", "startup: {pollSeconds: 2}", "values.yaml:1: startup: has no value, but is needed; allowed: a mapping\n"),
    (
        "defaults: {replicas: many}",
        "defaults: {replicas: 2}",
        "values.yaml:1: defaults.replicas: 'many' is not allowed; allowed: a whole number from 0 to 10000\n",
    ),
    (
        "services: {web: {replicas: many}}",
        "services: {web: {replicas: 2}}",
        "values.yaml:1: services.web.replicas: 'many' is not allowed; allowed: a whole number from 0 to 10000\n",
    ),
    (
        "defaults: {replicaz: ~}",
        "",
        "values.yaml:1: defaults.replicaz: unknown key; did you mean replicas? allowed: ",
    ),
]


@pytest.mark.parametrize(("own", "overlay", "error"), WRONG)
def test_defaults_that_only_an_overlay_makes_whole_are_refused_as_the_chart_has_them_alone(
    tmp_path: Path, own: str, overlay: str, error: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        platform(tmp_path, own, overlay)
    found = [line for line in str(refused.value).replace(f"{tmp_path}/", "").splitlines() if line.startswith("values.yaml")]
    assert found
    assert found[0].startswith(error.rstrip("\n"))


@pytest.mark.parametrize(("own", "overlay", "error"), WRONG)
def test_the_check_says_what_the_run_says(tmp_path: Path, own: str, overlay: str, error: str) -> None:
    for name, text in (("catalogue.yaml", CATALOGUE), ("values.yaml", own), ("overlay.yaml", overlay)):
        (tmp_path / name).write_text(text)
    command = [sys.executable, "main.py", "--catalogue", str(tmp_path / "catalogue.yaml")]
    command += ["--values", str(tmp_path / "overlay.yaml"), "--out", str(tmp_path / "out")]
    runs = [subprocess.run([*command, *more], cwd=ROOT, check=False, capture_output=True, text=True) for more in ([], ["--check"])]
    assert [done.returncode for done in runs] == [2, 2]
    assert runs[0].stderr == runs[1].stderr
    assert error in runs[0].stderr.replace(f"{tmp_path}/", "")
    assert not (tmp_path / "out").exists()


def test_each_component_brings_the_defaults_of_its_own_values_and_no_others() -> None:
    owned = {one.place[0]: one for one in possible_parts(COMPONENTS) if one.values is not None}
    assert {"namespace", "startup", "secrets", "chartTest", "networkPolicy", "postgres"} <= owned.keys()
    for key, component in owned.items():
        assert component.defaults is not None, key
        expected = {key, "defaults"} if component.service_values else {key}
        assert yaml.safe_load(component.defaults.read_text(encoding="utf-8")).keys() == expected
    adding = [one for one in possible_parts(COMPONENTS) if one.section_values]
    assert {"edge", "metrics", "destinations", "public-hosts"} <= {one.name for one in adding}
    for one in adding:
        assert one.defaults is not None, one.name
        brought = yaml.safe_load(one.defaults.read_text(encoding="utf-8"))
        fields = {key: {*kind.__struct_encode_fields__} for key, (kind, _) in one.section_values.items()}
        assert {key: {*section} for key, section in brought.items()} == fields, one.name
    assert not owned.keys() & yaml.safe_load(GENERAL.read_text(encoding="utf-8")).keys()
