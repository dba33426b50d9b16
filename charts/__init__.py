"""Castiel's charts: which constructs stand in which file of dist/. Composition only."""

from charts.platform import build, synthesize

__all__ = ["build", "synthesize"]
