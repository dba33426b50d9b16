"""Castiel's cdk8s app. What is patched here is in dist/*.yaml, but not in the Helm chart (docs/embedding.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwright import App, DescribedPlatform

if TYPE_CHECKING:
    from tierwright.pipeline import Described


def castiel(described: Described) -> App:
    """The app: one chart for each file of dist/, in it a construct for each workload."""
    app = App()
    DescribedPlatform(app, described.blueprint.name, described)
    return app
