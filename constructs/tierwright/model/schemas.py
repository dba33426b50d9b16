"""JSON Schemas (draft-07, which older Helm reads too), made from the types of the catalogue and the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tierwright.annotations import descriptions_of, fields_of, structs_in
from tierwright.model.catalogue import catalogue_type
from tierwright.model.names import portable
from tierwright.model.part import Part, PartKind
from tierwright.model.values import values_type

Parts = tuple[Part, ...]

Schema = dict[str, Any]

SHARED = ("Affinity", "Toleration")

DRAFT = "http://json-schema.org/draft-07/schema#"


def catalogue_schema(components: tuple[Part | PartKind, ...]) -> Schema:
    """The schema of the catalogues whose platforms can have these components.

    A field without a value is as if it were not there; an entry of a mapping, such as a service, has one.
    """
    whole = _schema(catalogue_type(components), "A platform: what it consists of and how it connects")
    schema: Schema = _optional_or_null(whole, entries=False)
    return schema


def values_schema(of: Parts) -> Schema:
    """The schema of the values of a platform with these components, every overlay laid over them."""
    schema = _schema(values_type(of), "How the platform is run")
    services = schema["properties"]["services"]
    services["additionalProperties"] = _partial(services["additionalProperties"], nullable=False)
    return schema


def overlay_schema(of: Parts) -> Schema:
    """The schema of one overlay: nothing is required, and null takes a value away."""
    return {
        "$schema": DRAFT,
        **_partial(_optional_or_null(values_schema(of)) | {"title": "What differs from the defaults"}, nullable=True),
        "type": "object",
    }


def chart_schema(of: Parts) -> Schema:
    """The schema of the values of a chart of a platform with these components.

    It is for what Helm sees: every default is there, and null has taken some away. Where there is no default Helm leaves the
    null, which the chart takes out itself. The namespace is the release's. What differs for a service is laid over the defaults
    by the chart, so null stays there. Which services there are is added for each platform.
    """
    schema: Schema = _optional_or_null(_schema(values_type(of), "How the platform is run"))
    namespace = schema["properties"]["namespace"]
    namespace["required"] = [key for key in namespace["required"] if key not in ("name", "create")]
    return _services_once(schema)


SCHEMAS: Mapping[str, Callable[[Any], Schema]] = {
    "catalogue": catalogue_schema,
    "values": values_schema,
    "overlay": overlay_schema,
}
"""The schemas for editors, by the names of their files; the program itself reads no file."""


def _services_once(schema: Schema) -> Schema:
    """The same schema; what the values of a service may be is written once, for `defaults` and for each of the `services`.

    The defaults are complete, which is said apart from it. Where services have values of their own, such as storage, the
    two are written apart.
    """
    values = schema["properties"]
    defaults, services = values["defaults"], values["services"]
    entry = _or_null(_partial(services["additionalProperties"], nullable=True))
    if defaults["properties"].keys() != entry["properties"].keys():
        return {**schema, "properties": {**values, "services": {**services, "additionalProperties": entry}}}
    service = {"$ref": "#/definitions/service"}
    definitions = {**schema.get("definitions", {}), "service": entry, "given": {"not": {"type": "null"}}}
    return {
        **schema,
        "properties": {**values, "defaults": service, "services": {**services, "additionalProperties": service}},
        "allOf": [{"properties": {"defaults": _complete(defaults)}}],
        "definitions": definitions,
    }


def _complete(schema: Schema) -> Schema:
    """What a schema says of an object, and of those in it, beyond the partial one: which entries are there, and are not null."""
    required = schema.get("required")
    if not required:
        return {"type": "object"}
    entries = schema["properties"].items()
    inside = {
        key: _complete(entry) if key in required else True for key, entry in entries if "properties" in entry or key not in required
    }
    return {"type": "object", "required": required, "properties": inside, "additionalProperties": {"$ref": "#/definitions/given"}}


def _schema(kind: type, title: str) -> Schema:
    """The schema of a type; large types that it uses in many places are written once, in its `definitions`."""
    _, definitions = msgspec.json.schema_components([kind], ref_template="{name}")
    for struct in structs_in(kind):
        whole_name = f"{struct.__module__}.{struct.__qualname__}"  # msgspec's name where several are called the same
        fields = definitions[whole_name if whole_name in definitions else struct.__name__]["properties"]
        for field in fields_of(struct):
            if text := descriptions_of(struct).get(field.name):
                said = fields[field.encode_name]
                said.pop("description", None)  # that of its type
                fields[field.encode_name] = {"description": text, **said}
    schema = {"$schema": DRAFT, **_inlined(definitions[kind.__name__], definitions), "title": title}
    shared = {name: _inlined(definitions[name], definitions) for name in SHARED if name in definitions}
    return schema | ({"definitions": shared} if shared else {})


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Replace references by what they refer to: in draft-07 a `$ref` would hide the description beside it.

    An optional entry loses its `null`: what is null has been taken away before anything is validated. What may be of several
    types keeps its `anyOf`.
    """
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        if name in SHARED:
            return {"type": "object", "allOf": [{"$ref": f"#/definitions/{name}"}], **own}
        return _inlined({**definitions[name], **own}, definitions)
    if "anyOf" in schema:
        return _one_of(schema, definitions)
    inlined = {key: _inlined(value, definitions) for key, value in schema.items()}
    if isinstance(inlined.get("pattern"), str):
        inlined["pattern"] = portable(inlined["pattern"])
    if isinstance(inlined.get("title"), str):
        del inlined["title"]  # the name of a Python class
    if "patternProperties" in inlined:  # all names that there are; msgspec would take any
        inlined["additionalProperties"] = False
    if "propertyNames" in inlined:
        inlined["propertyNames"].setdefault("type", "string")
    return inlined


def _one_of(schema: Schema, definitions: dict[str, Any]) -> Any:
    choices = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    own = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if len(choices) > 1:
        return {"anyOf": [_inlined(choice, definitions) for choice in choices], **own}
    return _inlined({**choices[0], **own}, definitions)


def _partial(schema: Any, *, nullable: bool) -> Any:
    """The same schema with nothing required; with `nullable`, null allowed for every entry of a mapping.

    Items stay as they are, because lists replace; so do the definitions, which describe what users set as one value. Without
    `nullable`, entries of mappings whose keys are free stay too: all of each is needed. With it, a mapping that must not be empty
    may be: it takes nothing away from the one that it is laid over.
    """
    if isinstance(schema, list):
        return [_partial(item, nullable=nullable) for item in schema]
    if not isinstance(schema, dict):
        return schema
    whole = ("items", "definitions") if nullable else ("items", "definitions", "additionalProperties")
    partial = {
        key: value if key in whole else _partial(value, nullable=nullable)
        for key, value in schema.items()
        if key != "default" and not (key == "required" and isinstance(value, list))  # an entry may be called so
    }
    if nullable and isinstance(schema.get("minProperties"), int):
        del partial["minProperties"]
    if nullable and isinstance(schema.get("properties"), dict):
        partial["properties"] = {name: _or_null(entry) for name, entry in partial["properties"].items()}
    if nullable and "patternProperties" in partial:
        partial["patternProperties"] = {name: _or_null(entry) for name, entry in partial["patternProperties"].items()}
    if nullable and isinstance(partial.get("additionalProperties"), dict):
        partial["additionalProperties"] = _or_null(partial["additionalProperties"])
    return partial


def _optional_or_null(schema: Any, *, entries: bool = True) -> Any:
    """The same schema with null allowed for whatever may be absent: with `entries`, also for those of mappings with free keys."""
    if isinstance(schema, list):
        return [_optional_or_null(item, entries=entries) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _optional_or_null(value, entries=entries) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        optional = schema["properties"].keys() - set(schema.get("required", ()))
        changed["properties"] |= {name: _or_null(changed["properties"][name]) for name in changed["properties"] if name in optional}
    if entries and "patternProperties" in changed:
        changed["patternProperties"] = {name: _or_null(entry) for name, entry in changed["patternProperties"].items()}
    if entries and isinstance(changed.get("additionalProperties"), dict):
        changed["additionalProperties"] = _or_null(changed["additionalProperties"])
    return changed


def _or_null(schema: Schema) -> Schema:
    if _takes_null(schema):
        return schema
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "allOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _takes_null(schema: Schema) -> bool:
    if "anyOf" in schema:
        return any(map(_takes_null, schema["anyOf"]))
    return None in schema.get("enum", ()) or "null" in schema.get("type", ()) or not schema
