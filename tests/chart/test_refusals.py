"""The chart refuses what the program refuses: every overlay of which the tests of wrong values know the error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted
from tests.shop import CATALOGUE
from tests.test_bad_data_services import IN_A_DATA_SERVICE
from tests.test_bad_values import IN_AN_OVERLAY

pytestmark = pytest.mark.helm


@cache
def _shop() -> Charted:
    """The platform of those tests."""
    file = Path(mkdtemp()) / "catalogue.yaml"
    file.write_text(CATALOGUE)
    return charted(file)


@pytest.mark.parametrize("overlay", [overlay for overlay, _ in (*IN_AN_OVERLAY, *IN_A_DATA_SERVICE)])
def test_what_the_program_refuses_the_chart_refuses_at_the_same_path(overlay: str) -> None:
    assert not broken(_shop(), [overlay])
