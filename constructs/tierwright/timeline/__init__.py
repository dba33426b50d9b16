"""How a platform started: the phases of every pod, read from the cluster and drawn."""

from tierwright.timeline.phases import Phase, PodTimeline, Shortage, Start
from tierwright.timeline.reading import objects_of, read_start
from tierwright.timeline.svg import draw_svg
from tierwright.timeline.text import draw_text
from tierwright.timeline.troubles import Trouble

__all__ = ["Phase", "PodTimeline", "Shortage", "Start", "Trouble", "draw_svg", "draw_text", "objects_of", "read_start"]
