"""A document against its schema: every error, with its line and what is allowed there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator, ValidationError

from castiel.model.documents import Node
from castiel.model.names import QUANTITY, SERVICE_NAME, VARIABLE_NAME
from castiel.model.problems import Problem, dotted

_ARTICLES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_PATTERNS = {
    SERVICE_NAME: "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter",
    VARIABLE_NAME: "a variable's name: letters, digits and underscores",
    QUANTITY: "a quantity in quotes, such as '250m', '2', '512Mi'",
}


def problems_of(document: Node, schema: dict[str, Any]) -> Iterator[Problem]:
    """Validate a document. Yields nothing when it is as the schema wants it."""
    for error in Draft7Validator(schema).iter_errors(document.plain()):
        path = tuple(error.absolute_path)
        for name, wrong, allowed in _explained(error):
            full = (*path, name) if name is not None else path
            yield Problem(document.locate(full), dotted(full), wrong, allowed)


def _explained(error: ValidationError) -> Iterator[tuple[str | None, str, str]]:
    """What is wrong and what is allowed, for each entry that the error is about (None: the value itself)."""
    schema: dict[str, Any] = error.schema  # type: ignore[assignment]
    value: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        for name in value:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                meant = f"did you mean {close[0]}? " if close else ""
                yield name, "unknown key", f"{meant}allowed: {', '.join(known)}"
    elif error.validator == "required":
        for name in schema["required"]:
            if name not in value:
                yield name, "is missing", f"allowed: {allowed(schema['properties'][name])}"
    elif error.validator == "propertyNames" or error.parent is not None:
        yield None, f"the key {_shown(value)} is not allowed", f"allowed: {allowed(schema)}"
    elif error.validator == "uniqueItems":
        yield None, "names something twice", "allowed: each once"
    elif error.validator in ("minItems", "minProperties"):
        yield None, "is empty", f"allowed: {allowed(schema)}"
    else:
        yield None, f"{_shown(value)} is not allowed", f"allowed: {allowed(schema)}"


def allowed(schema: dict[str, Any]) -> str:
    """What a schema accepts, in words."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kind = schema["type"]
    if "pattern" in schema:
        pattern = schema["pattern"]
        return _PATTERNS.get(pattern, f"text that matches {pattern}")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{_ARTICLES[kind]} from {low} to {high}"
    if schema.get("minItems") or schema.get("minProperties"):
        return f"{_ARTICLES[kind]} with at least one entry"
    if schema.get("minLength"):
        return "text that is not empty"
    return _ARTICLES[kind]


def _shown(value: Any) -> str:
    """A value in an error: short, and on one line."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
