"""YAML files as trees that know the line of every entry, and Helm's rules for laying one over another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from castiel.model.problems import ConfigError, Path, Place, Problem

MAX_ENTRIES = 1_000_000
"""Entries of one file, aliases counted as often as they are used: far above any real file, below what fills the memory."""

_TAGS = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({"str", "int", "float", "bool", "null"})


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML as Helm reads it: no dates, no base-60 numbers."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAGS}timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. `value` is a dict or list of nodes, or a plain scalar; None deletes (Helm's null)."""

    place: Place
    value: Any

    def plain(self) -> Any:
        """The value as plain data, without what was deleted."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items() if node.value is not None}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def pruned(self) -> Node:
        """The same tree without what was deleted, so that it deletes nothing from what it is laid over."""
        if not isinstance(self.value, dict):
            return self
        return Node(self.place, {key: node.pruned() for key, node in self.value.items() if node.value is not None})

    def below(self, step: str | int) -> Node | None:
        """The entry of a mapping or list."""
        if isinstance(self.value, dict):
            entry: Node | None = self.value.get(step)
            return entry
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            item: Node = self.value[step]
            return item
        return None

    def locate(self, path: Path) -> Place:
        """The place of the entry at `path`, or of the nearest one above it that exists."""
        node = self
        for step in path:
            entry = node.below(step)
            if entry is None:
                break
            node = entry
        return node.place

    def get(self, *keys: str) -> Node:
        """The node below `keys`; an empty one in the nearest place where there is none."""
        node = self
        for key in keys:
            node = node.below(key) or Node(node.place, {})
        return node


def read(file: FilePath) -> Node:
    """Read a YAML file whose top is a mapping. Raises ConfigError, with the line, when it is anything else."""
    name = str(file)

    def error(line: int, wrong: str, allowed: str, path: str = "") -> ConfigError:
        return ConfigError([Problem(Place(name, line), path, wrong, allowed)])

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as cause:
        raise error(1, f"cannot be read: {cause.strerror}", "name a YAML file that exists") from None
    except UnicodeDecodeError as cause:
        raise error(1, f"is not UTF-8 text: {cause.reason} at byte {cause.start}", "save it as UTF-8") from None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        top = _Reader(name, loader).read(root) if root is not None else Node(Place(name, 1), {})
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        raise error(mark.line + 1 if mark else 1, f"is not YAML: {cause.problem}", "correct the syntax") from None
    except yaml.YAMLError as cause:
        detail = str(cause).split("\n", 1)[0]
        raise error(1, f"is not YAML: {detail}", "correct the syntax") from None
    except RecursionError:
        raise error(1, "is nested too deeply", "the schema needs less than ten levels") from None
    if not isinstance(top.value, dict):
        raise error(top.place.line, "the top of the file is no mapping", "write `key: value` lines")
    return top


def overlay(base: Node, top: Node) -> Node:
    """Lay `top` over `base` by Helm's rules: maps merge, everything else replaces, null deletes."""
    if not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    merged = dict(base.value)
    for key, node in top.value.items():
        merged[key] = overlay(base.value[key], node) if key in base.value else node
    return Node(base.place, merged)


class _Reader:
    """Turns the nodes that PyYAML composed into ours, and refuses what JSON cannot carry."""

    def __init__(self, file: str, loader: Any) -> None:
        self._file = file
        self._loader = loader
        self._entries = 0
        self._problems: list[Problem] = []

    def read(self, root: Any) -> Node:
        node = self._node(root, root.start_mark.line + 1, ())
        if self._problems:
            raise ConfigError(self._problems)
        return node

    def _refuse(self, line: int, wrong: str, allowed: str) -> Node:
        self._problems.append(Problem(Place(self._file, line), "", wrong, allowed))
        return Node(Place(self._file, line), {})

    def _node(self, node: Any, line: int, above: tuple[Any, ...]) -> Node:
        """`line` is the one of the entry's key, `above` the chain of collections that it stands in."""
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise ConfigError([Problem(Place(self._file, line), "", f"has more than {MAX_ENTRIES} entries", "use fewer aliases")])
        if any(node is one for one in above):
            return self._refuse(line, "an alias refers to what contains it", "write the value out")
        place = Place(self._file, line)
        if isinstance(node, yaml.MappingNode):
            return Node(place, dict(self._entries_of(node, (*above, node))))
        if isinstance(node, yaml.SequenceNode):
            if node.tag != f"{_TAGS}seq":
                return self._refuse(line, f"has the tag {node.tag}", "write a plain list")
            return Node(place, [self._node(item, item.start_mark.line + 1, (*above, node)) for item in node.value])
        return Node(place, self._scalar(node, line))

    def _entries_of(self, node: Any, above: tuple[Any, ...]) -> Iterator[tuple[str, Node]]:
        if node.tag != f"{_TAGS}map":
            self._refuse(node.start_mark.line + 1, f"has the tag {node.tag}", "write a plain mapping")
            return
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == f"{_TAGS}merge":
                self._refuse(line, "`<<` merges a mapping", "write the entries out")
            elif not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAGS}str":
                shown = f"`{key.value}`" if isinstance(key, yaml.ScalarNode) else "a collection"
                self._refuse(line, f"the key {shown} is no text", "write it in quotes")
            elif key.value in seen:
                self._refuse(line, f"the key `{key.value}` stands already on line {seen[key.value]}", "keep one of the two")
            else:
                seen[key.value] = line
                yield key.value, self._node(value, line, above)

    def _scalar(self, node: Any, line: int) -> Any:
        tag = node.tag.removeprefix(_TAGS)
        if tag not in _PLAIN_TAGS:
            return self._refuse(line, f"has the tag {node.tag}", "write text, a number, true or false").value
        if tag in ("int", "float") and ":" in node.value:
            return node.value  # PyYAML would read 1:30 as 90, which nobody means
        try:
            value = None if tag == "null" else getattr(self._loader, f"construct_yaml_{tag}")(node)
        except (ValueError, KeyError):
            return self._refuse(line, f"`{node.value}` is no {tag}", "write it in quotes if text is meant").value
        if isinstance(value, float) and (not math.isfinite(value)):
            return self._refuse(line, f"`{node.value}` is not finite", "write a finite number").value
        return value
