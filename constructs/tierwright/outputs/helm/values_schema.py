"""values.schema.json of the chart: the types of the values, narrowed to the services, secrets and destinations of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.model.catalogue import Catalogue
from tierwright.model.platform import secret_names
from tierwright.model.schemas import chart_schema
from tierwright.model.service import Service
from tierwright.model.storage import ServiceStorage
from tierwright.model.workloads import ends, meaningless_values
from tierwright.outputs.helm.schema_parts import written_once

Schema = dict[str, Any]

_NOTHING = "nothing"
"""The definition of a value that must not be there: null, or a map of such values."""


def values_schema(blueprint: Blueprint) -> str:
    """The text of the schema."""
    schema = chart_schema(blueprint.parts)
    values, catalogue = schema["properties"], blueprint.catalogue
    for (*above, key), names in (
        (("services",), catalogue.services),
        (("public", "hosts"), catalogue.public_hosts),
        (("secrets", "names"), secret_names(catalogue)),
        (("networkPolicy", "externalCidrs"), catalogue.external),
    ):
        entries = values.get(above[0], {}).get("properties", {}) if above else values
        if key in entries:
            entry = entries[key].pop("additionalProperties")
            entries[key] |= _closed(dict.fromkeys(names, entry))
    narrowed = _narrowed(catalogue)
    if narrowed:
        values["services"]["allOf"] = [narrowed]
        schema["definitions"][_NOTHING] = {
            "type": ["null", "object"],
            "additionalProperties": {"$ref": f"#/definitions/{_NOTHING}"},
        }
    return msgspec.json.format(msgspec.json.encode(written_once(schema)), indent=2).decode() + "\n"


def _narrowed(catalogue: Catalogue) -> Schema:
    """What the services of a catalogue allow of the values that all services have; empty where all are like most."""
    services = catalogue.services.values()
    of_storage, of_jobs = any(service.storage for service in services), any(map(ends, services))
    properties = {
        name: _of_service(catalogue, one, of_storage=of_storage, of_jobs=of_jobs) for name, one in catalogue.services.items()
    }
    if any(service.settings for service in services):
        for name, service in catalogue.services.items():
            properties[name].setdefault("properties", {})["settings"] = _settings(service)
    narrowed = {name: schema for name, schema in properties.items() if schema}
    with_storage = [name for name, service in catalogue.services.items() if service.storage]
    return {**({"required": with_storage} if with_storage else {}), "properties": narrowed} if narrowed else {}


def _of_service(catalogue: Catalogue, service: Service, *, of_storage: bool, of_jobs: bool) -> Schema:
    properties: Schema = {}
    for path, _ in meaningless_values(catalogue, service):
        if path == ("job",) and not of_jobs:
            continue
        above = properties
        for step in path[:-1]:
            above = above.setdefault(step, {"properties": {}})["properties"]
        above[path[-1]] = {"$ref": f"#/definitions/{_NOTHING}"}
    if service.singleton:
        properties["replicas"] = {"maximum": 1}
    if of_storage:
        properties["storage"] = _storage(service)
    required = {"required": ["storage"]} if service.storage else {}
    return {**required, "properties": properties} if properties else {}


def _settings(service: Service) -> Schema:
    """Exactly the settings of the catalogue, each with its type."""
    known = {name: setting.schema for name, setting in service.settings.items()}
    return _closed(known)


def _storage(service: Service) -> Schema:
    """Exactly the storage of the catalogue: the chart has a default of each value, which null takes away."""
    names = [*service.storage]
    complete = {"required": [*ServiceStorage.__struct_encode_fields__]}
    return {**({"required": names} if names else {}), **_closed(dict.fromkeys(names, complete))}


def _closed(known: Mapping[str, Schema]) -> Schema:
    """A map with these keys alone. Of names that `propertyNames` does not allow Helm says a wrong place, another one each time."""
    return {"properties": dict(known), "additionalProperties": False}
