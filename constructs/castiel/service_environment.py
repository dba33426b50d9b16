"""The variables of a service: who it is, where its needs are, its secrets and its own settings."""

from __future__ import annotations

from castiel.blueprint import Blueprint
from castiel.model.catalogue import Service
from castiel.pods import secret_variable
from castiel.tracing.expressions import Lookup, all_of
from castiel.tracing.tokens import Text, expression_of, filled, operand_of
from castiel.tracing.tree import Tree, choose, each_entry, spread, when

_PASSWORDS = {"postgres": "DB_PASSWORD", "rabbitmq": "RABBITMQ_PASSWORD", "redis": "REDIS_PASSWORD"}


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
        if need in _PASSWORDS:
            password = blueprint.password_of(need)
            passwords.append(secret_variable(_PASSWORDS[need], secret=password.secret, key=password.key))
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
    endpoint = blueprint.endpoint(need)
    address = f"{endpoint.host}:{endpoint.port}"
    if need in blueprint.catalogue.services:
        return f"http://{address}"
    values = blueprint.values
    secure = all_of(blueprint.is_external(need), blueprint.data_services[need].external.tls)
    if need == "postgres":
        options = values.postgres.url_options
        query = f"connection_limit={blueprint.values_of(name).database.pool_size}"
        query += choose(filled(options), f"&{options}", "") + choose(secure, "&sslmode=require", "")
        return f"postgresql://{values.postgres.user}:$(DB_PASSWORD)@{address}/{values.postgres.database}?{query}"
    if need == "rabbitmq":
        return f"{choose(secure, 'amqps', 'amqp')}://{values.rabbitmq.user}:$(RABBITMQ_PASSWORD)@{address}"
    return f"{choose(secure, 'rediss', 'redis')}://:$(REDIS_PASSWORD)@{address}"
