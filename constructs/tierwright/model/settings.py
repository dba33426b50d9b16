"""The settings of services: variables whose types the catalogue knows, so that a wrong value is an error before a start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Complaint, Path, Problem, dotted, shown, written
from tierwright.config.soundness import UNSOUND, repeated, until_unsound
from tierwright.model.composed import Entry
from tierwright.model.named_entries import of_each_service, unknown_entries
from tierwright.model.names import VARIABLE_NAME

SettingType = Literal["string", "integer", "number", "boolean"]
Scalar = str | bool | int | float


class ServiceSetting(Entry, frozen=True, kw_only=True):
    """A setting of a service, which is a variable of it; the values may set it otherwise."""

    type: SettingType
    """The type of its values."""
    default: Scalar
    """Its value where the values do not say otherwise."""
    description: str = ""
    """What it is for, for the reader."""
    minimum: int | float | None = None
    """The smallest number that it may be."""
    maximum: int | float | None = None
    """The largest number that it may be."""
    enum: Annotated[list[str], Meta(min_length=1)] | None = None
    """The texts that it may be; without it, any text."""

    def takes(self, value: object) -> bool:
        """Whether a value is of its type and within its bounds."""
        if self.type == "string":
            return isinstance(value, str) and (self.enum is None or value in self.enum)
        if self.type == "boolean":
            return isinstance(value, bool)
        if isinstance(value, bool) or not isinstance(value, int | float) or (self.type == "integer" and value != int(value)):
            return False
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    @property
    def allowed(self) -> str:
        """Which values it takes, in words."""
        if self.enum is not None:
            return ", ".join(map(shown, self.enum))
        kind = _KINDS[self.type]
        if self.minimum is not None and self.maximum is not None:
            return f"{kind} from {self.minimum} to {self.maximum}"
        if self.minimum is not None:
            return f"{kind} of at least {self.minimum}"
        return kind if self.maximum is None else f"{kind} of at most {self.maximum}"

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its values; null stands for the default."""
        bounds = {"minimum": self.minimum, "maximum": self.maximum, "enum": None if self.enum is None else [*self.enum, None]}
        return {"type": [self.type, "null"]} | {key: bound for key, bound in bounds.items() if bound is not None}


_KINDS = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_BOUNDS: dict[str, tuple[SettingType, ...]] = {
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "enum": ("string",),
}
"""What bounds the values of which types."""


def setting_names(service: Any) -> list[str]:
    """The names of a service's settings that it can have; none where they are unsound."""
    return [] if service.settings is UNSOUND else [name for name in service.settings if re.match(VARIABLE_NAME, name)]


def setting_complaints(service: Any) -> Iterator[Complaint]:
    """What is wrong with the settings of a service in the catalogue."""
    for name, setting in service.settings.items():
        for key, wrong, allowed in until_unsound(_of_setting(setting)):
            yield ("settings", name, key), wrong, allowed


def _of_setting(setting: ServiceSetting) -> Iterator[tuple[str, str, str]]:
    needless = [key for key, types in _BOUNDS.items() if getattr(setting, key) is not None and setting.type not in types]
    for key in needless:
        yield key, f"a setting of type {setting.type} has none", f"remove it, or make the type {' or '.join(_BOUNDS[key])}"
    if needless:
        return
    for text in dict.fromkeys(text for _, text in repeated(setting.enum or ())):
        yield "enum", f"`{shown(text)}` is listed twice", "name each once"
    if setting.minimum is not None and setting.maximum is not None and setting.minimum > setting.maximum:
        yield "minimum", f"{setting.minimum} is above the maximum, {setting.maximum}", "lower the one, or raise the other"
    elif setting.default is not UNSOUND and not setting.takes(setting.default):
        yield "default", *_refused(setting, setting.default)


def _refused(setting: ServiceSetting, value: object, source: str = "") -> tuple[str, str]:
    """What is wrong with a value that a setting does not take, and what it takes; `source` is how the value was written."""
    quotes = ", so put it in quotes" if setting.type == "string" and isinstance(value, int | float) else ""
    return f"{written(value, source)} is not allowed", f"allowed: {setting.allowed}{quotes}"


def setting_problems(document: YamlNode, catalogue: Any) -> Iterator[Problem]:
    """What is wrong with the settings in the values: names that the catalogue does not have, and values of the wrong type."""
    return of_each_service(document, catalogue, "settings", lambda name, service: _of_service(document, name, service))


def _of_service(document: YamlNode, name: str, service: Any) -> Iterator[Problem]:
    path: Path = ("services", name, "settings")
    known, given = service.settings, document.get(*map(str, path)).value
    yield from unknown_entries(document, path, lambda: known, f"the catalogue has no such setting of {name}")
    for setting, node in given.items() if isinstance(given, dict) else ():
        if setting in known and node.value is not None:
            yield from until_unsound(_of_value(node, (*path, setting), known[setting]))


def _of_value(node: YamlNode, path: Path, setting: ServiceSetting) -> Iterator[Problem]:
    if not setting.takes(node.value):
        yield Problem(node.place, dotted(path), *_refused(setting, node.value, shown(node.source)), path)
