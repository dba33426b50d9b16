"""Checks that fail the rendering, as lines of a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, takewhile

from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, Truth, all_of, conjuncts
from tierwright.expressions.expression import Context, Expression, KeysMatching, operand, unwrapped
from tierwright.expressions.tokens import operand_of
from tierwright.expressions.tree import Guard, Include
from tierwright.outputs.helm.position import Position

Checks = Iterable[Guard | Include]


def guarded(checks: Checks, at: Position) -> list[str]:
    """The lines of checks. Neighbours share the conditions with which they begin, and the entries that they are about."""
    written: list[str] = []
    for is_call, group in groupby(checks, key=lambda check: isinstance(check, Include)):
        if is_call:
            written += (f"{{{{- {unwrapped(call.source(at.context))} }}}}" for call in group if isinstance(call, Include))
        else:
            written += _under_conditions([(_condition(guard), guard) for guard in group if isinstance(guard, Guard)], at)
    return written


Conditional = tuple[Condition, Guard]


def _condition(guard: Guard) -> Condition:
    """The condition of a guard. Where that is only that there are wrong keys, whether the map has any: to match them is costly."""
    if guard.each is None or guard.condition != Truth(guard.each):
        return guard.condition
    return Truth(guard.each.of) if isinstance(guard.each, KeysMatching) else ALWAYS


def _under_conditions(guards: Iterable[Conditional], at: Position) -> Iterator[str]:
    """Guards under their conditions, as far as those are not known to hold."""
    for first, group in groupby(guards, key=lambda guard: next(iter(conjuncts(at.remaining(guard[0]))), ALWAYS)):
        if first == ALWAYS:
            yield from _failures([guard for _, guard in group], at.context)
        elif first != NEVER:
            neighbours = list(group)
            shared = _shared([conjuncts(at.remaining(condition)) for condition, _ in neighbours])
            yield f"{{{{- if {all_of(*shared).test(at.context)} }}}}"
            yield from _under_conditions(neighbours, at.under(*shared))
            yield "{{- end }}"


def _shared(each: Sequence[Sequence[Condition]]) -> list[Condition]:
    """The conditions with which all begin."""
    return [same[0] for same in takewhile(lambda same: all(one == same[0] for one in same), zip(*each, strict=False))]


def _failures(guards: Iterable[Guard], context: Context) -> Iterator[str]:
    for each, group in groupby(guards, key=lambda guard: guard.each):
        if each is None:
            yield from (_failure(guard.message, context) for guard in group)
        else:
            yield from _of_entries(each, group, context.inside())


def _of_entries(each: Expression, guards: Iterable[Guard], context: Context) -> Iterator[str]:
    yield f"{{{{- range $key := {unwrapped(each.source(context))} }}}}"
    yield from _under_conditions(((guard.wrong, Guard(guard.wrong, guard.message)) for guard in guards), Position(0, context))
    yield "{{- end }}"


def _failure(message: str, context: Context) -> str:
    return f"{{{{- fail {operand(operand_of(message), context)} }}}}"
