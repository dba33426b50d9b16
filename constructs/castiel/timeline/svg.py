"""A start as a picture that a browser shows."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from castiel.timeline.phases import Phase, PodTimeline, Start

_ROW, _BAR, _LEFT, _TOP, _WIDTH = 22, 14, 260, 64, 900
_FILLS = {"scheduling": "#d9d9d9", "preparing": "#bdbdbd", "gate": "#f2c14e", "starting": "#3a86c8", "ready": "#7bbf8e"}
_WORDS = {"preparing": "scheduled, prepared", "gate": "held by a gate", "starting": "starting", "ready": "ready"}


def draw_svg(start: Start, *, title: str) -> str:
    """Draw one row a pod; the critical path is outlined, and every span tells its name and times when pointed at."""
    height = _TOP + _ROW * len(start.pods) + 40
    scale = _WIDTH / max(start.end, 1.0)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 90}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12">'
    )
    makespan = "not all ready yet" if start.makespan is None else f"all ready after {start.makespan:.0f} s"
    parts = [
        head,
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="22" font-size="16">{escape(title)}: {makespan}, {start.restarts} restarts</text>',
        *_legend(),
        *_axis(start.end, scale, height),
    ]
    for row, pod in enumerate(start.pods):
        parts += _row(pod, _TOP + row * _ROW, scale, critical=pod in start.critical_path)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(pod: PodTimeline, top: int, scale: float, *, critical: bool) -> list[str]:
    weight = ' font-weight="bold"' if critical else ""
    restarts = f" ({pod.restarts} restarts)" if pod.restarts else ""
    parts = [f'<text x="{_LEFT - 8}" y="{top + 11}" text-anchor="end"{weight}>{escape(pod.pod + restarts)}</text>']
    parts += [_span(phase, top, scale, critical=critical and phase.kind == "starting") for phase in pod.phases]
    if pod.ready_at is not None:
        parts.append(f'<text x="{_LEFT + _WIDTH + 8}" y="{top + 11}"{weight}>{pod.ready_at:.0f} s</text>')
    return parts


def _span(phase: Phase, top: int, scale: float, *, critical: bool) -> str:
    outline = ' stroke="#b00020" stroke-width="2"' if critical else ""
    told = f"{phase.name}: {phase.begin:.0f} s to {phase.end:.0f} s"
    x, width = _LEFT + phase.begin * scale, max(1.0, (phase.end - phase.begin) * scale)
    box = f'x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"'
    return f"<rect {box} fill={quoteattr(_FILLS[phase.kind])}{outline}><title>{escape(told)}</title></rect>"


def _axis(end: float, scale: float, height: int) -> list[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600) if end / step <= 15 or step == 3600)
    parts = []
    for second in range(0, int(end) + 1, step):
        x = _LEFT + second * scale
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 6}" x2="{x:.1f}" y2="{height - 30}" stroke="#eeeeee"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 14}" text-anchor="middle" fill="#555555">{second} s</text>')
    return parts


def _legend() -> list[str]:
    parts = []
    for at, (kind, words) in enumerate(_WORDS.items()):
        x = _LEFT + at * 170
        parts.append(f'<rect x="{x}" y="36" width="14" height="12" fill="{_FILLS[kind]}"/><text x="{x + 20}" y="46">{words}</text>')
    x = _LEFT + len(_WORDS) * 170
    parts.append(f'<rect x="{x}" y="36" width="14" height="12" fill="none" stroke="#b00020" stroke-width="2"/>')
    parts.append(f'<text x="{x + 20}" y="46">critical path</text>')
    return parts
