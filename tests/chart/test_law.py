"""For all values: what `main.py` makes and what `helm template` makes are the same objects.

`CASTIEL_OVERLAYS=2000` draws so many overlays, other ones in each run; without it the same few hundred are drawn each time.
"""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chart.law import broken
from tests.chart.overlays import overlays, written
from tests.chart.platforms import Charted, bookshop, castiel, small
from tests.rendering import CONFIG, ENVIRONMENTS

pytestmark = pytest.mark.helm

_WANTED = int(os.environ.get("CASTIEL_OVERLAYS", "0"))


def _drawn(share: float) -> Callable[..., Callable[..., None]]:
    """Settings for this share of all overlays."""
    return settings(
        max_examples=int((_WANTED or 300) * share),
        derandomize=not _WANTED,
        print_blob=bool(_WANTED),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_committed_environment(environment: str) -> None:
    overlay = [] if environment == "development" else [(CONFIG / "environments" / f"{environment}.yaml").read_text()]
    assert not broken(castiel(), overlay)


@_drawn(0.5)
@given(st.data())
def test_a_small_platform_with_an_overlay(data: st.DataObject) -> None:
    _holds(data, small(), 1)


@_drawn(0.2)
@given(st.data())
def test_a_small_platform_with_several_overlays(data: st.DataObject) -> None:
    _holds(data, small(), 3)


@_drawn(0.1)
@given(st.data())
def test_a_platform_without_queue_and_cache(data: st.DataObject) -> None:
    _holds(data, bookshop(), 2)


@_drawn(0.2)
@given(st.data())
def test_castiel_itself(data: st.DataObject) -> None:
    _holds(data, castiel(), 2)


def _holds(data: st.DataObject, charted: Charted, most: int) -> None:
    drawn = data.draw(st.lists(overlays(charted).map(written), min_size=1, max_size=most))
    assert not broken(charted, drawn), drawn
