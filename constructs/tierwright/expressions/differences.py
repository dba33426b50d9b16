"""Two trees as one: the condition only where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierwright.expressions.conditions import Condition, opposite
from tierwright.expressions.fingerprints import Digest
from tierwright.expressions.json_text import Json
from tierwright.expressions.tokens import Text, Token
from tierwright.expressions.tree import ABSENT, Each, Include, Lines, Merged, OmitEmpty, Splice, Tree, When, choose, when


def either(condition: Condition | bool, then: Tree, otherwise: Tree) -> Tree:
    """One tree or another, like `when`, but with the condition only at the places where the two differ.

    Maps are compared key by key, lists item by item (items with a `name` by that), everything else as a unit.
    """
    assert isinstance(condition, Condition)
    if same(then, otherwise):
        return then
    if isinstance(then, dict) and isinstance(otherwise, dict):
        keys = [*then, *(key for key in otherwise if key not in then)]
        return {
            key: either(condition, then[key], otherwise[key])
            if key in then and key in otherwise
            else when(condition, then.get(key, ABSENT), otherwise.get(key, ABSENT))
            for key in keys
        }
    if isinstance(then, list) and isinstance(otherwise, list):
        return _aligned(condition, then, otherwise)
    if isinstance(then, str) and isinstance(otherwise, str):
        return choose(condition, then, otherwise)
    return when(condition, then, otherwise)


def _aligned(condition: Condition, then: Sequence[Tree], otherwise: Sequence[Tree]) -> list[Tree]:
    """Two lists as one: their longest common subsequence without a condition, the rest with one."""
    rows, columns = len(then), len(otherwise)
    common = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            if _alike(then[row], otherwise[column]):
                common[row][column] = common[row + 1][column + 1] + 1
            else:
                common[row][column] = max(common[row + 1][column], common[row][column + 1])
    items: list[Tree] = []
    row = column = 0
    while row < rows or column < columns:
        if row < rows and column < columns and _alike(then[row], otherwise[column]):
            items.append(either(condition, then[row], otherwise[column]))
            row, column = row + 1, column + 1
        elif row < rows and (column == columns or common[row + 1][column] >= common[row][column + 1]):
            items.append(when(condition, then[row]))
            row += 1
        else:
            items.append(when(opposite(condition), otherwise[column]))
            column += 1
    return items


def _alike(one: Tree, other: Tree) -> bool:
    """Whether two items are the same thing, perhaps with differences inside: by name where they have one."""
    if isinstance(one, dict) and isinstance(other, dict) and "name" in one and "name" in other:
        return same(one["name"], other["name"])
    return same(one, other)


def same(one: Tree, other: Tree) -> bool:
    """Whether two trees are equal under all values, judging by their form alone."""
    if one is other:
        return True
    if isinstance(one, Text) or isinstance(other, Text):
        return isinstance(one, str) and isinstance(other, str) and str.__eq__(one, other)
    if isinstance(one, Token) or isinstance(other, Token):
        return type(one) is type(other) and one.expression == other.expression
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (When, OmitEmpty, Each, Splice, Merged, Lines, Include, Digest, Json)):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__struct_fields__)
    return bool(one == other)
