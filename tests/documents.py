"""The documents of YAML streams, read and written by libyaml: PyYAML itself takes ten times as long."""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

_BETWEEN = re.compile("^---$", re.MULTILINE)


def load(text: str) -> Any:
    """The document of a text, as `yaml.safe_load` gives it."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def load_all(text: str | bytes) -> list[Any]:
    """The documents of a stream, as `yaml.safe_load_all` gives them."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def dump(tree: Mapping[str, Any]) -> str:
    """The text of a document, with its keys in their order."""
    text: str = yaml.dump(dict(tree), Dumper=yaml.CSafeDumper, sort_keys=False)
    return text


def documents(text: str, read: Callable[[str], Any]) -> Iterator[Any]:
    """What `read` makes of each document of a stream: plain data, which is the caller's own.

    Most documents of a platform are the same in the next test, so each is read once.
    """
    for document in _BETWEEN.split(text):
        yield marshal.loads(_read_once(document, read))  # noqa: S302 - it has just been written here


@cache
def _read_once(document: str, read: Callable[[str], Any]) -> bytes:
    return marshal.dumps(read(document))
