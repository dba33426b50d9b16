"""The rules of placeholders in the catalogue's texts: each asks a fact that there is, of what the service reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from tierwright.config.problems import Path, Problem, choices, shown
from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue, EveryService
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.health import Health
from tierwright.model.placeholders import (
    PASSWORD,
    PUBLIC_URL,
    Placeholder,
    facts_of,
    holds_password,
    placeholder,
    placeholders,
    public_placeholders,
)
from tierwright.model.references import text_of
from tierwright.model.service import Service

Fault = tuple[str, str]
"""What is wrong, and the way out."""

_HOST_HEADER = r"(?i)\bhost: *\$\{[^}\n]*\}"
"""A host that a command tells a server, and does not connect to."""


class PlaceholderRules(CatalogueChecks):
    """The rules, for the texts of each service and of `everyService`."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule."""
        for path, name, holder in self._holders():
            yield self._of_holder(path, name, holder)
        for name, service in self._services.items():
            yield self._of_service(name, service)

    def _of_holder(self, path: Path, name: str, holder: EveryService | Service) -> Iterator[Problem]:
        """Facts that nothing has, where the texts are written."""
        known = reached(self._catalogue, name) if name else [*holder.needs, *holder.uses]
        for below, text, in_variable in texts(holder):
            for wrong, allowed in until_unsound(_unknown(self._catalogue, known, text, in_variable=in_variable)):
                yield self._problem((*path, *below), wrong, allowed)

    def _of_service(self, name: str, service: Service) -> Iterator[Problem]:
        """Facts of what the service does not reach; its texts may come from `everyService`."""
        for below, text, _ in texts(service):
            own = _own_address(name, text) if below[0] == "health" else ()
            for wrong, allowed in until_unsound(chain(_unreached(self._catalogue, name, text), own)):
                yield self._problem(("services", name, *below), wrong, allowed)


def faults(catalogue: Catalogue, name: str, text: str) -> Iterator[Fault]:
    """What is wrong with the placeholders in a text of the service `name` that is no variable's."""
    yield from _unknown(catalogue, reached(catalogue, name), text, in_variable=False)
    yield from _unreached(catalogue, name, text)


def reached(catalogue: Catalogue, name: str) -> list[str]:
    """What a service can ask facts of: what it needs or uses, itself, and its own further ports."""
    service = catalogue.services[name]
    return [*(reach.target for reach in service.reaches), name, *(f"{name}:{port}" for port in service.ports)]


def texts(holder: EveryService | Service) -> Iterator[tuple[Path, str, bool]]:
    """The texts that may contain placeholders, with the paths below the entry, and whether they are of variables."""
    for variable, text in holder.environment.items():
        yield ("environment", variable), text_of(text), True
    if not isinstance(holder, Service):
        return
    for key in ("command", "args"):
        yield from (((key, index), word, False) for index, word in numbered(getattr(holder, key)))
    for number, words in numbered(holder.prepare):
        yield from ((("prepare", number, index), word, False) for index, word in numbered(words))
    if isinstance(holder.health, Health):
        yield from ((("health", "command", index), word, False) for index, word in numbered(holder.health.command or []))


def _unknown(catalogue: Catalogue, known: Sequence[str], text: str, *, in_variable: bool) -> Iterator[Fault]:
    """What nothing can take the place of; `known` is what facts can be asked of."""
    for asked in placeholders(text):
        facts = facts_of(catalogue, asked.target)
        if not asked.is_closed:
            wrong = f"the placeholder `{shown(asked.written)}` has no end"
            yield wrong, "close it with }, or write $${ for the text itself"
        elif asked.is_public:
            yield from _not_public(catalogue, asked)
        elif asked.written == PUBLIC_URL:
            continue
        elif not facts:
            yield _without_facts(catalogue, known, asked)
        elif asked.fact not in facts:
            allowed = ", ".join(placeholder(asked.target, fact) for fact in facts)
            yield f"{asked.target} has no `{shown(asked.fact)}`", f"allowed: {allowed}"
        elif not in_variable and holds_password(catalogue, asked):
            yield f"{asked.written} holds the password, which everybody could read here", _by_variable(catalogue, asked)


def _not_public(catalogue: Catalogue, asked: Placeholder) -> Iterator[Fault]:
    """A service that users see nowhere; nobody needs to reach one to tell users of it."""
    service = catalogue.services.get(asked.target)
    if service is None:
        wrong = f"there is no service `{shown(asked.target)}`, whose public address `{shown(asked.written)}` is"
        yield wrong, choices(asked.written, _public(catalogue))
    elif service.public_address is None:
        yield f"{asked.target} is not public, so users see it nowhere", "make it `public`, or take this out"
    elif asked.written not in public_placeholders(asked.target):
        url, host = public_placeholders(asked.target)
        yield f"the public address of {asked.target} has no `{shown(asked.fact)}`", f"allowed: {url}, {host}"


def _public(catalogue: Catalogue) -> list[str]:
    """The placeholders for the URLs of public services; those that are unsound are skipped."""
    return [url for name, service in catalogue.services.items() for url in until_unsound(_public_url(name, service))]


def _public_url(name: str, service: Service) -> Iterator[str]:
    if service.public_address is not None:
        yield public_placeholders(name)[0]


def _without_facts(catalogue: Catalogue, known: Sequence[str], asked: Placeholder) -> Fault:
    service = catalogue.services.get(asked.owner)
    if service is None:
        facts = [placeholder(target, fact) for target in known for fact in facts_of(catalogue, target)]
        allowed = choices(asked.written, [PUBLIC_URL, *_public(catalogue), *facts])
        written = shown(asked.written)
        return f"there is no placeholder `{written}`", f"{allowed}, or ${written} for the text itself"
    if asked.owner == asked.target:
        return f"{asked.owner} has no port, of which {asked.written} is a fact", "give it a `port`"
    port = asked.target.partition(":")[2]
    return f"{asked.owner} has no port `{shown(port)}` among its `ports`", choices(port, service.ports)


def _unreached(catalogue: Catalogue, name: str, text: str) -> Iterator[Fault]:
    """Facts of what the service does not reach; none where its needs or uses are wrong, since it may be meant there."""
    service = catalogue.services[name]
    if not all(target is not UNSOUND and catalogue.has(target) for target in (*service.needs, *service.uses)):
        return
    within_reach = reached(catalogue, name)
    for asked in placeholders(text):
        if asked.is_public:
            continue
        if asked.fact in facts_of(catalogue, asked.target) and asked.target not in within_reach:
            wrong = f"`{asked.written}` is a fact of {asked.target}, which is neither needed nor used"
            yield wrong, "add it to `needs` or `uses`"


def _own_address(name: str, text: str) -> Iterator[Fault]:
    """What a health command cannot ask: the first pod would be ready only after a pod that is. A header may name it."""
    for asked in placeholders(re.sub(_HOST_HEADER, "", text)):
        if asked.owner == name and asked.fact in ("host", "url") and not asked.is_public:
            wrong = f"{asked.written} leads to pods of {name} that are ready, and none is before this has an answer"
            yield wrong, "ask localhost, in the same container"


def _by_variable(catalogue: Catalogue, asked: Placeholder) -> str:
    """Where a program finds a password instead."""
    connection = catalogue.connected()[asked.owner].connection
    assert connection is not None
    variable = connection.password_variable if asked.fact == PASSWORD else catalogue.url_variable(asked.target)
    return f"let the program read the variable {variable}, which has it"
