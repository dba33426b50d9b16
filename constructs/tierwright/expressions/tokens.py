"""Tokens: they take the place of values while components are built, and have the types that components expect.

A text token is a text with a mark in it, and so survives f-strings and joins; the marks are found again when the finished
tree is read. AWS CDK encodes its tokens in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from tierwright.annotations import bare, fields_of
from tierwright.expressions.conditions import Compares, Condition, Equals, Truth, opposite
from tierwright.expressions.expression import Expression, Field, Joined, Sum, TraceError, describe

MARK = re.compile("\ue000([0-9]+)\ue001")
_OPEN, _CLOSE = "\ue000", "\ue001"

_marked: list[Expression] = []
_marks: dict[Expression, str] = {}

Piece = str | Expression
T = TypeVar("T", bound=msgspec.Struct)
K = TypeVar("K")


def mark(expression: Expression) -> str:
    """The mark of an expression: a short text that takes its place in Python texts. Equal expressions have the same mark."""
    known = _marks.get(expression)
    if known is None:
        known = _marks[expression] = f"{_OPEN}{len(_marked)}{_CLOSE}"
        _marked.append(expression)
    return known


def pieces(text: str) -> Iterator[Piece]:
    """The constant texts and the expressions of which a text with marks consists, in order."""
    for position, part in enumerate(MARK.split(str(text))):
        if position % 2:
            yield _marked[int(part)]
        elif part:
            yield part


def operand_of(text: str) -> str | Expression:
    """A text as an operand: the text itself if it contains no token, else the expression that it represents."""
    parts = tuple(pieces(text))
    if len(parts) == 1:
        return parts[0]
    return Joined(parts) if parts else ""


def is_marked(text: str) -> bool:
    """Whether a text contains a token."""
    return str.__contains__(text, _OPEN)


def _refuse(token: Any, *_: object, **__: object) -> Any:
    """Takes the place of every operation that would need the value, or would silently lose it. Raises TraceError."""
    raise TraceError(
        f"{describe(token.expression)} is not known while the manifests are described; "
        "give it to an expression of tierwright.expressions instead of computing with it"
    )


class Token:
    """What all tokens have in common: the expression that computes their value.

    A token supports the operations that its class defines, and refuses every other operation of its value's type.
    """

    expression: Expression

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __hash__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def _answers_nothing_else_of(known: type) -> Callable[[type[K]], type[K]]:
    """A decorator: the class refuses every operation of the type `known` that it does not define, also those of later Pythons."""

    def closed(kind: type[K]) -> type[K]:
        for name in set(dir(known)).difference(dir(object), vars(kind)):
            setattr(kind, name, _refuse)
        return kind

    return closed


@_answers_nothing_else_of(str)
class Text(Token, str):
    """A text. `safe`: it contains neither quotes nor backslashes, so it can be put between quotes in YAML.

    `words`: all that it may be, where it is one of a few words.
    """

    __slots__ = ("expression", "words")
    words: tuple[str, ...]

    def __new__(cls, expression: Expression, *, safe: bool = True, words: tuple[str, ...] = ()) -> Text:
        """A text whose only content is the mark."""
        token = str.__new__(cls, mark(expression))
        token.expression = expression
        token.words = words
        if not safe:
            UNSAFE.add(expression)
        return token

    def __eq__(self, other: object) -> Any:  # type: ignore[override]
        """A condition."""
        if not isinstance(other, str) or is_marked(other):
            return _refuse(self)
        if self.words and other not in self.words:
            raise TraceError(f"{describe(self.expression)} is never `{other}`; it is one of {', '.join(self.words)}")
        return Equals(self.expression, other, self.words)

    def __ne__(self, other: object) -> Any:  # type: ignore[override]
        """A condition."""
        return opposite(self == other)

    __hash__ = _refuse

    def __add__(self, other: str) -> str:
        """A text with the mark, as f-strings make it."""
        return str.__add__(self, other)

    def __format__(self, spec: str) -> str:
        """The mark, for f-strings."""
        return str.__str__(self) if not spec else _refuse(self)

    def __str__(self) -> str:
        """The mark."""
        return str.__str__(self)


UNSAFE: set[Expression] = set()
"""Expressions whose text may contain anything."""


@_answers_nothing_else_of(int)
class Number(Token):
    """An integer; its sums and comparisons are expressions again. `large`: a million is possible, which Go writes as 1e+06."""

    def __init__(self, expression: Expression, *, large: bool = False) -> None:
        self.expression = expression
        if large:
            LARGE.add(expression)

    def __add__(self, other: int) -> Any:
        """A sum."""
        mine = self.expression.terms if isinstance(self.expression, Sum) else (self.expression,)
        return Number(Sum((*mine, other.expression if isinstance(other, Number) else other)))

    def __gt__(self, other: int) -> Any:  # type: ignore[override] # numbers may be compared
        """A condition."""
        return Compares("gt", self.expression, other.expression if isinstance(other, Number) else other)

    def __lt__(self, other: int) -> Any:  # type: ignore[override]
        """A condition."""
        return Compares("lt", self.expression, other.expression if isinstance(other, Number) else other)

    def __eq__(self, other: object) -> Any:  # type: ignore[override]
        """A condition."""
        return Compares("eq", self.expression, other) if type(other) is int else _refuse(self)

    __hash__ = _refuse

    def __str__(self) -> str:
        """The mark, for texts."""
        return mark(self.expression)

    def __format__(self, spec: str) -> str:
        """The mark, for f-strings."""
        return mark(self.expression) if not spec else _refuse(self)


LARGE: set[Expression] = set()
"""Expressions whose number may have seven digits, which Go would write as 1e+06."""


@_answers_nothing_else_of(list)
class List(Token):
    """A list that users set as one value: it can be spliced, gone through with `each`, and asked whether it is `filled`."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression


@_answers_nothing_else_of(dict)
class Map(Token):
    """A map that users set as one value, as a whole. `of_texts`: all its values are texts, so that it can be merged with others."""

    def __init__(self, expression: Expression, *, of_texts: bool = False) -> None:
        self.expression = expression
        self.of_texts = of_texts


def traced(kind: type[T], expression: Expression) -> T:
    """The values of a struct as tokens.

    `kind` is the type of the struct, `expression` says where it is in the values. The result is an instance of `kind` with a token
    for each field, and an instance of tokens for each field that is a struct itself.
    """
    return kind(**{name: make(Field(expression, key)) for name, key, make in _fields(kind)})


def filled(token: Any) -> Condition:
    """The condition that a text, list or map of the values is not empty. Raises TraceError where `token` is not a token."""
    return Truth(expression_of(token))


def expression_of(token: Any) -> Expression:
    """The expression of a token, or of a complete struct of tokens. Raises TraceError for anything else."""
    if isinstance(token, Condition):
        return token.of if isinstance(token, Truth) else token
    if isinstance(token, Token):
        return token.expression
    if isinstance(token, msgspec.Struct):
        first = expression_of(getattr(token, token.__struct_fields__[0]))
        assert isinstance(first, Field)
        return first.of
    raise TraceError(f"{token!r} is no token")


Maker = Callable[[Expression], Any]


@cache
def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, Maker]]:
    """The fields of a struct: the name, the key in the file, and the function that makes its token."""
    return [(field.name, field.encode_name, _maker(field.type)) for field in fields_of(kind)]


def _maker(kind: Any) -> Maker:
    """The function that makes the token of a value of this type."""
    bare_type = bare(kind)
    kind = bare_type.kind
    origin = get_origin(kind) or kind
    if kind is bool:
        return Truth
    if kind is int:
        largest = bare_type.said("le")
        return partial(Number, large=largest is None or largest >= 1_000_000)
    if kind is str:
        return partial(Text, safe=_keeps_quotes_out(bare_type.said("pattern") or ""))
    if origin is Literal:
        return partial(Text, words=get_args(kind))
    if origin is list:
        return List
    if origin is dict:
        return partial(Map, of_texts=bare(get_args(kind)[1]).kind is str)
    if getattr(kind, "__given_whole__", False):
        return partial(Map, of_texts=all(bare(field.type).kind is str for field in fields_of(kind)))
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return partial(traced, origin)
    raise TraceError(f"there is no token of type {kind}")


def _keeps_quotes_out(pattern: str) -> bool:
    """Whether no text that matches the pattern contains a double quote or a backslash; any text matches an empty one."""
    classes = re.findall(r"\[\^(?:\\.|[^\]])*\]", pattern)
    return pattern != "" and r"\S" not in pattern and all('"' in characters and r"\\" in characters for characters in classes)
