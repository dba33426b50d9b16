"""Who waits for whom in a Compose file, and which part of the platform a profile starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.compose.engine import Engine
from tests.compose.platforms import PLATFORMS, Composed, composed_text

TIERS = "name: shop\ntiers: [{name: back}, {name: front}]\n"


def services(one: Composed) -> Mapping[str, Any]:
    found: Mapping[str, Any] = Engine(one.text).raw["services"]
    return found


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_waits_for_exactly_what_the_gates_of_its_pods_wait_for(name: str) -> None:
    one = PLATFORMS[name]()
    graph, found = one.on_cluster.platform.graph, services(one)
    catalogue = one.on_cluster.platform.catalogue
    for workload in {*catalogue.services, *catalogue.data_services} & {*found}:
        waits = {
            target.removesuffix("-prober"): entry.get("required", True)
            for target, entry in found[workload].get("depends_on", {}).items()
            if entry["condition"] != "service_completed_successfully"
        }
        assert waits == {wait.target: wait.needed for wait in graph.waits(workload) if wait.target in found}, workload


@pytest.mark.parametrize("name", PLATFORMS)
def test_whom_a_profile_starts_needs_nobody_whom_it_does_not_start(name: str) -> None:
    found = services(PLATFORMS[name]())
    for client, service in found.items():
        for target, entry in service.get("depends_on", {}).items():
            if entry.get("required", True):
                missing = {*service["profiles"]} - {*found[target]["profiles"]}
                assert not missing, f"{client} needs {target}, which {missing} do not start"


@pytest.mark.parametrize("name", PLATFORMS)
def test_all_but_what_runs_at_times_is_started_by_the_profile_of_everything(name: str) -> None:
    one = PLATFORMS[name]()
    scheduled = {key for key, service in one.on_cluster.platform.catalogue.services.items() if service.schedule}
    assert {key for key, service in services(one).items() if "all" not in service["profiles"]} == scheduled & {*services(one)}


def test_what_is_before_a_tier_is_written_once() -> None:
    one = composed_text(
        TIERS + "services: {a: {tier: back}, b: {tier: back, needs: [a]}, c: {tier: front}, d: {tier: front, needs: [a]}}\n"
    )
    assert "  front: &before-front\n    a:\n      condition: service_started\n      required: false\n" in one.text
    assert "    depends_on:\n      <<: *before-front\n    profiles: [all, c]\n" in one.text
    assert (
        "    depends_on:\n      <<: *before-front\n      a:\n        condition: service_started\n    profiles: [all, d]\n"
        in one.text
    )
    assert services(one)["d"]["depends_on"] == {
        "a": {"condition": "service_started"},
        "b": {"condition": "service_started", "required": False},
    }


def test_who_mounts_a_volume_of_another_waits_until_it_has_its_owner() -> None:
    one = composed_text(
        TIERS + "services: {keeper: {tier: back, storage: {data: /data}}, reader: {tier: back, volumes: {keeper.data: /data}}}\n"
    )
    assert services(one)["reader"]["depends_on"] == {"keeper-volumes": {"condition": "service_completed_successfully"}}
    assert services(one)["keeper-volumes"]["profiles"] == ["all", "keeper", "reader"]


def chain(length: int) -> Composed:
    """A platform in which each service needs the one before it, and waits for a tier besides."""
    names = [f"s{number}" for number in range(length)]
    lines = [f"  {name}: {{tier: front, needs: [{before}]}}" for before, name in zip(["first", *names], names, strict=False)]
    others = [f"  o{number}: {{tier: back}}" for number in range(length)]
    return composed_text("\n".join([f"{TIERS}services:", "  first: {tier: back}", *others, *lines]) + "\n")


def test_a_file_grows_as_the_platform_does() -> None:
    small, large = chain(150), chain(300)
    assert len(large.text) < 2.2 * len(small.text)


def test_a_part_of_more_than_100_workloads_has_no_profile_and_the_file_says_so() -> None:
    one = chain(102)
    assert "s98" in services(one)["first"]["profiles"]
    assert "s99" not in services(one)["s99"]["profiles"]
    assert "3 workloads, from s99 on, have no profile: each needs more than 99 others" in Engine(one.text).told


def test_a_service_called_all_has_no_profile_and_the_file_says_so() -> None:
    one = composed_text(TIERS + "services: {all: {tier: back, needs: [a]}, a: {tier: back}, b: {tier: back}}\n")
    assert {name: service["profiles"] for name, service in services(one).items()} == {
        "all": ["all"], "a": ["all", "a"], "b": ["all", "b"],
    }  # fmt: skip
    assert "all has no profile of its own, as that one starts everything" in Engine(one.text).told
