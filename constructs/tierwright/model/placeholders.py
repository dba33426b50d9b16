"""Placeholders of the catalogue's texts: facts that the program knows, such as where a service listens.

`${NAME.FACT}` is a fact of a service or data service, `${NAME:KEY.FACT}` one of a further port of a service or a further endpoint
of a data service, `${publicUrl}` the URL that users see, `${public.NAME}` the one at which they see a service. `$${` is `${`
itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from tierwright.model.catalogue import Catalogue

_WRITTEN = re.compile(r"\$\$\{|\$\{[^}\n]*\}?")
_LITERAL = "$${"

PUBLIC_URL = "${publicUrl}"
_PUBLIC = "public."
URL = "url"
OF_SERVICES = ("host", "port", URL)
"""The facts of a service, and of each of its ports."""

PASSWORD = "password"  # noqa: S105 - the fact that every data service has beside those of its component


class Placeholder(msgspec.Struct, frozen=True):
    """A placeholder as it is written: the fact that it asks, and of what, the target.

    The target is a service, data service, further port or further endpoint, as needs name it. It is empty for what is no fact of
    one. `is_public`: the fact is about the address at which users see the service.
    """

    written: str
    target: str
    fact: str
    is_public: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether it ends on its line."""
        return self.written.endswith("}")

    @property
    def owner(self) -> str:
        """The service or data service."""
        return self.target.partition(":")[0]


def _parsed(written: str) -> Placeholder:
    content = written.removeprefix("${").removesuffix("}")
    if content.startswith(_PUBLIC):
        target, dot, fact = content.removeprefix(_PUBLIC).partition(".")
        return Placeholder(written, target, fact if dot else "url", is_public=True)
    target, _, fact = content.rpartition(".")
    return Placeholder(written, target, fact)


def placeholders(text: str) -> Iterator[Placeholder]:
    """Those in a text, in their order."""
    return (_parsed(written) for written in _WRITTEN.findall(text) if written != _LITERAL)


def replaced(text: str, fact: Callable[[Placeholder], str]) -> str:
    """A text with its placeholders replaced; `fact` gives what takes the place of each."""
    return _WRITTEN.sub(lambda match: "${" if match[0] == _LITERAL else fact(_parsed(match[0])), text)


def placeholder(target: str, fact: str) -> str:
    """The placeholder for a fact of a service, data service or further port."""
    return f"${{{target}.{fact}}}"


def public_placeholders(name: str) -> tuple[str, str]:
    """The placeholders for the public address of a service: its URL, and its host."""
    return f"${{{_PUBLIC}{name}}}", f"${{{_PUBLIC}{name}.host}}"


def facts_of(catalogue: Catalogue, target: str) -> tuple[str, ...]:
    """The facts of a target, which may be empty; none where there is no such one."""
    name, named, port = target.partition(":")
    if name in catalogue.services:
        known = port in catalogue.services[name].ports if named else catalogue.has_url(name)
        return OF_SERVICES if known else ()
    part = catalogue.connected().get(name)
    return () if part is None or (named and port not in part.further) else ("host", "port", *part.facts, PASSWORD)


def holds_password(catalogue: Catalogue, asked: Placeholder) -> bool:
    """Whether what takes its place contains a password."""
    return asked.owner in catalogue.connected() and asked.fact in (PASSWORD, URL)
