"""How a platform started: the phases of every pod, read from the cluster and drawn."""

from castiel.timeline.phases import Phase, PodTimeline, Start, read_start
from castiel.timeline.svg import draw_svg
from castiel.timeline.text import draw_text

__all__ = ["Phase", "PodTimeline", "Start", "draw_svg", "draw_text", "read_start"]
