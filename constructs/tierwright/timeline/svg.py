"""A start as a picture for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from tierwright.timeline.phases import Phase, PodTimeline, Start
from tierwright.timeline.text import headline, troubles

_ROW, _BAR, _TOP, _WIDTH, _LETTER = 22, 14, 64, 900, 7.2
_FILLS = {
    "scheduling": "#d9d9d9",
    "preparing": "#bdbdbd",
    "gate": "#f2c14e",
    "starting": "#3a86c8",
    "ready": "#7bbf8e",
    "stuck": "#e4572e",
}
_WORDS = {
    "scheduling": "being scheduled",
    "preparing": "prepared",
    "gate": "held by a gate",
    "starting": "starting",
    "ready": "ready",
    "stuck": "stuck",
}
_CRITICAL = "#b00020"
_LEGEND = 120  # between two words of the legend


def draw_svg(start: Start, *, title: str) -> str:
    """Draw one row for each pod; a line follows the critical path, and every span shows its name and times when pointed at.

    Below are the reasons why pods are not ready, a line for each.
    """
    names = [_name(pod) for pod in start.pods]
    left = 20 + max(map(len, names), default=0) * _LETTER
    bottom = _TOP + _ROW * len(start.pods) + 40
    reasons = troubles(start)
    scale = _WIDTH / max(start.end, 1.0)
    beside = max([len("1000 s"), *(len(_outcome(pod)) for pod in start.pods)]) * _LETTER
    width = max([left + _WIDTH + 20 + beside, *(20 + len(line) * _LETTER for line in reasons)])
    size = f'width="{width:.0f}" height="{bottom + _ROW * len(reasons)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="22" font-size="16">{escape(title)}: {headline(start)}, {start.restarts} restarts</text>',
        *_legend(left),
        *_axis(start.end, scale, left, bottom),
    ]
    for row, (pod, name) in enumerate(zip(start.pods, names, strict=True)):
        parts += _row(pod, name, _TOP + row * _ROW, scale, left, critical=pod in start.critical_path)
    parts += _path(start.critical_path, [start.pods.index(pod) for pod in start.critical_path], scale, left)
    for row, line in enumerate(reasons):
        parts.append(f'<text x="10" y="{bottom + 12 + row * _ROW}" fill="{_CRITICAL}">{escape(line)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _name(pod: PodTimeline) -> str:
    return f"{pod.pod} ({pod.restarts} restarts)" if pod.restarts else pod.pod


def _outcome(pod: PodTimeline) -> str:
    """The text at the end of a row: when the pod was ready, or why it is not."""
    if pod.ready_at is not None:
        return f"{pod.ready_at:.0f} s"
    return pod.trouble.reason if pod.trouble else ""


def _row(pod: PodTimeline, name: str, top: int, scale: float, left: float, *, critical: bool) -> list[str]:
    weight = ' font-weight="bold"' if critical else ""
    parts = [f'<text x="{left - 8:.1f}" y="{top + 11}" text-anchor="end"{weight}>{escape(name)}</text>']
    for phase in pod.phases:
        label = pod.trouble.text if pod.trouble and phase.kind == "stuck" else phase.name
        parts += _span(phase, label, top, scale, left, critical=critical and phase.kind == "starting")
    if outcome := _outcome(pod):
        parts.append(f'<text x="{left + _WIDTH + 8:.1f}" y="{top + 11}"{weight}>{escape(outcome)}</text>')
    return parts


def _span(phase: Phase, label: str, top: int, scale: float, left: float, *, critical: bool) -> list[str]:
    outline = f' stroke="{_CRITICAL}" stroke-width="2"' if critical else ""
    tooltip = f"{label}: {phase.begin:.0f} s to {phase.end:.0f} s"
    x, width = left + phase.begin * scale, max(1.0, (phase.end - phase.begin) * scale)
    box = f'x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"'
    parts = [f"<rect {box} fill={quoteattr(_FILLS[phase.kind])}{outline}><title>{escape(tooltip)}</title></rect>"]
    words = phase.name.removeprefix("wait-for-")
    if phase.kind == "gate" and width > len(words) * 6:
        middle = f'x="{x + width / 2:.1f}" y="{top + 11}" text-anchor="middle"'
        parts.append(f'<text {middle} font-size="10" fill="#5c4300" pointer-events="none">{escape(words)}</text>')
    return parts


def _path(path: Sequence[PodTimeline], rows: Sequence[int], scale: float, left: float) -> list[str]:
    """Lines from the moment at which a pod was ready to the row of the pod that waited for it."""
    parts = []
    for before, after, above, below in zip(path, path[1:], rows, rows[1:], strict=False):
        moment, began = left + (before.ready_at or 0.0) * scale, left + (after.opened_at or 0.0) * scale
        points = f"{moment:.1f},{_TOP + above * _ROW + _BAR} {moment:.1f},{_TOP + below * _ROW + _BAR / 2} "
        points += f"{began:.1f},{_TOP + below * _ROW + _BAR / 2}"
        parts.append(f'<polyline points="{points}" fill="none" stroke="{_CRITICAL}" stroke-width="1.5"/>')
    return parts


def _axis(end: float, scale: float, left: float, height: int) -> list[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600, 86_400) if end / step <= 15 or step == 86_400)
    parts = []
    for second in range(0, int(end) + 1, step):
        x = left + second * scale
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 6}" x2="{x:.1f}" y2="{height - 30}" stroke="#eeeeee"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 14}" text-anchor="middle" fill="#555555">{second} s</text>')
    return parts


def _legend(left: float) -> list[str]:
    parts = []
    for position, (kind, words) in enumerate(_WORDS.items()):
        x = left + position * _LEGEND
        parts.append(f'<rect x="{x:.1f}" y="36" width="14" height="12" fill="{_FILLS[kind]}"/>')
        parts.append(f'<text x="{x + 20:.1f}" y="46">{words}</text>')
    x = left + len(_WORDS) * _LEGEND
    parts.append(f'<rect x="{x:.1f}" y="36" width="14" height="12" fill="none" stroke="{_CRITICAL}" stroke-width="2"/>')
    parts.append(f'<text x="{x + 20:.1f}" y="46">critical path</text>')
    return parts
