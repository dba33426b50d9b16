"""The variables of a service that follow from the catalogue, in the order in which its containers get them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.config.problems import Path
from tierwright.config.soundness import numbered
from tierwright.model.catalogue import Catalogue

OF_EVERY_SERVICE = ("PORT", "SERVICE_NAME")


class Derived(msgspec.Struct, frozen=True):
    """A variable that follows from the catalogue: what it does, and from which entry of the service it follows.

    `need` is the service whose URL it carries; where that one is left out, so is the variable.
    """

    name: str
    does: str
    path: Path = ()
    need: str = ""


def of_every_client(catalogue: Catalogue, data_service: str) -> tuple[str, ...]:
    """The variables that come before the URL of a data service, in every service that needs it."""
    connection = catalogue.connected()[data_service].connection
    assert connection is not None
    clients = [service for service in catalogue.services.values() if data_service in service.needs]
    names = OF_EVERY_SERVICE if all(client.port is not None for client in clients) else OF_EVERY_SERVICE[1:]
    return (connection.password_variable, *names)


def derived_variables(catalogue: Catalogue, name: str) -> Iterator[Derived]:
    """The variables of a service. Needs and secrets that the catalogue does not have, or that are unsound, are skipped."""
    service = catalogue.services[name]
    connected = catalogue.connected()
    needs = [(("needs", at), need) for at, need in numbered(service.needs)]
    for path, need in needs:
        connection = connected[need].connection if need in connected else None
        if connection is not None:
            yield Derived(connection.password_variable, f"holds the password of {need}", path)
    if service.port is not None:
        yield Derived("PORT", "is set for every service with a port")
    yield Derived("SERVICE_NAME", "is set for every service")
    for path, need in needs:
        if catalogue.has_url(need):
            yield Derived(catalogue.url_variable(need), f"carries the URL of {need}", path, need)
    for at, secret in numbered(service.secrets):
        for _, key in numbered(catalogue.secrets[secret].keys if secret in catalogue.secrets else ()):
            yield Derived(key, f"comes from the secret `{secret}`", ("secrets", at))
