"""The variables of a service: its name and port, the URLs of what it reaches, its secrets and its own settings."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import Text, expression_of, operand_of
from tierwright.expressions.tree import Tree, each_entry, splice, when
from tierwright.kit.pods import secret_variable
from tierwright.model.catalogue import Service
from tierwright.model.reach import Reach


def service_environment(blueprint: Blueprint, name: str) -> list[Tree]:
    """The variables of the service `name`, in an order in which each refers to earlier ones only.

    Variables that the values add come last, sorted by name.
    """
    service, values = blueprint.service(name), blueprint.values_of(name)
    return [
        *_passwords(blueprint, service),
        *_port(service),
        {"name": "SERVICE_NAME", "value": name},
        *(_address(blueprint, name, reach) for reach in blueprint.catalogue.with_urls(name)),
        *_secrets(blueprint, service),
        *(_setting(blueprint, name, variable, text) for variable, text in service.environment.items()),
        each_entry(values.env, lambda variable, text: {"name": variable, "value": text}, but=tuple(service.environment)),
        splice(values.extra_env),
    ]


def _setting(blueprint: Blueprint, name: str, variable: str, text: str) -> Tree:
    """A variable of the catalogue, which the values may set otherwise; left out where what it tells of is."""
    env = expression_of(blueprint.values_of(name).env)
    own = Lookup(env, variable, otherwise=operand_of(blueprint.fill(text, client=name)))
    return when(blueprint.presence_of(name, variable), {"name": variable, "value": Text(own, safe=False)})


def _passwords(blueprint: Blueprint, service: Service) -> list[Tree]:
    passwords: list[Tree] = []
    connected = blueprint.catalogue.connected()
    for reach in service.reaches:
        connection = connected[reach.owner].connection if reach.owner in connected else None
        if connection is not None:
            password = blueprint.password_of(reach.owner)
            passwords.append(secret_variable(connection.password_variable, secret=password.secret, key=password.key))
    return passwords


def _port(service: Service) -> list[Tree]:
    """The variable that tells the program where to listen."""
    port = service.main_port
    return [{"name": "PORT", "value": str(port.target_port)}] if port else []


def _secrets(blueprint: Blueprint, service: Service) -> list[Tree]:
    variables: list[Tree] = []
    for name in service.secrets:
        secret = blueprint.catalogue.secrets[name]
        optional = secrets_values(blueprint).allow_missing if secret.optional else None
        variables += [secret_variable(key, secret=blueprint.secret_name(name), key=key, optional=optional) for key in secret.keys]
    return variables


def _address(blueprint: Blueprint, name: str, reach: Reach) -> Tree:
    variable = {
        "name": blueprint.catalogue.url_variable(reach.target),
        "value": blueprint.fact(reach.target, "url", client=name),
    }
    return when(blueprint.presence_for(name, reach.target), variable)
