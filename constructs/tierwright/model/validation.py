"""A document against its schema: every error, with its line and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from tierwright.config.documents import YamlNode
from tierwright.config.problems import (
    MISSING,
    NO_VALUE_BUT_NEEDED,
    TYPES,
    Path,
    Problem,
    choices,
    dotted,
    shown,
    similar_to,
    written,
)
from tierwright.model.names import IN_WORDS, portable
from tierwright.model.other_file import OtherFile


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """As Go reads it, and so Helm: `$` is the end of the text, not also the place before a last line break."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield ValidationError("does not match")


def _any_of(validator: Any, choices: list[dict[str, Any]], value: Any, _schema: Any) -> Iterator[ValidationError]:
    """What is wrong by the choice of the value's type; if none is of it, that the value is none of them."""
    meant = next((choice for choice in choices if any(validator.is_type(value, kind) for kind in _kinds(choice))), None)
    if meant is None:
        yield ValidationError("is none of them")
    else:
        yield from validator.descend(value, meant)


_Validator: Any = extend(Draft7Validator, {"pattern": _pattern, "anyOf": _any_of})  # type: ignore[no-untyped-call]


NO_VALUE = "has no value"
UNKNOWN = "unknown key"
NOT_ALLOWED = "the key is not allowed"
BELONGS = "belongs in "


def problems_of(
    document: YamlNode, schema: dict[str, Any], *, nulls: bool = False, other: OtherFile | None = None
) -> Iterator[Problem]:
    """Validate a document, with `nulls` also what it deletes. Yields nothing when it is as the schema wants it.

    `other` is the file to which a key that is unknown here may belong.
    """
    problems: list[Problem] = []
    meant: dict[Path, set[str | None]] = {}
    for error in _Validator(schema).iter_errors(document.with_nulls() if nulls else document.plain()):
        path = tuple(error.absolute_path)
        node = document.find(path)
        entries = list(_about_entries(error, node))
        for name, wrong, remedy in entries:
            entry = (*path, name)
            elsewhere = other.about(entry, document.find(entry).plain()) if other and wrong in (UNKNOWN, NOT_ALLOWED) else None
            problems.append(Problem(document.locate(entry), dotted(entry), *(elsewhere or (wrong, remedy)), entry))
            if wrong == UNKNOWN and not elsewhere:
                meant.setdefault(path, set()).add(similar_to(name, error.schema["properties"]))
        if not entries:
            elsewhere = other.about(path, node.plain()) if other and _is_free_entry(error) else None
            problems.append(Problem(document.locate(path), dotted(path), *(elsewhere or _about_value(error, node)), path))
    whole = dict(_of_the_other_file(document, problems, other)) if other else {}
    for problem in problems:
        above = problem.at[:-1]
        if above in whole:
            yield whole[above]
        elif not (problem.wrong == MISSING and problem.at[-1] in meant.get(above, ())):
            yield problem


def _of_the_other_file(document: YamlNode, problems: Iterable[Problem], other: OtherFile) -> Iterator[tuple[Path, Problem]]:
    """Maps that lack a key, and of which every key is one of the other file: each is there as a whole, if that file has such."""
    belonging = [problem.at for problem in problems if problem.wrong.startswith(BELONGS)]
    for path in {problem.at[:-1] for problem in problems if problem.wrong == MISSING}:
        entries = document.find(path).plain()
        elsewhere = other.about(path, entries) if path and entries else None
        if elsewhere and all((*path, key) in belonging for key in entries):
            yield path, Problem(document.locate(path), dotted(path), *elsewhere, path)


def _is_free_entry(error: ValidationError) -> bool:
    """Whether the error is that an entry of a map with free keys is something else altogether."""
    return error.validator == "type" and "additionalProperties" in list(error.absolute_schema_path)[-2:-1]


def _about_entries(error: ValidationError, node: YamlNode) -> Iterator[tuple[str, str, str]]:
    """What is wrong and what is allowed, for each entry of `node` that the error is about."""
    schema: dict[str, Any] = error.schema  # type: ignore[assignment]
    value: Any = error.instance
    if "propertyNames" in list(error.absolute_schema_path)[-2:-1]:
        yield value, NOT_ALLOWED, f"allowed: {_allowed(schema)}"
    elif error.validator == "additionalProperties":
        known, patterns = list(schema.get("properties", {})), list(schema.get("patternProperties", {}))
        allowed = [*known, *(_in_words(pattern) for pattern in patterns)]
        for name in value:
            if name not in known and not any(re.search(pattern, name) for pattern in patterns):
                yield name, UNKNOWN, choices(name, allowed)
    elif error.validator == "required":
        for name in schema["required"]:
            if name not in value:
                wrong = MISSING if node.below(name) is None else NO_VALUE_BUT_NEEDED
                yield name, wrong, f"allowed: {_allowed(schema['properties'][name])}"


def _about_value(error: ValidationError, node: YamlNode) -> tuple[str, str]:
    """What is wrong with `node` itself and what is allowed."""
    schema: dict[str, Any] = error.schema  # type: ignore[assignment]
    allowed = f"allowed: {_allowed(schema)}"
    if error.validator in ("minItems", "minProperties", "minLength"):
        return "is empty", allowed
    if error.validator == "maxItems":
        return f"has {len(node.value)} entries", allowed
    if node.value is None:
        return NO_VALUE, allowed
    number = not isinstance(node.value, (dict, list, str))
    if number and "string" in schema.get("type", ()) and "quotes" not in allowed:
        allowed += ", so put it in quotes"
    return f"{written(node.value, shown(node.source))} is not allowed", allowed


def _allowed(schema: dict[str, Any]) -> str:
    """What a schema accepts, in words."""
    if "anyOf" in schema:
        return ", or ".join(_allowed(choice) for choice in schema["anyOf"] if choice != {"type": "null"})
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"] if choice is not None)
    if "pattern" in schema:
        return _in_words(schema["pattern"])
    kind = TYPES[_kinds(schema)[0]]
    if "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    if "maxItems" in schema:
        return f"{kind} of {schema['minItems']} to {schema['maxItems']} entries"
    if "minLength" in schema:
        return f"{kind} that is not empty"
    return f"{kind} with at least one entry" if "minItems" in schema or "minProperties" in schema else kind


def _kinds(schema: dict[str, Any]) -> list[str]:
    """The types that a schema accepts; those of words have none of their own."""
    kinds = schema.get("type", "string")
    return [kinds] if isinstance(kinds, str) else kinds


def _in_words(pattern: str) -> str:
    """What a pattern of a schema accepts."""
    return next(words for written, words in IN_WORDS.items() if portable(written) == pattern)
