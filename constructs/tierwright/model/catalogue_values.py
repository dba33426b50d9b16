"""The values that follow from the catalogue: a layer over the program's defaults, below every file of values.

An image's user, for instance, is a fact about the image: the catalogue says it once, and values may still say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tierwright.config.documents import YamlNode, overlay
from tierwright.config.problems import Path
from tierwright.config.soundness import UNSOUND, until_unsound
from tierwright.model.catalogue import Catalogue
from tierwright.model.health import Health
from tierwright.model.service import Service
from tierwright.model.settings import setting_names
from tierwright.model.storage import default_storage, storage_names
from tierwright.model.workloads import can_scale, ends


class Implied(msgspec.Struct, frozen=True):
    """A value of a service: its path below `services.NAME`, and the path of what implies it, below the catalogue's entry."""

    path: tuple[str, ...]
    value: Any
    source: Path


def implied_values(catalogue: Any, document: YamlNode) -> YamlNode:
    """The values that a catalogue implies for its services, in the form of a file of values, with the lines of the catalogue.

    `document` is what the user wrote; `catalogue` may have UNSOUND in it, which implies nothing.
    """
    services: dict[str, YamlNode] = {}
    for name, implied in until_unsound(_implied(catalogue)):
        place = document.locate(("services", name, *implied.source))
        entry = YamlNode(msgspec.structs.replace(place, is_default=True), implied.value)
        for step in reversed(implied.path):
            entry = YamlNode(entry.place, {step: entry})
        services[name] = overlay(services[name], entry) if name in services else entry
    place = msgspec.structs.replace(document.locate(("services",)), is_default=True)
    return YamlNode(place, {"services": YamlNode(place, services)})


def _implied(catalogue: Any) -> Iterator[tuple[str, Implied]]:
    """All that follows, with the names of the services."""
    for name, service in catalogue.services.items():
        for rule in () if service is UNSOUND else _RULES:
            yield from ((name, implied) for implied in until_unsound(rule(catalogue, service)) if implied.value is not UNSOUND)


def _user(catalogue: Catalogue, service: Service) -> Iterator[Implied]:
    knows = next((one for one in catalogue.whose_image(service) if one.user is not None or one.group is not None), None)
    if knows is None:
        return
    group = "user" if knows.group is None else "group"
    for value, key in (("user", "user"), ("group", group)):
        if getattr(knows, key) is not None:
            yield Implied(("security", value), getattr(knows, key), (key,) if knows is service else ("image", "of"))


def _one_pod(_catalogue: Catalogue, service: Service) -> Iterator[Implied]:
    """What `defaults` says for services that may have many pods is not meant for it."""
    source = "singleton" if service.singleton else "storage"
    if not (can_scale(service) or ends(service)):
        yield Implied(("replicas",), 1, (source,))
        yield Implied(("autoscaling", "enabled"), False, (source,))
        yield Implied(("autoscaling", "external"), False, (source,))


def _storage(_catalogue: Catalogue, service: Service) -> Iterator[Implied]:
    for name in storage_names(service):
        for key, value in default_storage().items():
            yield Implied(("storage", name, key), value, ("storage", name))


def _settings(_catalogue: Catalogue, service: Service) -> Iterator[Implied]:
    for name in setting_names(service):
        setting = service.settings[name]
        if setting is not UNSOUND:
            yield Implied(("settings", name), setting.default, ("settings", name))


def _health_paths(_catalogue: Catalogue, service: Service) -> Iterator[Implied]:
    if isinstance(service.health, Health):
        for key, path in service.health.paths.items():
            yield Implied(("probes", key), path, ("health", "http"))


_RULES = (_user, _one_pod, _storage, _settings, _health_paths)
"""Each a small one: an unsound value ends it."""
