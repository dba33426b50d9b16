"""The examples that describe public platforms, rendered once for all tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.chart.helm import template
from tests.chart.platforms import Charted, charted
from tests.rendering import ROOT, Rendered, render_platform


@cache
def charted_guest(name: str) -> Charted:
    """A guest with its chart."""
    folder = ROOT / "examples" / name
    return charted(folder / "catalogue.yaml", folder / "values.yaml")


@cache
def guest(name: str) -> Rendered:
    """The manifests of a guest."""
    return guest_with(name, {})


def guest_with(name: str, overlay: Mapping[str, Any]) -> Rendered:
    """The manifests of a guest under an overlay."""
    return render_platform(charted_guest(name).load_with(overlay))


@cache
def guest_by_helm(name: str) -> Rendered:
    """What Helm makes of the chart of a guest, its hooks too."""
    platform = charted_guest(name).load([])
    made = template(charted_guest(name).chart, [], namespace=platform.namespace)
    assert isinstance(made, str), made
    return Rendered.of(platform, {"release.yaml": made})
