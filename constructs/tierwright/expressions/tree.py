"""Trees: the content of objects, with values left open, and what it becomes once the values are known.

A tree is made of maps, lists and scalars as a manifest is, of tokens, and of the nodes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, Ternary, all_of, any_of
from tierwright.expressions.expression import (
    Argument,
    Context,
    Expression,
    Item,
    Key,
    Omit,
    Operand,
    Scope,
    TraceError,
    describe,
    evaluated,
    operand,
)
from tierwright.expressions.tokens import LARGE, List, Map, Number, Piece, Text, expression_of, is_marked, pieces

Tree = Any


class Absent:
    """Nothing: an entry with this value is left out, and so is an item that is this."""

    def __repr__(self) -> str:
        """For errors."""
        return "ABSENT"


ABSENT = Absent()


class When(msgspec.Struct, frozen=True, eq=False):
    """One tree or another. In a list it is an item that may be absent; if it gives a list, that list's items take its place."""

    condition: Condition
    then: Tree
    otherwise: Tree = ABSENT


class OmitEmpty(msgspec.Struct, frozen=True, eq=False):
    """The value of an entry that is left out where the value is empty."""

    tree: Tree


class Each(msgspec.Struct, frozen=True, eq=False):
    """In a list: an item for each item of a list of the values, or for each entry of a map, in the order of its keys.

    `certain`: the values' schema or rules see to it that there is one at least.
    """

    of: Expression
    body: Tree
    entries: bool = False
    certain: bool = False


class Splice(msgspec.Struct, frozen=True, eq=False):
    """In a list: the items of a list of the values, or of one that a named template gives, as they are.

    As the value of an entry: the entries of such a map, in place of that entry. None of them is in the map itself.
    """

    of: Expression


class Merged(msgspec.Struct, frozen=True, eq=False):
    """A map made of several; where two have the same key, the later one counts."""

    parts: tuple[Tree, ...]


class Lines(msgspec.Struct, frozen=True, eq=False):
    """A text of complete lines. One may be absent, be one or several for each item of a list, or be several lines itself."""

    lines: tuple[Tree, ...]


class Verbatim(Expression, frozen=True, eq=False):
    """Plain data of the user, which stays as it is: its lists are not reformatted, its texts not searched for tokens."""

    data: Any

    def value(self, scope: Scope) -> Any:
        del scope
        return self.data


class Guard(msgspec.Struct, frozen=True, eq=False):
    """Values that the chart refuses, and the message. It is not part of a manifest.

    `each` are the keys of wrong entries, where there may be several: the message is that of an entry, and has its key as `Key()`.
    Only those are wrong that fulfil `wrong`.
    """

    condition: Condition
    message: str
    each: Expression | None = None
    wrong: Condition = ALWAYS


class Choice(Expression, frozen=True):
    """One text or another, inside of a text, each as its pieces: `then` where the condition holds, else `otherwise`."""

    condition: Condition
    then: tuple[Piece, ...]
    otherwise: tuple[Piece, ...]

    def value(self, scope: Scope) -> Any:
        chosen = self.then if self.condition.value(scope) else self.otherwise
        return "".join(str(evaluated(piece, scope)) for piece in chosen)

    def source(self, context: Context) -> str:
        del context
        raise TraceError(f"a choice of texts can only be part of a text or of a named template, not an operand: {self}")


class NamedTemplate(msgspec.Struct, frozen=True, eq=False):
    """A named template of the chart. `body` is a text, lines, a map or a list, with an `Argument` for each parameter.

    One that is `placed` always stands on lines of its own, mostly in the same column: nothing else is made of its text.
    """

    name: str
    body: Tree
    parameters: tuple[str, ...] = ()
    placed: bool = False


class Include(Expression, frozen=True):
    """What a named template gives for these arguments: as a token of text, as a map or list, or as the value of a key."""

    template: NamedTemplate
    arguments: tuple[tuple[str, Any], ...] = ()

    def value(self, scope: Scope) -> Any:
        return resolve(self.template.body, scope.called({name: evaluated(argument, scope) for name, argument in self.arguments}))

    def source(self, context: Context) -> str:
        return f'(include "{self.template.name}" {self._passed(context)})'

    def _passed(self, context: Context) -> str:
        """What the template gets: a map of the arguments, where there is none that has them all."""
        if not self.arguments:
            return context.top
        if context.workload and set(self.arguments) <= set(context.workload):
            return "$workload"
        if context.arguments and all(argument == Argument(name) for name, argument in self.arguments):
            return context.dot
        return arguments_map(self.arguments, context)


def arguments_map(arguments: Sequence[tuple[str, Operand]], context: Context) -> str:
    """The map that a named template with these arguments gets, as an operand."""
    given = " ".join(f'"{name}" {operand(argument, context)}' for name, argument in arguments)
    return f'(dict "root" {context.top} {given})'


def begins_open(body: Tree) -> bool:
    """Whether the body of a named template begins with what may be absent: then its text begins with a line break."""
    if isinstance(body, Lines):
        return not body.lines or isinstance(body.lines[0], (When, Each)) or begins_open(body.lines[0])
    if isinstance(body, dict):
        return isinstance(next(iter(body.values()), None), (When, OmitEmpty, Splice))
    if isinstance(body, list):
        return isinstance(body[0], (When, Each, Splice))
    return isinstance(body, (When, Merged))


def unspliced(tree: Mapping[str, Tree]) -> dict[str, Tree]:
    """A map with the entries that named templates give in the places where they are spliced."""
    entries: dict[str, Tree] = {}
    for key, value in tree.items():
        if isinstance(value, Splice) and isinstance(value.of, Include):
            entries |= unspliced(value.of.template.body)
        else:
            entries[key] = value
    return entries


def when(condition: Condition | bool, then: Tree, otherwise: Tree = ABSENT) -> Tree:
    """A tree that depends on a condition: `then` where it holds, else `otherwise`.

    Without `otherwise`, the entry or item is left out where the condition does not hold. The result is one of the two trees itself
    where the condition is ALWAYS or NEVER.
    """
    assert isinstance(condition, Condition), condition
    if condition in (ALWAYS, NEVER):
        return then if condition == ALWAYS else otherwise
    return When(condition, then, otherwise)


def choose(condition: Condition | bool, then: str, otherwise: str) -> str:
    """One text or another, as a text that may be part of other texts.

    `then` is the text where the condition holds, `otherwise` where it does not; both may contain tokens. To leave an entry out,
    use `when`.
    """
    assert isinstance(condition, Condition), condition
    if condition in (ALWAYS, NEVER):
        return then if condition == ALWAYS else otherwise
    if is_marked(then) or is_marked(otherwise) or then != otherwise:
        return Text(Choice(condition, tuple(pieces(then)), tuple(pieces(otherwise))))
    return then


def switch(word: str, cases: Mapping[str, Tree]) -> Any:
    """What belongs to the word that a value is, such as a topology.

    `word` is the token of a value that is one of a few words; `cases` has an entry for each of them. If all cases are texts, the
    result is a text; if all are integers, a number; if all are conditions, a condition; otherwise a tree, in which a case may be
    ABSENT.

    Raises TraceError where `word` is not such a token, where a word has no case, and for a case that is not one of the words.
    """
    if not isinstance(word, Text) or not word.words:
        raise TraceError(f"{describe(expression_of(word))} is not one of a few words; use when() or choose()")
    path, known = describe(word.expression), ", ".join(word.words)
    for case in cases:
        if case not in word.words:
            raise TraceError(f"{path} is never `{case}`; it is one of {known}")
    missing = [case for case in word.words if case not in cases]
    if missing:
        raise TraceError(f"{path} may be {' or '.join(missing)} too; give a case for each of {known}")
    trees = [*cases.values()]
    if all(isinstance(tree, Condition) for tree in trees):
        return any_of(*(all_of(word == case, tree) for case, tree in cases.items()))
    together = _joining(trees)
    *others, (_, chosen) = cases.items()  # where it is none of the others, it is the last
    for case, tree in reversed(others):
        chosen = chosen if tree is chosen else together(word == case, tree, chosen)
    return chosen


def pick(condition: Condition, then: Any, otherwise: Any) -> Any:
    """One text, number or tree where the condition holds, or another: of two texts a text, of two integers a number."""
    return then if then is otherwise else _joining([then, otherwise])(condition, then, otherwise)


def _joining(trees: Sequence[Tree]) -> Callable[[Condition, Any, Any], Tree]:
    """The function that combines two trees like these into one."""
    if all(isinstance(tree, str) for tree in trees):
        return choose
    return _number if all(isinstance(tree, Number) or type(tree) is int for tree in trees) else when


def _number(condition: Condition, then: int | Number, otherwise: int | Number) -> Number:
    """One number or another; it can be compared, and be part of a text."""
    sides = [side.expression if isinstance(side, Number) else side for side in (then, otherwise)]
    return Number(Ternary(condition, *sides), large=any(side in LARGE for side in sides))


def each(values: Any, body: Callable[[Any], Tree], *, numbers: bool = False, certain: bool = False) -> Each:
    """In a list of a manifest: one item for each item of a list of the values.

    `values` is the token of that list, `body` makes the item from a token of text or, with `numbers`, of a number. `certain`: the
    list of the values is never empty. Raises TraceError where `values` is not a token.
    """
    return Each(expression_of(values), body(Number(Item()) if numbers else Text(Item())), certain=certain)


def splice(values: Any) -> Splice:
    """In a list of a manifest: the items of a list of the values, unchanged. In a map: the entries of a map of the values.

    `values` is the token of that list or map, or the call of a named template that gives one. In a map the key does not count, only
    the place. Raises TraceError where `values` is neither.
    """
    return Splice(values if isinstance(values, Include) else expression_of(values))


def each_entry(entries: Any, body: Callable[[Any, Any], Tree], *, but: Sequence[str] = ()) -> Each:
    """In a list of a manifest: one item for each entry of a map of the values, sorted by key.

    `entries` is the token of the map, `but` are keys to leave out, `body` makes the item from tokens of the key and the value, both
    texts. Raises TraceError where `entries` is not a token.
    """
    of = Omit(expression_of(entries), tuple(but)) if but else expression_of(entries)
    return Each(of, body(Text(Key()), Text(Item(), safe=False)), entries=True)


def merged(*parts: Tree) -> Tree:
    """Several maps of texts as one, such as labels; where two have the same key, the later one counts.

    Each of `parts` is a map of the manifest, a token of a map, or merged itself. Raises TraceError for the token of a map whose
    values are not all texts.
    """
    for part in parts:
        if isinstance(part, Map) and not part.of_texts:
            raise TraceError(f"{describe(part.expression)} cannot be merged: not all of its values are texts")
    some: list[Tree] = []
    for layer in [inner for part in parts for inner in (part.parts if isinstance(part, Merged) else (part,))]:
        last = some[-1] if some else None
        if isinstance(layer, dict) and isinstance(last, dict) and not layer.keys() & last.keys():
            some[-1] = {**last, **layer}
        elif not isinstance(layer, dict) or layer:
            some.append(layer)
    return Merged(tuple(some)) if len(some) > 1 else some[0] if some else {}


def resolve(tree: Tree, scope: Scope) -> Tree:
    """The tree under given values.

    `scope` has the values, and the arguments of the named template that is being evaluated. The result is plain maps, lists and
    scalars, without absent entries and items; ABSENT where nothing is left.
    """
    kind = type(tree)
    if kind is str:
        return _text(tree, scope) if is_marked(tree) else tree
    if kind is dict:
        return _resolved_map(tree, scope)
    if kind is list or kind is tuple:
        return _resolved_list(tree, scope)
    if kind is When:
        return resolve(tree.then if tree.condition.value(scope) else tree.otherwise, scope)
    if kind is Text or kind is Number or kind is List or kind is Map:
        return tree.expression.value(scope)
    if kind is Merged:
        together: dict[str, Any] = {}
        for part in tree.parts:
            entries = resolve(part, scope)
            together |= {} if entries is ABSENT else entries
        return together
    if kind is OmitEmpty:
        value = resolve(tree.tree, scope)
        return ABSENT if value is ABSENT or not value else value
    if kind is Lines:
        return "".join(_resolved_lines(tree.lines, scope))
    return tree.value(scope) if isinstance(tree, Expression) else tree


def _text(text: str, scope: Scope) -> str:
    return "".join(str(evaluated(piece, scope)) for piece in pieces(text))


def _resolved_map(tree: Mapping[str, Tree], scope: Scope) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for key, value in tree.items():
        kind = type(value)
        if kind is str and not is_marked(value):  # most values are such, or maps: no call of `resolve` for each
            entries[key] = value
        elif kind is dict:
            entries[key] = _resolved_map(value, scope)
        elif kind is Splice:
            entries |= value.of.value(scope)
        elif (resolved := resolve(value, scope)) is not ABSENT:
            entries[key] = resolved
    return entries


def _resolved_lines(lines: Sequence[Tree], scope: Scope) -> Iterator[str]:
    for line in lines:
        if isinstance(line, When):
            yield from _resolved_lines((line.then if line.condition.value(scope) else line.otherwise,), scope)
        elif isinstance(line, Lines):
            yield from _resolved_lines(line.lines, scope)
        elif isinstance(line, Each) and isinstance(line.body, Lines):
            for item in line.of.value(scope):
                yield from _resolved_lines((line.body,), scope.inside(item=item))
        else:
            yield from (f"{text}\n" for text in _resolved_list((line,), scope))


def _resolved_list(tree: Sequence[Tree], scope: Scope) -> list[Any]:
    items: list[Any] = []
    for item in tree:
        _add(item, scope, items)
    return items


def _add(item: Tree, scope: Scope, items: list[Any]) -> None:
    """Add what an item gives: one, several, or none."""
    kind = type(item)
    if kind is When:
        _add(item.then if item.condition.value(scope) else item.otherwise, scope, items)
    elif kind is list:
        for inner in item:
            _add(inner, scope, items)
    elif kind is Splice:
        items += item.of.value(scope)
    elif kind is Each:
        values = item.of.value(scope)
        if item.entries:
            items += [resolve(item.body, scope.inside(item=values[key], key=key)) for key in sorted(values)]
        else:
            items += [resolve(item.body, scope.inside(item=value)) for value in values]
    elif item is not ABSENT:
        items.append(resolve(item, scope))
