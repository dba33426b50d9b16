"""The documents of YAML streams. Most of a platform's are the same in the next test, so each is read once."""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

_BETWEEN = re.compile("^---$", re.MULTILINE)


def documents(text: str, read: Callable[[str], Any]) -> Iterator[Any]:
    """What `read` makes of each document of a stream: plain data, which is the caller's own."""
    for document in _BETWEEN.split(text):
        yield marshal.loads(_read_once(document, read))  # noqa: S302 - it has just been written here


@cache
def _read_once(document: str, read: Callable[[str], Any]) -> bytes:
    return marshal.dumps(read(document))
