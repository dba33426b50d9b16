"""The variables of a service: its name and port, the URLs of what it reaches, its secrets and its own settings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tierwright.blueprint import Blueprint
from tierwright.blueprint.facts import fact_of, session_target, template_of, url_of
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.differences import either
from tierwright.expressions.expression import Argument, Dig, Lookup
from tierwright.expressions.texts import ScalarText
from tierwright.expressions.tokens import Text, expression_of, operand_of
from tierwright.expressions.tree import Tree, choose, each_entry, splice, when
from tierwright.kit.credentials import PASSWORD_KEY, login_of, password_of, whole_url_of
from tierwright.kit.pods import secret_variable
from tierwright.model.part import Part
from tierwright.model.placeholders import URL
from tierwright.model.reach import Reach
from tierwright.model.service import Service
from tierwright.model.settings import ServiceSetting


def service_environment(blueprint: Blueprint, name: str, *, step: bool = False) -> list[Tree]:
    """The variables of the service `name`, or of a step before it, in an order in which each refers to earlier ones only.

    Variables that the values add come last, sorted by name.
    """
    service, values = blueprint.service(name), blueprint.values_of(name)
    return [
        *_passwords(blueprint, name),
        *_port(service),
        {"name": "SERVICE_NAME", "value": name},
        *(address for reach in blueprint.catalogue.with_urls(name) for address in _addresses(blueprint, name, reach, step=step)),
        *_secrets(blueprint, service),
        *(_typed(blueprint, name, variable, setting) for variable, setting in service.settings.items()),
        *(_setting(blueprint, name, variable, text, step=step) for variable, text in service.environment.items()),
        each_entry(values.env, lambda variable, text: {"name": variable, "value": text}, but=tuple(service.environment)),
        splice(values.extra_env),
    ]


def _setting(blueprint: Blueprint, name: str, variable: str, text: str, *, step: bool) -> Tree:
    """A variable of the catalogue, which the values may set otherwise; left out where what it tells of is."""
    env = expression_of(blueprint.values_of(name).env)
    own = Lookup(env, variable, otherwise=operand_of(blueprint.fill(text, client=name, step=step)))
    return when(blueprint.presence_of(name, variable), {"name": variable, "value": Text(own, safe=False)})


def _typed(blueprint: Blueprint, name: str, variable: str, setting: ServiceSetting) -> Tree:
    """A setting, which the values may set otherwise. Null there means the default."""
    given = Dig(expression_of(blueprint.values_of(name)), ("settings", variable), setting.default)
    return {"name": variable, "value": Text(ScalarText(given, setting.type), safe=False)}


def _passwords(blueprint: Blueprint, name: str) -> list[Tree]:
    """The passwords of the data services that it reaches, as far as there are any."""
    connected = blueprint.connected
    owners = blueprint.catalogue.passwords(name).values()
    return [_password(blueprint, connected[owner], client=name) for owner in owners]


def _password(blueprint: Blueprint, part: Part, *, client: str) -> Tree:
    has_login = client in blueprint.catalogue.logins(part.name)
    given = {"login": operand_of(login_of(blueprint, part.name, client).secret)} if has_login else {}
    return splice(blueprint.part(f"{part.name}.passwordVariable", lambda: _password_variable(blueprint, part), **given))


def _password_variable(blueprint: Blueprint, part: Part) -> list[Tree]:
    assert part.connection is not None
    password = password_of(blueprint, part.name)
    secret, key = password.secret, password.key
    if part.connection.login_switch:
        own = blueprint.has_logins(part.name)
        secret, key = choose(own, Text(Argument("login")), secret), choose(own, PASSWORD_KEY, key)
    variable = secret_variable(part.connection.password_variable, secret=secret, key=key)
    return [when(blueprint.has_password(part.name), variable)]


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


def _addresses(blueprint: Blueprint, name: str, reach: Reach, *, step: bool) -> Iterator[Tree]:
    if reach.owner in blueprint.connected:
        yield _url_of(blueprint, reach, client=name, step=step)
        yield from _members_of(blueprint, reach, client=name)
        return
    variable = {
        "name": blueprint.catalogue.url_variable(reach.target),
        "value": fact_of(blueprint, reach.target, URL, client=name),
    }
    yield when(blueprint.presence_for(name, reach.target), variable)


def _url_of(blueprint: Blueprint, reach: Reach, *, client: str, step: bool) -> Tree:
    """The URL of a data service, or of a further endpoint of one: made from its parts, or whole from a Secret."""
    target = session_target(blueprint, reach.target, client=client, step=step)
    made = operand_of(url_of(blueprint, target, client=client))
    template = f"{template_of(reach.target)}.urlVariable"
    return splice(blueprint.part(template, lambda: [_url_variable(blueprint, reach)], url=made))


def _members_of(blueprint: Blueprint, reach: Reach, *, client: str) -> Iterator[Tree]:
    """Where the members of a data service are, for clients that speak more than to a single server."""
    name = reach.owner
    for topology, clients in blueprint.catalogue.further_clients(name).items():
        told = {variable: fact_of(blueprint, name, fact, client=client) for variable, fact in clients.variables.items()}
        variables: Tree = [{"name": variable, "value": text} for variable, text in told.items()]
        listed = [when(blueprint.data_services[name].topology == topology, variables)]
        yield splice(blueprint.part(f"{name}.membersVariables", partial(list, listed)))


def _url_variable(blueprint: Blueprint, reach: Reach) -> Tree:
    variable, source = blueprint.catalogue.url_variable(reach.target), whole_url_of(blueprint, reach.owner)
    stored = secret_variable(variable, secret=source.secret, key=source.key)
    return either(blueprint.has_whole_url(reach.owner), stored, {"name": variable, "value": Text(Argument("url"))})
