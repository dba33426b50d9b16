"""A start as text for the terminal."""

from __future__ import annotations

import itertools

from tierwright.config.problems import counted
from tierwright.timeline.phases import PodTimeline, Start

_MARKS = {"scheduling": "-", "preparing": "·", "starting": "▓", "ready": "█", "stuck": "!"}
_GATES = "░▒"
_LEGEND = "- being scheduled   · prepared   ░▒ held by its gates, in turn   ▓ starting   █ ready   * on the critical path"
_STUCK = "   ! stuck"
_NAMED = 3  # pods with the same trouble


def draw_text(start: Start, *, width: int = 120) -> str:
    """Draw one line for each pod, `width` columns wide, and the critical path below them."""
    names = {pod.pod: _name(pod, start) for pod in start.pods}
    margin = max(map(len, names.values()), default=0) + 1
    columns = max(20, width - margin - 8)
    scale = columns / max(start.end, 1.0)
    lines = [f"{'':{margin}}{_axis(start.end, columns)}"]
    for pod in start.pods:
        ready = f" {pod.ready_at:.0f} s" if pod.ready_at is not None else " -"
        lines.append(f"{names[pod.pod]:{margin}}{_bar(pod, scale, columns)}{ready}")
    stuck = any(phase.kind == "stuck" for pod in start.pods for phase in pod.phases)
    return "\n".join([*lines, "", f"{_LEGEND}{_STUCK if stuck else ''}", *_summary(start)]) + "\n"


def _name(pod: PodTimeline, start: Start) -> str:
    restarts = f" ({pod.restarts} restarts)" if pod.restarts else ""
    return f"{'*' if pod in start.critical_path else ' '} {pod.pod}{restarts}"


def _bar(pod: PodTimeline, scale: float, columns: int) -> str:
    cells = [" "] * columns
    gates = itertools.cycle(_GATES)
    for phase in pod.phases:
        mark = next(gates) if phase.kind == "gate" else _MARKS[phase.kind]
        begin = min(int(phase.begin * scale), columns - 1)
        for cell in range(begin, max(begin + 1, int(phase.end * scale))):
            cells[min(cell, columns - 1)] = mark
    return "".join(cells)


def _axis(end: float, columns: int) -> str:
    """The scale: seconds at every fifth of the width."""
    axis = ""
    for fifth in range(5):
        axis = f"{axis:{columns * fifth // 5}}{end * fifth / 5:.0f} s"
    return f"{axis:{columns}} ready at"


def _summary(start: Start) -> list[str]:
    lines = ["", f"{'critical path':40}{'ready at':>10}{'began after':>13}{'started in':>12}"]
    before = 0.0
    for pod in start.critical_path:
        opened, ready = pod.opened_at or 0.0, pod.ready_at or 0.0
        lines.append(f"  {pod.pod:38}{ready:8.0f} s{opened - before:11.0f} s{ready - opened:10.0f} s")
        before = ready
    counts = f"{headline(start)}, {counted(len(start.pods), 'pod')}, {counted(start.restarts, 'restart')}"
    return [*lines, "", *_blocked(start), *_troubled(start), counts]


def headline(start: Start) -> str:
    """The progress of the start, in words."""
    if start.makespan is not None:
        return f"all ready after {start.makespan:.0f} s"
    ready = sum(pod.ready_at is not None for pod in start.pods)
    absent = sum(max(0, shortage.wanted - shortage.pods) for shortage in start.shortages)
    return f"{ready} of {len(start.pods) + absent} ready after {start.end:.0f} s"


def troubles(start: Start) -> list[str]:
    """A line for each trouble: the pods that it keeps from being ready, and everything known about it."""
    lines = []
    for trouble, names in start.troubles.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        lines.append(f"{', '.join(names[:_NAMED])}{more}: {trouble.text}")
    return lines


def _blocked(start: Start) -> list[str]:
    if start.makespan is not None or not start.blockers:
        return []
    by_name = {pod.pod: pod for pod in start.pods}
    lacking = {shortage.workload: shortage.text for shortage in start.shortages}
    lines = ["the others wait for"]
    for name in start.blockers:
        now = by_name[name].phases[-1] if name in by_name else None
        has = lacking.get(name, "no pod")
        lines.append(f"  {name}, {now.name} since {now.end - now.begin:.0f} s" if now else f"  {name}, which has {has}")
    return [*lines, ""]


def _troubled(start: Start) -> list[str]:
    return ["in trouble", *(f"  {line}" for line in troubles(start)), ""] if start.troubles else []
