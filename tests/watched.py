"""The components, run with every decision watched: `python -m tests.watched` describes platforms so.

A token refuses to be computed with. But a text with a token in it, such as `f"{host}:80"`, is a plain `str`: it answers everything,
and what it answers is about the mark, not about the value. Python shows such a question to nobody, so the modules that describe a
platform are compiled with a call around what decides: conditions, operands of comparisons, receivers and arguments of methods.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from tierwright.expressions.conditions import Condition
from tierwright.expressions.expression import Expression, TraceError, describe
from tierwright.expressions.tokens import is_marked, pieces

WATCHED = (
    "tierwright.aspects",
    "tierwright.blueprint",
    "tierwright.components",
    "tierwright.declarations",
    "tierwright.endpoints",
    "tierwright.kit",
)
"""What describes a platform: modules, and packages with all that they hold."""

_HARMLESS = frozenset({"join", "format"})
"""Methods of texts that keep the marks and ask nothing."""

_MODULES = frozenset({"re", "json", "hashlib", "posixpath"})
"""Where methods and functions come from that look into the texts that they are given."""

_DECIDING = frozenset({"len", "sorted", "min", "max", "set", "frozenset", "hash", "int", "float", "ord", "bool", "list", "tuple"})
"""Functions whose result is about what they are given."""


def watched(value: Any) -> Any:
    """The value. Raises TraceError where it is a text with a mark in it, or a collection that holds one."""
    for one in value if isinstance(value, (list, tuple, set, frozenset)) else [value]:
        if type(one) is str and is_marked(one):
            written = "".join(piece if isinstance(piece, str) else f"${{{describe(piece)}}}" for piece in pieces(one))
            raise TraceError(f"the text `{written}` is not known while the manifests are described; use choose() or an expression")
    return value


def compared(value: Any, other: Any) -> Any:
    """The value, an operand beside another. Raises TraceError for a text with a mark, and for a condition beside another thing."""
    others = other if isinstance(other, (list, tuple, set, frozenset, dict)) else [other]
    if isinstance(value, Condition) and not all(isinstance(one, Expression) for one in others):
        raise TraceError(f"{describe(value)} is not known while the manifests are described; use when(), choose() or all_of()")
    return watched(value)


def invoked(receiver: Any, method: str, /, *arguments: Any, **named: Any) -> Any:
    """What a method gives. Raises TraceError where it would look into a text with a mark in it."""
    module = receiver.__name__ if isinstance(receiver, ModuleType) else type(receiver).__module__
    if (isinstance(receiver, str) and method not in _HARMLESS) or module in _MODULES:
        for one in (receiver, *arguments, *named.values()):
            watched(one)
    return getattr(receiver, method)(*arguments, **named)


def compiled(source: str | bytes, path: str) -> CodeType:
    """A module with the calls in it; it is run with `HELPERS` among its names."""
    tree = ast.fix_missing_locations(_Watching().visit(ast.parse(source, path)))
    code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code


HELPERS = {"__watched__": watched, "__compared__": compared, "__invoked__": invoked}


class _Watching(ast.NodeTransformer):
    """Puts the calls around what decides. Annotations stay as they are: types are read from them."""

    def _tested(self, node: Any) -> Any:
        self.generic_visit(node)
        node.test = _call("__watched__", node.test)
        return node

    visit_If = visit_While = visit_IfExp = visit_Assert = _tested

    def _function(self, node: Any) -> Any:
        returns, node.returns = node.returns, None
        self.generic_visit(node)
        node.returns = returns
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = self.visit(node.value) if node.value else None
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values = [*(_call("__watched__", one) for one in node.values[:-1]), node.values[-1]]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            node.operand = _call("__watched__", node.operand)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs = [_call("__watched__", one) for one in node.ifs]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if any(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops):
            return node  # what is absent is known
        if len(node.ops) > 1:
            node.left = _call("__watched__", node.left)
            node.comparators = [_call("__watched__", one) for one in node.comparators]
            return node
        # Each operand is evaluated once: `a == b` becomes a function of both, called with both.
        left, right = ast.Name("__left__", ast.Load()), ast.Name("__right__", ast.Load())
        body = ast.Compare(_call("__compared__", left, right), node.ops, [_call("__compared__", right, left)])
        names = [ast.arg("__left__"), ast.arg("__right__")]
        both = ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.copy_location(ast.Call(ast.Lambda(both, body), [node.left, *node.comparators], []), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = _call("__watched__", node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            arguments = [node.func.value, ast.Constant(node.func.attr), *node.args]
            return ast.copy_location(ast.Call(ast.Name("__invoked__", ast.Load()), arguments, node.keywords), node)
        if isinstance(node.func, ast.Name) and node.func.id in _DECIDING:
            node.args = [one if isinstance(one, ast.Starred) else _call("__watched__", one) for one in node.args]
        return node


def _call(helper: str, *arguments: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(ast.Name(helper, ast.Load()), list(arguments), []), arguments[0])


class _Loader(SourceFileLoader):
    """Loads a module with the calls in it, from its source."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compiled(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(HELPERS)
        super().exec_module(module)


class _Finder(MetaPathFinder):
    """Finds the modules that are watched."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not any(name == one or name.startswith(f"{one}.") for one in WATCHED):
            return None
        spec = PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(name, spec.origin)
        return spec


def main() -> None:
    """Describe Castiel, the example and the small structures. Raises TraceError for the first decision that is a silent one."""
    sys.meta_path.insert(0, _Finder())
    from tests.chart.platforms import bookshop, castiel, small
    from tests.chart.structures import MINIMAL
    from tests.chart.test_structure import of

    platforms = [castiel(), bookshop(), small(), *map(of, MINIMAL.values())]
    assert all(one.blueprint.evaluated() for one in platforms)
    print(*sorted(name for name, module in sys.modules.items() if isinstance(getattr(module, "__loader__", None), _Loader)))


if __name__ == "__main__":
    main()
