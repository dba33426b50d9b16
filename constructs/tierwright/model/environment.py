"""The variables of a service that follow from the catalogue, in the order in which its containers get them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.config.problems import Path
from tierwright.config.soundness import numbered
from tierwright.model.catalogue import Catalogue
from tierwright.model.placeholders import placeholders
from tierwright.model.references import text_of
from tierwright.model.settings import setting_names

OF_EVERY_SERVICE = ("PORT", "SERVICE_NAME")


class Derived(msgspec.Struct, frozen=True):
    """A variable that follows from the catalogue: what it does, and from which entry of the service it follows.

    `target` is the service or data service whose URL it carries. Where that one may be left out, the variable is not `certain`:
    it is left out too.
    """

    name: str
    does: str
    path: Path = ()
    target: str = ""
    certain: bool = True


def vanishing_variables(catalogue: Catalogue, name: str) -> dict[str, tuple[str, ...]]:
    """The variables of a service that are left out where other services are, and which services these are.

    So it is with their URLs, and with texts of the catalogue that ask facts of them. The values may set the latter otherwise.
    """
    vanishing: dict[str, tuple[str, ...]] = {
        variable.name: (variable.target,) for variable in derived_variables(catalogue, name) if not variable.certain
    }
    for variable, text in catalogue.services[name].environment.items():
        owners = dict.fromkeys(asked.owner for asked in placeholders(text_of(text)) if asked.owner not in ("", name))
        if uncertain := tuple(owner for owner in owners if not catalogue.is_certain(name, owner)):
            vanishing[variable] = uncertain
    return vanishing


def of_every_client(catalogue: Catalogue, data_service: str) -> tuple[str, ...]:
    """The variables that come before the URL of a data service, in every service that reaches it."""
    connection = catalogue.connected()[data_service].connection
    assert connection is not None
    clients = [service for service in catalogue.services.values() if any(reach.owner == data_service for reach in service.reaches)]
    names = OF_EVERY_SERVICE if all(client.port is not None for client in clients) else OF_EVERY_SERVICE[1:]
    return (connection.password_variable, *names)


def derived_variables(catalogue: Catalogue, name: str) -> Iterator[Derived]:
    """The variables of a service. What it reaches and secrets are skipped where the catalogue lacks them or they are unsound."""
    service = catalogue.services[name]
    connected = catalogue.connected()
    for reach in service.reaches:
        connection = connected[reach.owner].connection if reach.owner in connected else None
        if connection is not None:
            yield Derived(connection.password_variable, f"holds the password of {reach.owner}", reach.path)
            for clients in catalogue.further_clients(reach.owner).values():
                for variable in clients.variables:
                    yield Derived(variable, f"tells clients of {reach.owner} where its members are", reach.path)
    if service.port is not None:
        yield Derived("PORT", "is set for every service with a port")
    yield Derived("SERVICE_NAME", "is set for every service")
    for reach in catalogue.with_urls(name):
        url, certain = catalogue.url_variable(reach.target), catalogue.is_certain(name, reach.target)
        yield Derived(url, f"carries the URL of {reach.target}", reach.path, reach.target, certain)
    for index, secret in numbered(service.secrets):
        for _, key in numbered(catalogue.secrets[secret].keys if secret in catalogue.secrets else ()):
            yield Derived(key, f"comes from the secret `{secret}`", ("secrets", index))
    for setting in setting_names(service):
        yield Derived(setting, "is a setting", ("settings", setting))
