"""How a platform is run whose own values say nothing else: the defaults that come with the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tierwright.config.documents import YamlNode, read
from tierwright.model.part import DATA_SERVICES, Part

GENERAL = Path(__file__).resolve().parent.parent / "defaults" / "values.yaml"
PLATFORM = "${platform}"
"""The placeholder for the name of the platform in these files."""


def defaults_of(parts: Iterable[Part], name: YamlNode) -> Iterator[YamlNode]:
    """The defaults of a platform of this name: those of every platform, then those that its components bring."""
    yield _read(GENERAL).as_default({PLATFORM: name})
    for part in parts:
        if part.defaults is not None:
            defaults = _read(part.defaults).as_default({PLATFORM: name})
            yield _named(defaults, part) if part.place[0] == DATA_SERVICES else defaults


def _named(defaults: YamlNode, part: Part) -> YamlNode:
    """The defaults of a kind of data service as those of one that is not called like it."""
    entries: dict[str, YamlNode] = dict(defaults.value)
    named = {part.name: entries.pop(part.kind)}
    return YamlNode(defaults.place, {DATA_SERVICES: YamlNode(defaults.place, named), **entries})


@cache
def _read(file: Path) -> YamlNode:
    return read(file)
