"""Where passwords and URLs of data services come from: the Secrets that the platform reads, and their keys."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of, any_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import choose
from tierwright.model.part import Part
from tierwright.model.platform import administrator_of, credentials_of, login_secret

PASSWORD_KEY = "password"  # noqa: S105 - the name of a key
"""The key with a password in the Secrets of the platform's own."""

USERNAME = "username"
"""The key beside `password` that operators read."""


class SecretKey(msgspec.Struct, frozen=True):
    """A key of a Secret of the namespace."""

    secret: str
    key: str


class SecretSource(msgspec.Struct, frozen=True, kw_only=True):
    """A Secret that the platform reads: its keys, and the condition under which it is read.

    `in_data`: a server keeps its values with its data, which others would not fit. An operator reads the name of the user beside
    the password: `username` is that name, where `named` holds.
    """

    name: str
    keys: tuple[str, ...]
    generated: bool
    condition: Condition = ALWAYS
    in_data: bool = False
    username: str = ""
    named: Condition = NEVER


def secret_sources(blueprint: Blueprint, *, logins: bool = True) -> tuple[SecretSource, ...]:
    """Every Secret that the platform reads, except those that an external data service names itself.

    Without those of `logins` where these do not matter.
    """
    own: list[SecretSource] = []
    for part in blueprint.catalogue.parts():
        name = part.name
        if part.connection is None:
            own += [SecretSource(name=secret, keys=keys, generated=True) for secret, keys in part.secrets.items()]
        else:
            own += _of_data_service(blueprint, part)
            external = blueprint.data_services[name].external.secret
            read = all_of(blueprint.reads_secret(name), any_of(opposite(blueprint.has_logins(name)), blueprint.is_proxied(name)))
            borrowed = all_of(blueprint.is_external(name), read, opposite(filled(external.name)))
            own.append(
                SecretSource(name=credentials_of(name), keys=(outside_key(blueprint, name),), generated=False, condition=borrowed)
            )
            own += _of_logins(blueprint, name) if logins else ()
    own += [
        SecretSource(name=name, keys=tuple(secret.keys), generated=secret.source == "generated")
        for name, secret in blueprint.catalogue.secrets.items()
    ]
    return tuple(source for source in own if source.condition != NEVER)


def _of_data_service(blueprint: Blueprint, part: Part) -> Iterator[SecretSource]:
    """The Secrets of a data service that runs here. Whatever else than that of its clients there is, an operator makes itself."""
    name, operation = part.name, blueprint.data_services[part.name]
    here = all_of(opposite(blueprint.is_external(name)), blueprint.is_protected(name))
    operated = blueprint.is_operated(name)
    for secret, keys in part.secrets.items():
        source = SecretSource(name=secret, keys=keys, generated=True, condition=here, in_data=True)
        if secret == credentials_of(name):
            yield msgspec.structs.replace(source, username=getattr(operation, "user", ""), named=blueprint.names_user(name))
        else:
            yield msgspec.structs.replace(source, condition=all_of(here, opposite(operated)))


def _of_logins(blueprint: Blueprint, data_service: str) -> Iterator[SecretSource]:
    """The password of each client that has a login of its own."""
    for client in blueprint.catalogue.logins(data_service):
        needed = all_of(blueprint.has_logins(data_service), blueprint.presence(client))
        yield SecretSource(name=login_secret(data_service, client), keys=(PASSWORD_KEY,), generated=True, condition=needed)


def login_of(blueprint: Blueprint, data_service: str, client: str) -> SecretKey:
    """The Secret and the key with the password of a client that has a login of its own."""
    return SecretKey(blueprint.secret_name(login_secret(data_service, client)), PASSWORD_KEY)


def outside_key(blueprint: Blueprint, data_service: str) -> str:
    """The key that is read of the Secret of an external data service: that of the whole URL, or that of the password."""
    secret = blueprint.data_services[data_service].external.secret
    return blueprint.text(f"{data_service}.outsideKey", lambda: choose(filled(secret.url_key), secret.url_key, secret.key))


def password_of(blueprint: Blueprint, data_service: str) -> SecretKey:
    """The Secret and the key that hold the password of a data service."""
    external, outside = blueprint.data_services[data_service].external.secret, blueprint.is_external(data_service)
    return SecretKey(
        _secret_of(blueprint, data_service),
        blueprint.text(f"{data_service}.secretKey", lambda: choose(outside, external.key, PASSWORD_KEY)),
    )


def whole_url_of(blueprint: Blueprint, data_service: str) -> SecretKey:
    """The Secret and the key that hold the whole URL of an external data service."""
    return SecretKey(_secret_of(blueprint, data_service), blueprint.data_services[data_service].external.secret.url_key)


def administrator_password_of(blueprint: Blueprint, data_service: str) -> SecretKey:
    """The Secret and the key that hold the administrator's password of a data service that runs here."""
    return SecretKey(blueprint.secret_name(administrator_of(data_service)), PASSWORD_KEY)


def _secret_of(blueprint: Blueprint, data_service: str) -> str:
    """The name of the Secret that the clients of a data service read."""
    external = blueprint.data_services[data_service].external.secret
    named = all_of(blueprint.is_external(data_service), filled(external.name))
    own = blueprint.secret_name(credentials_of(data_service))
    return blueprint.text(f"{data_service}.secretName", lambda: choose(named, external.name, own))
