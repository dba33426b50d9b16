"""Maps of the values whose keys are names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Path, Problem, choices, dotted, shown
from tierwright.config.soundness import UNSOUND, until_unsound


def unknown_entries(document: YamlNode, path: Path, known: Callable[[], Iterable[str]], wrong: str) -> Iterator[Problem]:
    """The entries of the map at `path` whose names are not among the `known`; `wrong` says what is wrong with `{}`, the name."""
    names, entries = list(known()), document.get(*map(str, path)).value
    for name in entries if isinstance(entries, dict) else ():
        if name not in names:
            entry = (*path, name)
            yield Problem(document.locate(entry), dotted(entry), wrong.replace("{}", shown(name)), choices(name, names), entry)


def of_each_service(
    document: YamlNode, catalogue: Any, key: str, judge: Callable[[str, Any], Iterator[Problem]]
) -> Iterator[Problem]:
    """What is wrong with the maps that single services have under `key`, and `defaults` has not.

    `judge` gives what is wrong with that of a service, by its name and its entry of the catalogue, which may be UNSOUND in parts.
    """
    of_all: Path = ("defaults", key)
    if document.has(of_all):
        wrong = f"belongs in services.NAME, as each {key.removesuffix('s')} is of one service"
        yield Problem(document.locate(of_all), dotted(of_all), wrong, "move it there", of_all)
    services = document.get("services").value
    for name, service in until_unsound(lambda: [*catalogue.services.items()]):
        if service is not UNSOUND and isinstance(services, dict):
            yield from until_unsound(judge(name, service))
