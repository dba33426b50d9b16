"""Texts of a container, in which keys of Secrets are places to be filled: no output has the content of a Secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tierwright.kit.credentials import SecretKey
from tierwright.outputs.yaml_text import Fragment

_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")
"""A dollar sign that stands for itself, or a reference to a variable, as Kubernetes writes them in commands and variables."""


class Secret(msgspec.Struct, frozen=True):
    """The place of a key of a Secret in a text.

    `optional`: the program also starts where nobody has set it; `otherwise` is what is there then.
    """

    key: SecretKey
    optional: bool = False
    otherwise: str = ""


Text = tuple[str | Secret, ...]
"""A text, and the places in it."""


def literal(text: str) -> Text:
    """A text without a place."""
    return (text,) if text else ()


def may_be_missing(text: Text) -> Secret | None:
    """The place that the value of a variable is, if without it there is no variable."""
    place = text[0] if len(text) == 1 else ""
    return place if isinstance(place, Secret) and place.optional and not place.otherwise else None


def expanded(text: str, variables: Mapping[str, Text]) -> Text:
    """A text of a manifest, with its references `$(NAME)` to variables replaced, as the kubelet does it.

    What is no reference to one of these variables stays as it is written, also where the variable is missing with its secret.
    """
    pieces: list[str | Secret] = []
    end = 0
    for found in _REFERENCE.finditer(text):
        pieces.append(text[end : found.start()])
        if found[0] == "$$":
            pieces.append("$")
        else:
            pieces += (_referred(piece, found[0]) for piece in variables.get(found[1], (found[0],)))
        end = found.end()
    return _joined([*pieces, text[end:]])


def _referred(piece: str | Secret, reference: str) -> str | Secret:
    """A piece of a variable where another text refers to that."""
    if isinstance(piece, Secret) and piece.optional and not piece.otherwise:
        return msgspec.structs.replace(piece, otherwise=reference)
    return piece


def _joined(pieces: list[str | Secret]) -> Text:
    """The same pieces, with neighbouring texts as one."""
    joined: list[str | Secret] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return tuple(joined)


def written(text: Text, *, plain: Callable[[str], str], secret: Callable[[Secret], str]) -> str:
    """A text as an output writes it: `plain` writes what is no place, `secret` a place."""
    return "".join(plain(piece) if isinstance(piece, str) else secret(piece) for piece in text)


def filled_in(tree: Any, *, plain: Callable[[str], str], secret: Callable[[Secret], str]) -> Any:
    """A tree of plain data in which every text is written; those with places are tuples. Keys stay as they are."""
    if isinstance(tree, str):
        return plain(tree)
    if isinstance(tree, tuple):
        return written(tree, plain=plain, secret=secret)
    if isinstance(tree, dict):
        filled = {key: filled_in(value, plain=plain, secret=secret) for key, value in tree.items()}
        return Fragment(filled, name=tree.name, base=tree.base) if isinstance(tree, Fragment) else filled
    if isinstance(tree, list):
        return type(tree)(filled_in(value, plain=plain, secret=secret) for value in tree)
    return tree


def places(tree: Any) -> Iterator[Secret]:
    """The places in a tree, as often as they are there."""
    if isinstance(tree, Secret):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for one in tree:
            yield from places(one)
    elif isinstance(tree, dict):
        yield from places(list(tree.values()))
