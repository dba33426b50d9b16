"""Validation that remembers: most parts of a document, such as a container's probes, are the same in the next test."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend


def remembering() -> Any:
    """A class of validators that skip each part that one of them has found valid, by the same reference, before.

    What a reference leads to is to be the same in all of their schemas.
    """
    valid: set[bytes] = set()
    follow = Draft202012Validator.VALIDATORS["$ref"]

    def once(judge: Any, reference: str, part: Any, schema: Any) -> Iterator[ValidationError]:
        key = hashlib.blake2b(marshal.dumps((reference, part), 2), digest_size=16).digest()
        if key in valid:
            return
        errors = list(follow(judge, reference, part, schema))
        if not errors:
            valid.add(key)
        yield from errors

    return extend(Draft202012Validator, {"$ref": once})  # type: ignore[no-untyped-call]
