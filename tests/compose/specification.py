"""The schema of the Compose Specification, https://github.com/compose-spec/compose-spec."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from tests.remembering import remembering


def refused(document: Any) -> list[str]:
    """What the specification does not allow in a Compose file, with where it is."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(document)]


@cache
def _validator() -> Any:
    text = resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    return remembering()(json.loads(text))
