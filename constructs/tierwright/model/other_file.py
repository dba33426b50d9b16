"""Keys that are in the wrong one of the two files: their place in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from tierwright.config.problems import Path, dotted
from tierwright.model.part import DATA_SERVICES

Half = Literal["catalogue", "values"]


class OtherFile(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue, while values are at hand, or the values, while a catalogue is: its name, a file and its schema.

    `kinds` are those of the data services, by name, as far as the catalogue says them.
    """

    half: Half
    file: str
    schema: dict[str, Any]
    kinds: Mapping[str, str]

    def about(self, path: Path, value: Any) -> tuple[str, str] | None:
        """What is wrong with a key of the file at hand that belongs here; None where there is no such key here either.

        `path` is its path there, `value` its plain data.
        """
        for there, alike in self._there(path):
            if _has(self.schema, alike, value):
                at_hand = "values" if self.half == "catalogue" else "catalogue"
                return f"belongs in the {self.half}, not in the {at_hand}", f"move it to {dotted(there)} of {self.file}"
        return None

    def _there(self, path: Path) -> Iterator[tuple[Path, Path]]:
        """The path that the key has here, and one that is like it in the schema."""
        first, *rest = path
        if self.half == "values" and first == DATA_SERVICES and len(rest) > 1:
            name, *below = rest
            kind = self.kinds.get(str(name), str(name))
            yield (tuple(rest) if kind == name else path), (kind, *below)
        elif self.half == "catalogue" and self.kinds.get(str(first)) == first:
            yield (DATA_SERVICES, *path), (DATA_SERVICES, *path)
        elif self.half == "catalogue" and first == "defaults" and rest:
            yield ("services", "NAME", *rest), ("services", "NAME", *rest)
        yield path, path


def _has(schema: dict[str, Any], path: Path, value: Any) -> bool:
    """Whether the schema has a key of that name; of a map with free keys, whether it wants the keys that `value` has."""
    *above, _ = path
    for step in above:
        entry = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
        if not isinstance(entry, dict):
            return False
        schema = entry
    if path[-1] in schema.get("properties", {}):
        return True
    entry = schema.get("additionalProperties")
    wanted = entry.get("required", ()) if isinstance(entry, dict) else ()
    return bool(wanted) and isinstance(value, dict) and value.keys() >= set(wanted)
