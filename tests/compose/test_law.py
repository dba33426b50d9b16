"""For all platforms: a container of the Compose file gets what it gets on a cluster, or the file says what it does not get.

`CASTIEL_OVERLAYS=2000` draws so many overlays, other ones in each run; without it the same are drawn each time.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.snapshots import GUESTS
from tests.chart.drawing import drawn
from tests.chart.overlays import overlays, written
from tests.chart.platforms import Charted, several, small, workloads
from tests.chart.structures import Tree, catalogues
from tests.chart.structures import written as structure
from tests.compose.law import broken
from tests.compose.platforms import Composed, castiel, composed, composed_text, example, seldom
from tests.compose.specification import refused
from tests.rendering import ENVIRONMENTS
from tierwright.config.problems import ConfigError


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_committed_environment(environment: str, missing: bool) -> None:
    _holds(castiel(environment), missing=missing)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("name", ["bookshop", "hello", *GUESTS])
def test_an_example(name: str, missing: bool) -> None:
    _holds(example(name), missing=missing)


@pytest.mark.parametrize("missing", [False, True])
def test_everything_that_is_seldom(missing: bool) -> None:
    _holds(seldom(), missing=missing)


@drawn(0.2)
@given(st.data())
def test_a_small_platform_with_an_overlay(data: st.DataObject) -> None:
    _drawn(data, small())


@drawn(0.2)
@given(st.data())
def test_a_platform_with_every_kind_of_workload(data: st.DataObject) -> None:
    _drawn(data, workloads())


@drawn(0.1)
@given(st.data())
def test_a_platform_with_several_data_services_of_a_kind(data: st.DataObject) -> None:
    _drawn(data, several())


@drawn(0.3)
@given(catalogues(), st.booleans())
def test_every_structure(catalogue: Tree, missing: bool) -> None:
    _holds(composed_text(structure(catalogue)), missing=missing)


def _drawn(data: st.DataObject, charted: Charted) -> None:
    overlay, missing = data.draw(overlays(charted).map(written)), data.draw(st.booleans())
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(overlay)
        file.flush()
        try:
            found = composed(charted.catalogue, [Path(file.name)], charted.own)
        except ConfigError:
            return  # what no platform can have
    _holds(found, missing=missing)


def _holds(one: Composed, *, missing: bool) -> None:
    assert not broken(one.on_cluster, one.text, missing=missing)


def test_the_specification_refuses_what_it_does_not_know() -> None:
    assert refused({"services": {"web": {"depend_on": []}}}) == [
        "$.services.web: Unevaluated properties are not allowed ('depend_on' was unexpected)"
    ]
