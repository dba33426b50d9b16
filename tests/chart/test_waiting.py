"""A service without pods is refused where the gates of others would wait for it for ever, by both outputs in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.many import write_platform
from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, small
from tierwright import pipeline
from tierwright.config.problems import ConfigError

# of store, which hints and web need, and of hints, an optional need of web; all of them wait, so each overlay is one error
STORE = "store has no pods, but hints waits for it for ever; raise it, or set enabled: false for store and hints"
HINTS = "hints has no pods, but web waits for it for ever; raise it, or set enabled: false for hints"
WRONG = {
    "a need": ("services: {store: {replicas: 0}}", "services.store.replicas", STORE),
    "a need, whatever the patience with the tiers": (
        "services: {store: {replicas: 0}}\nstartup: {tierPatience: 60}",
        "services.store.replicas",
        STORE,
    ),
    "a need, by either order": ("services: {store: {replicas: 0}}\nstartup: {order: graph}", "services.store.replicas", STORE),
    "a need that others can do without once it is left out": (
        "services: {hints: {replicas: 0}}",
        "services.hints.replicas",
        HINTS,
    ),
    "a need of one that an autoscaler keeps up": (
        "defaults: {replicas: 0}\nservices: {web: {autoscaling: {enabled: true}}}",
        "defaults.replicas",
        "store has no pods, but web waits for it for ever; raise it, or set enabled: false for store and web",
    ),
    "a need of two, of which one has no pods either": (
        "services: {hints: {replicas: 0}, store: {replicas: 0}}",
        "services.store.replicas",
        "store has no pods, but web waits for it for ever; raise it, or set enabled: false for store and web",
    ),
}
RIGHT = {
    "nobody waits for the last one": "services: {web: {replicas: 0}}",
    "nobody has pods, so nobody waits": "defaults: {replicas: 0}",
    "who waits is left out": "services: {hints: {replicas: 0}, web: {enabled: false}}",
    "it is left out itself": "services: {hints: {replicas: 0, enabled: false}}",
    "an autoscaler owns the number": "services: {store: {replicas: 0, autoscaling: {enabled: true}}}",
    "another autoscaler does": "services: {store: {replicas: 0, autoscaling: {external: true}}}",
}

BESIDE = """\
name: shop
tiers: [{name: back}, {name: front}]
services:
  idle: {tier: back, port: 3001}
  web: {tier: front, port: 3000}
"""
OFF = "services: {idle: {replicas: 0}}"
IDLE = "idle has no pods, but web waits for it for ever; raise it, or set enabled: false for idle"


def program(platform: Charted, folder: Path, overlay: str) -> list[str]:
    """What the program refuses, with the path first."""
    (folder / "own.yaml").write_text(overlay)
    try:
        platform.load([folder / "own.yaml"])
    except ConfigError as error:
        return [f"{one.path}: {one.wrong}; {one.allowed}" for one in error.problems]
    return []


def chart(platform: Charted, overlay: str) -> str:
    """Why the chart makes no manifests; empty where it makes them."""
    made = template(platform.chart, [overlay], namespace=platform.blueprint.name)
    return made.message if isinstance(made, Refusal) else ""


@pytest.mark.parametrize(("overlay", "path", "error"), WRONG.values(), ids=WRONG)
def test_the_program_refuses_what_would_never_start(tmp_path: Path, overlay: str, path: str, error: str) -> None:
    assert f"{path}: {error}" in program(small(), tmp_path, overlay)


@pytest.mark.helm
@pytest.mark.parametrize(("overlay", "error"), [(overlay, error) for overlay, _, error in WRONG.values()], ids=WRONG)
def test_the_chart_refuses_it_in_the_same_words(overlay: str, error: str) -> None:
    name = error.split(" ", 1)[0]
    assert chart(small(), overlay) == f"services.{name}.replicas: {error}"


@pytest.mark.helm
@pytest.mark.parametrize("overlay", RIGHT.values(), ids=RIGHT)
def test_without_pods_is_a_service_for_which_nobody_waits(tmp_path: Path, overlay: str) -> None:
    assert program(small(), tmp_path, overlay) == []
    assert not broken(small(), [overlay])


def test_one_number_in_the_defaults_is_one_error(tmp_path: Path) -> None:
    assert len(program(small(), tmp_path, "defaults: {replicas: 0}\nservices: {web: {replicas: 1}}")) == 1


@pytest.mark.helm
def test_of_what_the_tier_order_alone_names_it_counts_whether_gates_lose_patience(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(BESIDE)
    platform = charted(tmp_path / "catalogue.yaml")
    assert program(platform, tmp_path, OFF) == [f"services.idle.replicas: {IDLE}"]
    assert chart(platform, OFF) == f"services.idle.replicas: {IDLE}"
    for startup in ("{tierPatience: 60}", "{order: graph}"):
        overlay = f"{OFF}\nstartup: {startup}"
        assert program(platform, tmp_path, overlay) == []
        assert not broken(platform, [overlay])


def test_a_wrong_number_elsewhere_hides_no_service_without_pods(tmp_path: Path) -> None:
    found = program(small(), tmp_path, "services: {hints: {replicas: 0}, store: {replicas: -1}}")
    assert f"services.hints.replicas: {HINTS}" in found


def test_the_checks_grow_with_the_services_and_not_with_their_square(tmp_path: Path) -> None:
    def size(services: int) -> int:
        catalogue, overlay = write_platform(services, tmp_path)
        platform = pipeline.described(catalogue=catalogue, values=[overlay])
        return len(pipeline.chart(platform)["helm/many/templates/checks.yaml"])

    fixed = size(6)
    assert size(246) - fixed < 4.4 * (size(66) - fixed)
