"""What a catalogue does not have leaves no values in its chart, and an overlay that sets them is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.documents import load
from tests.shop import errors
from tierwright.config.problems import dotted
from tierwright.model.schemas import SCHEMAS

BARE = "{name: shop, tiers: [{name: t}], services: {w: {tier: t, port: 80}}}"
"""A platform of one service, which nobody outside reaches and which reaches nobody."""

Steps = tuple[str, ...]

# The path of values, what a catalogue needs to have them, an overlay that sets them, and what is said where it has not.
ABSENT: list[tuple[Steps, str, str, str]] = [
    (
        ("public", "hosts"),
        "port: 80, public: {host: www}",
        "public: {hosts: {www: www.shop.example}}",
        "the catalogue has no public host but the main one; name one by `public: {host: NAME}` of a service there, or remove this",
    ),
    (
        ("networkPolicy", "edge"),
        "port: 80, public: true",
        "networkPolicy: {edge: {namespaces: [traefik]}}",
        "the catalogue has no public service; make one `public` there, or remove this",
    ),
    (
        ("networkPolicy", "metrics"),
        "port: 80, metrics: true",
        "networkPolicy: {metrics: {namespaces: [monitoring]}}",
        "the catalogue has no port with metrics; name one in `metrics` of a service there, or remove this",
    ),
    (
        ("networkPolicy", "internalRanges"),
        "port: 80, external: [mail]",
        "networkPolicy: {internalRanges: {ipv4: [10.0.0.0/8]}}",
        "the catalogue has no destination outside the platform; add it to `external` there, or remove this",
    ),
    (
        ("networkPolicy", "externalCidrs"),
        "port: 80, external: [mail]",
        "networkPolicy: {externalCidrs: {mail: [192.0.2.0/24]}}",
        "the catalogue has no destination outside the platform; add it to `external` there, or remove this",
    ),
    (
        ("chartTest",),
        "port: 80, public: true",
        "chartTest: {placement: {priorityClass: low}}",
        "the catalogue has no public service whose page could be asked for; give one there, or remove this",
    ),
    (
        ("secrets",),
        "port: 80, secrets: [signing]",
        "secrets: {mode: existing, names: {signing: ours}}",
        "the catalogue has no secret and no data service; add one there, or remove this",
    ),
]
PATHS = [dotted(path) for path, *_ in ABSENT]


def with_it(entry: str) -> str:
    external = "external: {mail: {ports: [587]}}, " if "external" in entry else ""
    secrets = "secrets: {signing: {source: generated, keys: [KEY]}}, " if "secrets" in entry else ""
    return BARE.replace("port: 80", entry).replace("services:", f"{external}{secrets}services:")


def has(charted: Charted, path: Steps) -> list[bool]:
    """Whether the values are in the chart's values.yaml, in its schema, in its README, and in the schema for editors."""
    defaults = load((charted.chart / "values.yaml").read_text())
    schema = load((charted.chart / "values.schema.json").read_text())
    own = SCHEMAS["overlay"](charted.blueprint.parts)
    for step in path:
        defaults = defaults.get(step) if defaults else None
        schema, own = (one.get("properties", {}).get(step, {}) for one in (schema, own))
    row = f"| `{dotted(path)}" in (charted.chart / "README.md").read_text()
    return [defaults is not None, bool(schema), row, bool(own)]


@pytest.mark.parametrize(("path", "entry"), [(path, entry) for path, entry, *_ in ABSENT], ids=PATHS)
def test_a_chart_has_values_of_what_its_catalogue_has_alone(path: Steps, entry: str) -> None:
    assert has(charted_text(BARE), path) == [False] * 4
    assert has(charted_text(with_it(entry)), path) == [True] * 4


@pytest.mark.parametrize(("path", "overlay", "error"), [(path, overlay, error) for path, _, overlay, error in ABSENT], ids=PATHS)
def test_an_overlay_that_sets_them_is_told_so_once(path: Steps, overlay: str, error: str, tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=BARE, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {dotted(path)}: {error}"]


@pytest.mark.parametrize(("entry", "overlay"), [(entry, overlay) for _, entry, overlay, _ in ABSENT], ids=PATHS)
def test_where_the_catalogue_has_it_the_overlay_is_right(entry: str, overlay: str, tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=with_it(entry), overlays={"a.yaml": overlay}) == []


@pytest.mark.parametrize("path", [path for path, *_ in ABSENT], ids=PATHS)
def test_null_for_them_is_told_too(path: Steps, tmp_path: Path) -> None:
    overlay = "~"
    for step in reversed(path):
        overlay = f"{{{step}: {overlay}}}"
    (error,) = errors(tmp_path, catalogue=BARE, overlays={"a.yaml": overlay})
    assert error.startswith(f"a.yaml:1: {dotted(path)}: the catalogue has no ")


@pytest.mark.helm
@pytest.mark.parametrize(("entry", "overlay"), [(entry, overlay) for _, entry, overlay, _ in ABSENT], ids=PATHS)
def test_the_chart_refuses_and_takes_the_same(entry: str, overlay: str) -> None:
    assert not broken(charted_text(BARE), [overlay])
    assert not broken(charted_text(with_it(entry)), [overlay])


@pytest.mark.helm
def test_without_any_of_them_both_outputs_are_the_same() -> None:
    assert not broken(charted_text(BARE), ["{}"])


def test_where_a_catalogue_is_wrong_nothing_is_said_of_what_it_may_have(tmp_path: Path) -> None:
    wrong = with_it("port: 80, public: true").replace("public: true", "public: 1")
    overlay = "networkPolicy: {edge: {namespaces: [traefik]}}"
    assert errors(tmp_path, catalogue=wrong, overlays={"a.yaml": overlay}) == [
        "catalogue.yaml:1: services.w.public: 1 is not allowed; allowed: true or false, or a mapping"
    ]


@pytest.mark.parametrize(("entry", "tested"), [("port: 80", False), ("port: 80, public: true", True)])
def test_the_readme_tells_of_a_test_where_there_is_one(entry: str, tested: bool) -> None:
    chart = charted_text(BARE.replace("port: 80", entry)).chart
    assert (chart / "templates" / "tests").exists() == tested
    assert ("helm test shop" in (chart / "README.md").read_text()) == tested
