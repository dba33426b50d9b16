"""Scalars of templates: constants as YAML, tokens as Helm's expressions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tierwright.expressions.conditions import Condition
from tierwright.expressions.expression import Context, Expression, Joined, Sum, unwrapped
from tierwright.expressions.tokens import LARGE, UNSAFE, Number, Piece, is_marked, pieces
from tierwright.expressions.tree import Choice
from tierwright.outputs.yaml_text import flow, on_one_line


def scalar(value: object, context: Context) -> str:
    """A scalar of the tree as it is written after a key or a dash."""
    if isinstance(value, str):
        return _text(value, context) if is_marked(value) else constant(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return f"{{{{ {number(value.expression, context)} }}}}"
    if isinstance(value, Condition):
        return f"{{{{ {value.test(context)} }}}}"
    if isinstance(value, Expression):
        return f"{{{{ {bare(value, context)} | quote }}}}"
    assert isinstance(value, int), value
    return str(value)


@cache
def constant(text: str) -> str:
    """A constant text of a template, on one line."""
    return escaped(on_one_line(text))


def escaped(text: str) -> str:
    """Constant text of a template, with braces that Helm must not read as its own escaped."""
    return text.replace("{{", '{{ "{{" }}')


def inline(text: str, context: Context) -> str:
    """A text inside a line: constants as they are, tokens as expressions, choices as conditions."""
    return _pieces(pieces(text), context)


def number(expression: Expression, context: Context) -> str:
    """An integer; Helm's numbers are floats, which print as 1e+06 from a million on."""
    source = bare(expression, context)
    return f"{source} | int64" if expression in LARGE else source


def bare(expression: Expression, context: Context) -> str:
    """An expression as the first part of a pipeline, where it needs no parentheses."""
    return unwrapped(expression.source(context))


def _text(text: str, context: Context) -> str:
    parts = list(pieces(text))
    if len(parts) == 1 and isinstance(parts[0], Expression) and not isinstance(parts[0], Choice):
        return f"{{{{ {bare(parts[0], context)} | quote }}}}"
    if has_unsafe(text):
        return f"{{{{ {bare(Joined(tuple(parts)), context)} | quote }}}}"
    return f'"{_quotable(parts, context)}"'


def has_unsafe(text: str) -> bool:
    """Whether a token in the text may contain anything, also quotes and line breaks."""
    return any(part in UNSAFE for part in _expressions(pieces(text)))


def _quotable(parts: Iterable[Piece], context: Context) -> str:
    """Text between double quotes; no token in it can contain a quote."""
    return "".join(_piece(part, context) if isinstance(part, Expression) else _joint(flow(part)[1:-1]) for part in parts)


def _piece(piece: Piece, context: Context) -> str:
    if isinstance(piece, Choice):
        return f"{{{{ if {_chosen(piece, context)}{{{{ end }}}}"
    if isinstance(piece, Expression):
        return f"{{{{ {number(piece, context)} }}}}"
    return _joint(piece)


def _chosen(choice: Choice, context: Context) -> str:
    """What is written between the first `if` of a choice and its `end`."""
    written = f"{choice.condition.test(context)} }}}}{_pieces(choice.then, context)}"
    if len(choice.otherwise) == 1 and isinstance(choice.otherwise[0], Choice):
        return f"{written}{{{{ else if {_chosen(choice.otherwise[0], context)}"
    return f"{written}{{{{ else }}}}{_pieces(choice.otherwise, context)}" if choice.otherwise else written


def _pieces(parts: Iterable[Piece], context: Context) -> str:
    return "".join(_piece(one, context) for one in parts)


def _joint(text: str) -> str:
    """Constant text before an expression. Braces at its end would combine with the braces of the expression."""
    start = text.rstrip("{")
    return escaped(text) if start == text else f'{escaped(start)}{{{{ "{text[len(start) :]}" }}}}'


def _expressions(parts: Iterable[Piece]) -> Iterable[Expression]:
    for part in parts:
        if isinstance(part, Choice):
            yield from _expressions(part.then)
            yield from _expressions(part.otherwise)
        elif isinstance(part, Expression) and not isinstance(part, Sum):
            yield part
