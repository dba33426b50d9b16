"""How a platform is run whose own values say nothing else: the defaults that come with the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tierwright.config.documents import YamlNode, read
from tierwright.model.part import Part

GENERAL = Path(__file__).resolve().parent.parent / "defaults" / "values.yaml"
PLATFORM = "${platform}"
"""The placeholder for the name of the platform in these files."""


def defaults_of(parts: Iterable[Part], name: str) -> Iterator[YamlNode]:
    """The defaults of a platform of this name: those of every platform, then those that its components bring."""
    for file in (GENERAL, *(one.defaults for one in parts if one.defaults is not None)):
        yield _read(file).as_default({PLATFORM: name})


@cache
def _read(file: Path) -> YamlNode:
    return read(file)
