"""The faults: each changes one place of a module's text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.BitOr: "&"}
_TYPES = ("dict", "list", "tuple", "type", "set", "frozenset")
_SAY_NOTHING = ("annotation", "returns", "decorator_list", "bases", "type_params")
"""Fields of nodes in which a fault is none of the behaviour."""


@dataclass(frozen=True)
class Fault:
    """In a module, the bytes from `start` to `end` replaced by a text. A test has to come by `line`."""

    file: str
    line: int
    start: int
    end: int
    text: str
    kind: str

    def applied(self, source: bytes) -> bytes:
        """The module with the fault."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def shown(self, source: bytes) -> str:
        """The fault for people, on one line."""
        before, after = (" ".join(text.split())[:70] for text in (source[self.start : self.end].decode(), self.text))
        return f"{self.file}:{self.line}: {self.kind}: {before} -> {after}"


def faults(file: str, source: bytes) -> list[Fault]:
    """Every fault of a module. Docstrings, annotations and decorators have none."""
    module = _Module(file, source)
    return [fault for node in _walked(ast.parse(source)) for fault in (*module.of_logic(node), *module.of_content(node))]


class _Module:
    """The text of a module, and the faults that a node of it can have."""

    def __init__(self, file: str, source: bytes) -> None:
        self._file, self._source = file, source
        self._starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]

    def of_logic(self, node: ast.AST) -> Iterator[Fault]:
        """What a node decides and computes, otherwise."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            written = f"{self._text(node.left)} {_COMPARISONS[type(node.ops[0])]} {self._text(node.comparators[0])}"
            yield self._instead(node, f"({written})", "comparison")
        elif isinstance(node, ast.BoolOp):
            other = " or " if isinstance(node.op, ast.And) else " and "
            yield self._instead(node, f"({other.join(f'({self._text(one)})' for one in node.values)})", "and, or")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield self._instead(node, f"({self._text(node.operand)})", "not")
        elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            written = f"{self._text(node.left)} {_ARITHMETIC[type(node.op)]} {self._text(node.right)}"
            yield self._instead(node, f"({written})", "arithmetic")
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield self._instead(node.test, f"(not ({self._text(node.test)}))", "condition")

    def of_content(self, node: ast.AST) -> Iterator[Fault]:
        """What a node holds, otherwise or not at all."""
        if isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.Dict) and len(node.keys) > 1:
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield Fault(self._file, key.lineno, self._place(key)[0], self._place(value)[1], "**{}", "entry left out")
        elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
            for one in node.elts:
                yield self._instead(one, "*()", "item left out")
        elif isinstance(node, (ast.Expr, ast.Raise)):
            yield self._instead(node, "pass", "statement left out")

    def _constant(self, node: ast.Constant) -> Iterator[Fault]:
        if isinstance(node.value, bool):
            yield self._instead(node, str(not node.value), "constant")
        elif isinstance(node.value, int):
            yield self._instead(node, str(node.value + 1), "constant")
        elif isinstance(node.value, str) and node.value:
            yield self._instead(node, repr(f"{node.value}x"), "text")

    def _instead(self, node: ast.expr | ast.stmt, text: str, kind: str) -> Fault:
        return Fault(self._file, node.lineno, *self._place(node), text, kind)

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return f"({self._source[start:end].decode()})"


def _walked(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in which a fault says something: no docstring, import, `__all__`, or part of a text, which has no place."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr)) or _is_text(node) or _is_public(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _SAY_NOTHING and not (name == "slice" and _is_type(node)):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walked(child)


def _is_type(node: ast.AST) -> bool:
    """Whether a subscription is a type with its parameters, as in an alias."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and (node.value.id[:1].isupper() or node.value.id in _TYPES)
    )


def _is_public(node: ast.AST) -> bool:
    """Whether a statement lists the public names of a module."""
    return isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
