"""How a platform started: the phases of every pod, read from the cluster and drawn."""

from castiel.timeline.phases import Phase, PodTimeline, Shortage, Start
from castiel.timeline.reading import read_start
from castiel.timeline.svg import draw_svg
from castiel.timeline.text import draw_text
from castiel.timeline.troubles import Trouble

__all__ = ["Phase", "PodTimeline", "Shortage", "Start", "Trouble", "draw_svg", "draw_text", "read_start"]
