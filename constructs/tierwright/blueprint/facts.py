"""The facts that placeholders of the catalogue's texts ask: of services and data services, and of public addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwright.expressions.conditions import ALWAYS, Condition, Ternary
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import Text, expression_of, operand_of
from tierwright.expressions.tree import choose
from tierwright.model.part import DIRECT
from tierwright.model.placeholders import PASSWORD, URL, Placeholder
from tierwright.model.public import ROOT, PublicAddress

if TYPE_CHECKING:
    from tierwright.blueprint import Blueprint


def replacement(blueprint: Blueprint, placeholder: Placeholder, *, client: str, step: bool = False) -> str:
    """What takes the place of a placeholder in a text of the service `client`, or of a step before it."""
    if placeholder.is_public:
        return (public_host if placeholder.fact == "host" else public_url)(blueprint, placeholder.target)
    if not placeholder.target:
        return _main_url(blueprint)
    return fact_of(blueprint, placeholder.target, placeholder.fact, client=client, step=step)


def fact_of(blueprint: Blueprint, target: str, fact: str, *, client: str, step: bool = False) -> str:
    """A fact of a service or data service, as the service `client` gets it; `facts_of` of the model has those that there are.

    The target may be a further port or endpoint: NAME:KEY. A `step` before the service gets what `session_target` says.
    """
    name, _, key = target.partition(":")
    if name in blueprint.catalogue.services:
        return _fact_of_service(blueprint, name, key, fact)
    part = blueprint.connected[name]
    whole = blueprint.catalogue.url_variable(target)
    target = session_target(blueprint, target, client=client, step=step)
    key = target.partition(":")[2]
    if fact == PASSWORD:
        assert part.connection is not None
        return _one_of(blueprint.is_protected(name), f"$({part.connection.password_variable})", "")
    if fact == URL:
        url = url_of(blueprint, target, client=client)
        return _one_of(blueprint.has_whole_url(name), f"$({whole})", url)
    if fact in part.facts:
        return (part.further[key].facts if key else {}).get(fact, part.facts[fact])(blueprint, client)
    return blueprint.text(f"{template_of(target)}.{fact}", lambda: str(getattr(blueprint.endpoint(name, key), fact)))


def session_target(blueprint: Blueprint, target: str, *, client: str, step: bool = False) -> str:
    """The target itself or, for a step and for a service that runs once, the server behind what may stand before it."""
    part = blueprint.connected.get(target)
    once = step or blueprint.service(client).run is not None
    return target if part is None or part.proxy is None or not once else f"{target}:{DIRECT}"


def url_of(blueprint: Blueprint, target: str, *, client: str) -> str:
    """The URL of a data service, or of a further endpoint of one, as it is made from its parts."""
    name, _, key = target.partition(":")
    part = blueprint.connected[name]
    return (part.further[key].facts if key else part.facts)[URL](blueprint, client)


def template_of(target: str) -> str:
    """How the named templates about a data service, or about a further endpoint of one, begin."""
    return target.replace(":", ".")


def _fact_of_service(blueprint: Blueprint, name: str, port: str, fact: str) -> str:
    endpoint = blueprint.endpoint(name, port)
    # Clients of gRPC and of other protocols take host and port alone.
    scheme = "http://" if blueprint.service(name).named_port(port).protocol == "http" else ""
    return {"host": endpoint.host, "port": str(endpoint.port), URL: f"{scheme}{endpoint.address}"}[fact]


def _one_of(condition: Condition, then: str, otherwise: str) -> str:
    """One text or another, as a token that can be an operand too."""
    return then if condition == ALWAYS else Text(Ternary(condition, then, operand_of(otherwise)))


def public_url(blueprint: Blueprint, name: str) -> str:
    """The URL at which users see the public service `name`, without a slash at its end."""
    address = _public_address(blueprint, name)
    path = "" if address.path == ROOT else address.path
    if not address.host:
        return f"{_main_url(blueprint)}{path}"
    return blueprint.text(f"public.{name}", lambda: f"{_public_scheme(blueprint)}://{named_host(blueprint, address.host)}{path}")


def public_host(blueprint: Blueprint, name: str) -> str:
    """The host, with its port unless that is the usual one, at which users see the public service `name`."""
    address = _public_address(blueprint, name)
    return named_host(blueprint, address.host) if address.host else blueprint.values.public.host


def named_host(blueprint: Blueprint, name: str) -> str:
    """The public host of this name."""
    public = blueprint.values.public
    hosts = expression_of(public.hosts)  # type: ignore[attr-defined] # a field that a component adds
    return Text(Lookup(hosts, name, otherwise=operand_of(f"{name}.{public.host}")))


def _main_url(blueprint: Blueprint) -> str:
    return blueprint.text("publicUrl", lambda: f"{_public_scheme(blueprint)}://{blueprint.values.public.host}")


def _public_scheme(blueprint: Blueprint) -> str:
    return choose(blueprint.values.public.tls, "https", "http")


def _public_address(blueprint: Blueprint, name: str) -> PublicAddress:
    address = blueprint.service(name).public_address
    assert address is not None
    return address
