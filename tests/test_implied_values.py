"""Values that follow from the catalogue: over the defaults, below every file of values, and part of the chart's defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.rendering import render_platform
from tests.shop import errors
from tierwright.pipeline import described

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: front}]
services:
  queue: {tier: data, port: 9092, user: 1001}
  web: {tier: front, port: 80}
"""
SEARCH = "  search: {tier: data, port: 9200, user: 1000, group: 0, storage: {data: /data}}\n"
"""The files of its image belong to root's group."""


def users(folder: Path, own: str = "", overlay: str = "", more: str = "") -> dict[str, tuple[int, int]]:
    """User and group of each service's pods, with `more` services, these values beside the catalogue and this overlay."""
    for name, text in (("catalogue", CATALOGUE + more), ("values", own), ("overlay", overlay)):
        (folder / f"{name}.yaml").write_text(text)
    files = {"catalogue": folder / "catalogue.yaml", "own": folder / "values.yaml", "values": [folder / "overlay.yaml"]}
    rendered = render_platform(described(**files).platform)  # type: ignore[arg-type]
    workloads = rendered.kinds("Deployment", "StatefulSet").items()
    pods = {name: one["spec"]["template"]["spec"]["securityContext"] for name, one in workloads}
    return {name: (pod["runAsUser"], pod["runAsGroup"]) for name, pod in pods.items()}


def test_a_pod_runs_as_the_user_of_its_image_and_in_the_group_of_that_number(tmp_path: Path) -> None:
    assert users(tmp_path) == {"queue": (1001, 1001), "web": (1000, 1000)}


def test_the_group_of_an_image_may_be_another_one_that_of_root_too(tmp_path: Path) -> None:
    more = SEARCH + "  again: {tier: data, image: {of: search}}\n  own: {tier: data, image: {of: search}, user: 7}\n"
    found = users(tmp_path, more=f"{more}  grouped: {{tier: data, group: 5}}\n")
    assert found == {
        "queue": (1001, 1001),
        "web": (1000, 1000),
        "search": (1000, 0),
        "again": (1000, 0),
        "own": (7, 7),
        "grouped": (1000, 5),
    }


def test_the_volumes_of_an_image_in_the_group_of_root_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE + SEARCH)
    rendered = render_platform(described(catalogue=tmp_path / "catalogue.yaml").platform)
    pod = rendered.get("StatefulSet", "search")["spec"]["template"]["spec"]
    assert {key: pod["securityContext"][key] for key in ("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup")} == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 0,
        "fsGroup": 0,
    }


def test_a_fact_about_one_image_wins_over_the_defaults_of_all_services(tmp_path: Path) -> None:
    own = "defaults: {security: {user: 2000, group: 2000}}"
    assert users(tmp_path, own) == {"queue": (1001, 1001), "web": (2000, 2000)}


def test_the_values_of_a_service_win_over_its_catalogue(tmp_path: Path) -> None:
    own, overlay = "services: {queue: {security: {user: 7}}}", "services: {queue: {security: {group: 8}}}"
    assert users(tmp_path, own)["queue"] == (7, 1001)
    assert users(tmp_path, own, overlay)["queue"] == (7, 8)


def test_null_gives_a_service_what_all_have(tmp_path: Path) -> None:
    assert users(tmp_path, "", "services: {queue: {security: ~}}")["queue"] == (1000, 1000)


def test_they_are_defaults_of_the_chart(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    chart = charted(tmp_path / "catalogue.yaml").chart
    assert yaml.safe_load((chart / "values.yaml").read_text())["services"] == {"queue": {"security": {"user": 1001, "group": 1001}}}


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "services: {queue: {security: {user: 7}}}",
        "services: {queue: {security: ~}}",
        "services: {queue: ~}",
        "services: {queue: {security: {user: ~}}}\ndefaults: {security: {user: 2000}}",
        "services: {queue: {security: {user: 0}}}",
        "services: {queue: {security: {group: 0}}, search: {security: {group: ~}}}",
        "services: {search: {security: {group: -1}}}",
        "defaults: {security: {user: ~, group: 0}}",
    ],
)
def test_the_chart_lays_values_over_them_as_the_program_does(tmp_path: Path, overlay: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE + SEARCH)
    assert not broken(charted(tmp_path / "catalogue.yaml"), [overlay])


def test_what_is_wrong_with_them_is_reported_in_the_catalogue_once(tmp_path: Path) -> None:
    wrong = "catalogue.yaml:4: services.queue.user: 0 is not allowed; allowed: a whole number from 1 to 2147483647"
    assert errors(tmp_path, catalogue=CATALOGUE.replace("1001", "0")) == [wrong]


def test_a_value_over_them_is_reported_where_it_was_written(tmp_path: Path) -> None:
    wrong = "own.yaml:1: services.queue.security.user: 0 is not allowed; allowed: a whole number from 1 to 2147483647"
    overlay = "services: {queue: {security: {user: 0}}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay}) == [wrong]
