"""YAML files as trees that know the line of every entry, and Helm's rules for merging them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

import msgspec
import yaml

from tierwright.config.problems import ConfigError, Path, Place, Problem, dotted, shown

MAX_ENTRIES = 100_000
"""The most entries of a file, aliases counted at each use: far above any real file, below what takes seconds."""

MAX_DEPTH = 50
"""The most levels of a file: far above any real file, below what PyYAML, which descends in C, and Python can handle."""

LARGEST_INTEGER = 2**53
"""The largest integer up to which every integer is also one of Helm's floats."""

_AMBIGUOUS = re.compile(
    r"[yYnN]|[-+]?(?:[.]?[0-9][0-9_]*|[0-9][0-9_]*[.][0-9_]*)(?:[eE][-+]?[0-9_]+)?|[-+]?0(?:[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)"
)
"""Plain words that PyYAML reads as text, but Helm and kubectl as a number or a switch."""

LONGEST_KEY = 1000
"""The most characters of a key as it is written, with quotes and escapes; YAML permits 1024."""

_SURELY_SHORT = 80
"""As many characters are never too long: one is written with twelve at most."""

_LINE_ENDS = "[\x85\u2028\u2029]"
"""Characters that end a line in YAML 1.1, and so for PyYAML and Helm, but not in YAML 1.2."""

_UNPRINTABLE = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
"""Characters that YAML permits as escapes only, and that Helm's `toYaml` cannot write at all."""

_MARKS = "[\ue000\ue001]"
"""What the program puts around its own placeholders (`tierwright.expressions.tokens`)."""

_IS_OF_CHARACTER = "tab character|cannot start any token"
_REMEDIES = {"\t": ("indent with blanks, not with tabs",), **dict.fromkeys("@`%", ("write the text in quotes",))}
"""The way out where PyYAML does not take the character at this place."""

MERGE = "<<"
"""The key of YAML 1.1 that merges mappings."""

_TAGS = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({"str", "int", "float", "bool", "null"})


class _TooDeepError(Exception):
    """The collection on line `line` is nested too deep."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML as Helm reads it: no dates, no base-60 numbers. Raises _TooDeepError before PyYAML has descended too far."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._level = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:  # noqa: ARG002 - PyYAML's signature
        """PyYAML calls this before every node that it composes, for rules by path. There are none; it counts the depth."""
        self._level += 1
        if self._level > MAX_DEPTH + 1:
            raise _TooDeepError(current_node.start_mark.line + 1)

    def ascend_resolver(self) -> None:
        """PyYAML calls this after every node."""
        self._level -= 1


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAGS}timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class YamlNode(msgspec.Struct, frozen=True):
    """A value and its place in the file. `value` is a dict or list of nodes, or a plain scalar; None deletes (Helm's null).

    `source` is how a scalar was written.
    """

    place: Place
    value: Any
    source: str = ""

    def plain(self) -> Any:
        """The value as plain data, without what was deleted. Numbers without a fraction are integers, also 3.0, as in Helm."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items() if node.value is not None}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, float) and self.value.is_integer():
            return int(self.value)
        return self.value

    def with_nulls(self) -> Any:
        """The value as plain data, what was deleted as None."""
        if isinstance(self.value, dict):
            return {key: node.with_nulls() for key, node in self.value.items()}
        return [node.with_nulls() for node in self.value] if isinstance(self.value, list) else self.plain()

    def deletes(self) -> bool:
        """Whether anything in it was deleted."""
        if isinstance(self.value, (dict, list)):
            return any(node.deletes() for node in (self.value.values() if isinstance(self.value, dict) else self.value))
        return self.value is None

    def pruned(self) -> YamlNode:
        """The same tree without deletions, so that it removes nothing from what it is laid over."""
        if not isinstance(self.value, dict):
            return self
        return YamlNode(self.place, {key: node.pruned() for key, node in self.value.items() if node.value is not None})

    def as_default(self, placeholders: Mapping[str, YamlNode]) -> YamlNode:
        """The same tree as one that came with the program, its texts with these placeholders replaced.

        A text with a placeholder in it is where the text is that replaces it.
        """
        place = msgspec.structs.replace(self.place, is_default=True, is_of_program=True)
        if isinstance(self.value, dict):
            return YamlNode(place, {key: node.as_default(placeholders) for key, node in self.value.items()})
        if isinstance(self.value, list):
            return YamlNode(place, [node.as_default(placeholders) for node in self.value])
        value, source = self.value, self.source
        for placeholder, text in placeholders.items():
            if isinstance(value, str) and placeholder in value:
                value, source = value.replace(placeholder, text.value), source.replace(placeholder, text.value)
                place = msgspec.structs.replace(text.place, is_default=True)
        return YamlNode(place, value, source)

    def below(self, step: str | int) -> YamlNode | None:
        """The entry of a mapping or list."""
        if isinstance(self.value, dict):
            entry: YamlNode | None = self.value.get(step)
            return entry
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            item: YamlNode = self.value[step]
            return item
        return None

    def find(self, path: Path) -> YamlNode:
        """The entry at `path`, or the nearest one above it that exists."""
        node = self
        for step in path:
            entry = node.below(step)
            if entry is None:
                break
            node = entry
        return node

    def has(self, path: Path) -> bool:
        """Whether there is a value at `path`."""
        node: YamlNode | None = self
        for step in path:
            node = node.below(step) if node else None
        return node is not None and node.value is not None

    def is_written(self, path: Path) -> bool:
        """Whether the user wrote a value at `path`, or in it; defaults are none."""
        return self.has(path) and not self.find(path).place.is_default

    def written(self, path: Path) -> Iterator[Path]:
        """The path of each value at or below `path` that is no default; lists are values as a whole."""
        node: YamlNode | None = self
        for step in path:
            node = node.below(step) if node else None
        if node is None or node.value is None:
            return
        if isinstance(node.value, dict):
            for key in node.value:
                yield from self.written((*path, key))
        elif not node.place.is_default:
            yield path

    def locate(self, path: Path) -> Place:
        """The place of the entry at `path`, or of the nearest one above it that exists and is in a file of the user's.

        What is wrong with a default of the program is so because of something else, mostly beside it.
        """
        node, place = self, self.place
        for step in path:
            entry = node.below(step)
            if entry is None:
                break
            node, place = entry, place if entry.place.is_of_program else entry.place
        return place

    def get(self, *keys: str) -> YamlNode:
        """The node below `keys`; where there is none, an empty node at the nearest existing place."""
        node = self
        for key in keys:
            node = node.below(key) or YamlNode(node.place, {})
        return node


def read(file: FilePath) -> YamlNode:
    """Read a YAML file whose top is a mapping. Raises ConfigError, with file and lines, if anything is wrong with it."""
    document, problems = examine(file)
    if document is None or problems:
        raise ConfigError(problems)
    return document


def examine(file: FilePath) -> tuple[YamlNode | None, tuple[Problem, ...]]:
    """The content of a YAML file as far as it can be read, else None, and all problems. Refused entries have no value."""
    try:
        return _examined(file)
    except ConfigError as error:
        return None, error.problems


def _examined(file: FilePath) -> tuple[YamlNode, tuple[Problem, ...]]:
    """As `examine`. Raises ConfigError for a file that is not YAML, or whose top is not a mapping."""
    name = str(file)
    content = b""

    def error(line: int, wrong: str, allowed: str = "correct the syntax") -> ConfigError:
        last = len(content.splitlines()) or 1  # what ends too early is missed on the line after the last
        return ConfigError([Problem(Place(name, min(line, last)), "", wrong, allowed)])

    try:
        content = file.read_bytes()
        text = content.decode()
        if not text.isascii() and re.search(_LINE_ENDS, text):
            raise ConfigError(_raw_line_ends(name, text))
        loader = _Loader(text)
        root = loader.get_single_node()
    except OSError as cause:
        raise error(1, f"cannot be read: {cause.strerror}", "name a YAML file that exists and that you may read") from None
    except UnicodeDecodeError as cause:
        line = _line_at(content, cause.start)
        raise error(line, f"is not UTF-8 text: {cause.reason} at byte {cause.start}", "save it as UTF-8") from None
    except _TooDeepError as cause:
        raise error(cause.line, f"is nested more than {MAX_DEPTH} levels deep", "use fewer levels") from None
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        reason = ", ".join(filter(None, (cause.context, cause.problem)))
        at = text.splitlines()[mark.line][mark.column :] if mark and re.search(_IS_OF_CHARACTER, reason) else ""
        raise error(mark.line + 1 if mark else 1, f"is not YAML: {reason}", *_REMEDIES.get(at[:1], ())) from None
    except yaml.reader.ReaderError as cause:
        wrong = f"has the character U+{cause.character:04X}, which YAML does not allow"
        raise error(_line_at(content, cause.position), wrong, "remove it") from None
    top, problems = _Reader(name, loader).read(root) if root is not None else (YamlNode(Place(name, 1), {}), ())
    if not isinstance(top.value, dict):
        raise (
            ConfigError(problems)
            if problems
            else error(top.place.line, "the top of the file is no mapping", "write `key: value` lines")
        )
    return top, problems


def _line_at(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1


def _raw_line_ends(file: str, text: str) -> Iterator[Problem]:
    for line, content in enumerate(text.split("\n"), start=1):
        for character in sorted(set(re.findall(_LINE_ENDS, content))):
            wrong = f"has the character U+{ord(character):04X} as it is, which ends a line for some readers of YAML"
            yield Problem(Place(file, line), "", wrong, f'write it as "\\u{ord(character):04x}", in double quotes')


def unfit(text: str) -> str:
    """What is wrong with the characters of a text, which YAML or the program does not take; empty where nothing is."""
    if text.isprintable():
        return ""
    if found := re.search(_UNPRINTABLE, text):
        return f"the character U+{ord(found[0]):04X}, which YAML does not allow"
    found = re.search(_MARKS, text)
    return f"the character U+{ord(found[0]):04X}, which the program keeps for itself" if found else ""


def overlay(base: YamlNode, top: YamlNode) -> YamlNode:
    """Lay `top` over `base` by Helm's rules: maps merge, everything else replaces, null deletes.

    A merged map is where the user wrote it last, since what is wrong with it as a whole is so because of that.
    """
    if not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    merged = dict(base.value)
    for key, node in top.value.items():
        merged[key] = overlay(base.value[key], node) if key in base.value else node
    return YamlNode(base.place if top.place.is_default else top.place, merged)


def _is_ambiguous(node: Any) -> bool:
    """Whether Helm reads a plain word differently; in quotes it would be text everywhere."""
    return not node.style and _AMBIGUOUS.fullmatch(node.value) is not None


class _Reader:
    """Turns the nodes that PyYAML composed into ours, and refuses what JSON cannot carry."""

    def __init__(self, file: str, loader: Any) -> None:
        self._file = file
        self._loader = loader
        self._entries = 0
        self._problems: list[Problem] = []

    def read(self, root: Any) -> tuple[YamlNode, tuple[Problem, ...]]:
        node = self._node(root, root.start_mark.line + 1, (), ())
        return node, tuple(self._problems)

    def _refuse(self, line: int, path: Path, wrong: str, allowed: str, *, key: str | None = None) -> None:
        """`key` is the refused key of the mapping at `path`."""
        at = path if key is None else (*path, key)
        self._problems.append(Problem(Place(self._file, line), dotted(path), wrong, allowed, at))

    def _node(self, node: Any, line: int, path: Path, above: tuple[Any, ...]) -> YamlNode:
        """`line` is that of the entry's key, `above` the chain of collections that contain it."""
        place = Place(self._file, line)
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise ConfigError([Problem(place, "", f"has more than {MAX_ENTRIES} entries", "use fewer aliases")])
        if isinstance(node, yaml.ScalarNode):
            return YamlNode(place, self._scalar(node, line, path), node.value)
        if any(node is one for one in above):
            self._refuse(line, path, "an alias refers to what contains it", "write the value out")
        elif len(above) > MAX_DEPTH:
            self._refuse(line, path[:3], f"is nested more than {MAX_DEPTH} levels deep", "use fewer aliases")
        elif node.tag not in (f"{_TAGS}map", f"{_TAGS}seq"):
            self._refuse(line, path, f"has the tag {shown(node.tag)}", "write a plain mapping or list")
        elif isinstance(node, yaml.MappingNode):
            return YamlNode(place, dict(self._entries_of(node, path, (*above, node))))
        else:
            items = enumerate(node.value)
            return YamlNode(place, [self._node(item, item.start_mark.line + 1, (*path, at), (*above, node)) for at, item in items])
        return YamlNode(place, {})

    def _entries_of(self, node: Any, path: Path, above: tuple[Any, ...]) -> Iterator[tuple[str, YamlNode]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(line, path, "a key is no text but a collection", "write `key: value` lines", key="")
            elif key.tag == f"{_TAGS}merge":
                self._refuse(line, path, "`<<` merges a mapping", "write the entries out", key=MERGE)
            elif key.tag != f"{_TAGS}str" or _is_ambiguous(key):
                self._refuse(line, path, f"the key `{shown(key.value)}` is no text", "write it in quotes", key=key.value)
            elif odd := unfit(key.value):
                self._refuse(line, path, f"a key has {odd}", "remove it", key=key.value)
            elif len(key.value) > _SURELY_SHORT and len(json.dumps(key.value)) > LONGEST_KEY:
                wrong = f"the key `{shown(key.value)}` is too long"
                self._refuse(line, path, wrong, f"use at most {LONGEST_KEY} characters", key=key.value)
            elif key.value in seen:
                wrong = f"is set already on line {seen[key.value]}"
                self._refuse(line, (*path, key.value), wrong, "keep one of the two")
            else:
                seen[key.value] = line
                yield key.value, self._node(value, line, (*path, key.value), above)

    def _scalar(self, node: Any, line: int, path: Path) -> Any:
        tag = node.tag.removeprefix(_TAGS)
        if tag not in _PLAIN_TAGS:
            return self._refuse(line, path, f"has the tag {shown(node.tag)}", "write text, a number, true or false")
        if tag == "null" or (tag in ("int", "float") and ":" in node.value):
            return None if tag == "null" else node.value  # PyYAML would read 1:30 as 90, which nobody means
        if tag == "str" and _is_ambiguous(node):
            wrong = f"`{shown(node.value)}` is {'a switch' if node.value in 'yYnN' else 'a number'} for Helm"
            return self._refuse(line, path, wrong, "write it in quotes if text is meant, else as true, false or digits")
        try:
            value = getattr(self._loader, f"construct_yaml_{tag}")(node)
        except (ValueError, LookupError):
            return self._refuse(line, path, f"`{shown(node.value)}` is no {tag}", "write it in quotes if text is meant")
        if isinstance(value, str) and (odd := unfit(value)):
            return self._refuse(line, path, f"has {odd}", "remove it")
        if isinstance(value, float) and not math.isfinite(value):
            return self._refuse(line, path, f"`{shown(node.value)}` is not finite", "write a finite number")
        if isinstance(value, int | float) and abs(value) > LARGEST_INTEGER:
            return self._refuse(line, path, f"`{shown(node.value)}` is too large", "write it in quotes if text is meant")
        return value
