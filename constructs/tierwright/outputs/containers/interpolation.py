"""Variables of the surroundings in a file, which the programs that read it replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tierwright.outputs.containers.keys import Key, Keys
from tierwright.outputs.containers.texts import Secret, filled_in


def interpolated(document: Any, keys: Keys, *, missing: Callable[[Key], str]) -> Any:
    """A document with its secrets as variables, and every other dollar sign as itself. `missing` says what to do without one."""

    def plain(text: str) -> str:
        return text.replace("$", "$$")

    def place(secret: Secret) -> str:
        key = keys.of(secret.key)
        return f"${{{key.variable}{f'-{plain(secret.otherwise)}' if secret.optional else f':?{missing(key)}'}}}"

    return filled_in(document, plain=plain, secret=place)
