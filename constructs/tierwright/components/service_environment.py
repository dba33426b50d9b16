"""The variables of a service: who it is, where its needs are, its secrets and its own settings."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Argument, Lookup
from tierwright.expressions.texts import UrlEncoded, WithNumber
from tierwright.expressions.tokens import Text, expression_of, filled, operand_of
from tierwright.expressions.tree import Tree, choose, each_entry, spread, when
from tierwright.kit.pods import secret_variable
from tierwright.model.catalogue import Service
from tierwright.model.environment import PASSWORDS
from tierwright.model.postgres_rules import POOL_SIZE


def service_environment(blueprint: Blueprint, name: str) -> list[Tree]:
    """The variables in the order in which they refer to one another: Kubernetes expands `$(NAME)` of earlier ones only.

    What the values add to them comes last, in the order of the names.
    """
    service, values = blueprint.service(name), blueprint.values_of(name)
    return [
        *_passwords(blueprint, service),
        {"name": "PORT", "value": str(service.port)},
        {"name": "SERVICE_NAME", "value": name},
        *(_address(blueprint, name, need) for need in service.needs),
        *_secrets(blueprint, service),
        *(_setting(blueprint, name, variable, text) for variable, text in service.environment.items()),
        each_entry(values.env, lambda variable, text: {"name": variable, "value": text}, but=tuple(service.environment)),
        spread(values.extra_env),
    ]


def _setting(blueprint: Blueprint, name: str, variable: str, text: str) -> Tree:
    """A variable of the catalogue, which the values may set otherwise."""
    env = expression_of(blueprint.values_of(name).env)
    own = Lookup(env, variable, otherwise=operand_of(blueprint.fill(text)))
    return {"name": variable, "value": Text(own, safe=False)}


def _passwords(blueprint: Blueprint, service: Service) -> list[Tree]:
    passwords: list[Tree] = []
    for need in service.needs:
        if need in PASSWORDS:
            password = blueprint.password_of(need)
            passwords.append(secret_variable(PASSWORDS[need], secret=password.secret, key=password.key))
    return passwords


def _secrets(blueprint: Blueprint, service: Service) -> list[Tree]:
    variables: list[Tree] = []
    for name in service.secrets:
        secret = blueprint.catalogue.secrets[name]
        optional = blueprint.values.secrets.allow_missing if secret.optional else None
        variables += [secret_variable(key, secret=blueprint.secret_name(name), key=key, optional=optional) for key in secret.keys]
    return variables


def _address(blueprint: Blueprint, name: str, need: str) -> Tree:
    variable = {"name": blueprint.catalogue.url_variable(need), "value": _url(blueprint, name, need)}
    service = blueprint.catalogue.services.get(need)
    return when(blueprint.presence(need), variable) if service and service.optional else variable


def _url(blueprint: Blueprint, name: str, need: str) -> str:
    """The URL of a need, with the password as a reference to the variable that holds it."""
    if need in blueprint.catalogue.services:
        return f"http://{blueprint.endpoint(need).address}"
    if need == "postgres":
        pool = expression_of(blueprint.values_of(name).database.pool_size)
        return blueprint.text("postgres.url", lambda: _postgres_url(blueprint), poolSize=pool)
    return blueprint.text(f"{need}.url", lambda: _server_url(blueprint, need))


def _server_url(blueprint: Blueprint, need: str) -> str:
    password = f"$({PASSWORDS[need]})"
    user = f"{_encoded(blueprint.values.rabbitmq.user)}:" if need == "rabbitmq" else ":"
    scheme = "amqp" if need == "rabbitmq" else "redis"
    endpoint = blueprint.endpoint(need)
    return f"{scheme}{choose(endpoint.tls, 's', '')}://{user}{password}@{endpoint.address}"


def _postgres_url(blueprint: Blueprint) -> str:
    values = blueprint.values.postgres
    options = Text(WithNumber(expression_of(values.url_options), POOL_SIZE, Argument("poolSize")))
    query = choose(filled(values.url_options), f"?{options}", "")
    address = f"{_encoded(values.user)}:$(DB_PASSWORD)@{blueprint.endpoint('postgres').address}"
    return f"postgresql://{address}/{_encoded(values.database)}{query}"


def _encoded(name: str) -> str:
    return Text(UrlEncoded(expression_of(name)))
