"""Kinds of data services. Each makes the component of every data service of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path as FilePath
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path, dotted
from tierwright.expressions.expression import AllValues, Context, Expression, Field
from tierwright.kit.authority import Authority
from tierwright.kit.component import Component
from tierwright.kit.instance import Instance, instance_of
from tierwright.kit.rules import Rule, Rules
from tierwright.model.data_values import Operation
from tierwright.model.names import upper_snake
from tierwright.model.own_names import config_of
from tierwright.model.part import (
    OF_SERVICES,
    Clients,
    Complaint,
    Connection,
    Fact,
    ForClusters,
    FurtherEndpoint,
    Operated,
    PartKind,
    Proxy,
)
from tierwright.model.part import Rule as ProgramRule
from tierwright.model.platform import Platform


class DataServiceKind(PartKind, frozen=True, kw_only=True, eq=False):
    """Everything about a kind of data service. Its functions get the data service that they are about.

    `name` is the kind, and the name of a data service whose kind the catalogue does not say. `title` is its name in texts.
    `password_variable` is the variable of clients that holds its password; that of a data service with another name is called after
    it. `password_switch` is the field of its values that says whether there is a password; empty where there always is.
    `login_switch` is the one that says whether each client has a login of its own, in whose words `facts` are then.
    `other_ports` are those that the server listens on beside the catalogue's. `clients` are what clients may speak beside what a
    single server does; of the variables, these are the ends of the names. `operated` are the topologies in which an operator runs
    it. `values` is the type of its values, `defaults` a file with their defaults, `service_values` what it adds to those of every
    service. `secrets` are those that it makes, by the end of their names, with their keys: `credentials` is
    the one that clients read, and its key is `password`.

    `declare` declares the objects, in the file that it is given. `facts` are what placeholders can ask of it beside host,
    port and password, in the words of the client that is named; `url` is one of them. `apart` are those that are no part of the
    URL, and known where that comes whole from a Secret. `further` are its further endpoints, by key, `proxy` is what may stand
    before its server, one of the further workloads, and `authority` the CA that clients mount.
    `for_clusters` gives what of the values is for clusters alone. The paths of `rules` and `program_rules` begin at the data
    service's values; the latter get the platform and the name. `alone` is what they refuse, `further_workloads` are the ends
    of the names of further workloads that it may have, NAME-END, and `notes` is what NOTES.txt of the chart says. In these
    texts, NAME is the name, TITLE the one in texts, PATH the path of the values, and VALUES the values in a template.
    """

    title: str
    password_variable: str
    values: type[Operation]
    defaults: FilePath
    declare: Callable[[str, Instance[Any]], object]
    facts: Mapping[str, Callable[[Instance[Any], str], str]]
    apart: tuple[str, ...] = ()
    proxy: Proxy | None = None
    further: Mapping[str, FurtherEndpoint] = msgspec.field(default_factory=dict)
    password_switch: str = ""
    login_switch: str = ""
    other_ports: tuple[int, ...] = ()
    clients: Mapping[str, Clients] = msgspec.field(default_factory=dict)
    operated: Mapping[str, Operated] = msgspec.field(default_factory=dict)
    service_values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    secrets: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    authority: Callable[[Instance[Any]], Authority] | None = None
    for_clusters: Callable[[Any], Iterable[ForClusters]] = lambda _values: ()
    rules: tuple[Callable[[Instance[Any]], Iterator[Rule]], ...] = ()
    program_rules: tuple[Callable[[Platform, str], Iterator[Complaint]], ...] = ()
    alone: tuple[str, ...] = ()
    further_workloads: tuple[str, ...] = ()
    notes: str = ""

    def of(self, name: str) -> Component:
        """The component of the data service of this kind that the catalogue calls `name`: the same one each time."""
        return _component(self, name)


@cache
def _component(kind: DataServiceKind, name: str) -> Component:
    def instance(blueprint: Blueprint) -> Instance[Any]:
        return instance_of(blueprint, name, kind.values)

    def declare(file: str, *, blueprint: Blueprint) -> None:
        kind.declare(file, instance(blueprint))

    bare = Component(name=name, kind=kind.name, declare=declare)
    own = name == kind.name
    title = kind.title if own else f"{kind.title} {name}"
    said = partial(_said, words=_words(name, title, bare.place))
    return msgspec.structs.replace(
        bare,
        values=kind.values,
        defaults=kind.defaults,
        service_values=kind.service_values,
        connection=Connection(
            title=title,
            password_variable=kind.password_variable if own else f"{upper_snake(name)}_PASSWORD",
            password_switch=kind.password_switch,
            login_switch=kind.login_switch,
            other_ports=kind.other_ports,
            clients={spoken: _clients_of(name, clients) for spoken, clients in kind.clients.items()},
            operated=kind.operated,
        ),
        secrets={f"{name}-{end}": keys for end, keys in kind.secrets.items()},
        rules=Rules(of_platform=tuple(partial(_rules, rules, instance, bare.place) for rules in kind.rules)),
        program_rules=tuple(_program_rule(rule, name, bare.place) for rule in kind.program_rules),
        alone=tuple(map(said, kind.alone)),
        facts={name: _fact(fact, instance) for name, fact in kind.facts.items()},
        apart=kind.apart,
        proxy=kind.proxy,
        further={key: _further(further, instance) for key, further in kind.further.items()},
        authority=None if kind.authority is None else _trust(kind.authority, instance),
        for_clusters=kind.for_clusters,
        reserved=lambda _catalogue: (*_names_of_further(name, kind.further_workloads), *_names_of_operators(name, kind.operated)),
        reserved_pattern="|".join(f"{name}{one.end}{one.jobs}" for one in kind.operated.values() if one.jobs),
        notes=said(kind.notes),
    )


def _clients_of(name: str, clients: Clients) -> Clients:
    """The variables begin with the name of the data service."""
    variables = {f"{upper_snake(name)}_{end}": fact for end, fact in clients.variables.items()}
    return msgspec.structs.replace(clients, variables=variables)


def _names_of_further(name: str, ends: Iterable[str]) -> Iterator[str]:
    """The names that further workloads of a data service take, with those of their Services and files."""
    for end in ends:
        further = f"{name}-{end}"
        yield from (further, config_of(further))


def _names_of_operators(name: str, operated: Mapping[str, Operated]) -> Iterator[str]:
    """The names of what operators make for a data service, as far as a service would have objects of them."""
    return (made for one in operated.values() for made in one.names(name, OF_SERVICES) if made != name)


def _fact(fact: Callable[[Instance[Any], str], str], instance: Callable[[Blueprint], Instance[Any]]) -> Fact:
    return lambda blueprint, client: fact(instance(blueprint), client)


def _further(further: FurtherEndpoint, instance: Callable[[Blueprint], Instance[Any]]) -> FurtherEndpoint:
    endpoint, facts = further.endpoint, {name: _fact(fact, instance) for name, fact in further.facts.items()}
    return FurtherEndpoint(word=further.word, endpoint=lambda blueprint: endpoint(instance(blueprint)), facts=facts)


def _trust(
    authority: Callable[[Instance[Any]], Authority], instance: Callable[[Blueprint], Instance[Any]]
) -> Callable[[Blueprint], Authority]:
    return lambda blueprint: authority(instance(blueprint))


def _rules(
    rules: Callable[[Instance[Any]], Iterator[Rule]],
    instance: Callable[[Blueprint], Instance[Any]],
    place: Path,
    blueprint: Blueprint,
) -> Iterator[Rule]:
    data_service = instance(blueprint)
    if data_service.name not in blueprint.data_services:  # where a catalogue is wrong, its parts are all that there can be
        return
    for rule in rules(data_service):
        yield msgspec.structs.replace(rule, path=(*place, *rule.path), also=tuple((*place, *path) for path in rule.also))


def _program_rule(rule: Callable[[Platform, str], Iterator[Complaint]], name: str, place: Path) -> ProgramRule:
    def placed(platform: Platform) -> Iterator[Complaint]:
        for complaint in rule(platform, name):
            yield msgspec.structs.replace(complaint, path=(*place, *complaint.path))

    return placed


def _words(name: str, title: str, place: Path) -> Mapping[str, str]:
    values: Expression = AllValues()
    for step in place:
        values = Field(values, str(step))
    return {"NAME": name, "TITLE": title, "PATH": dotted(place), "VALUES": values.source(Context())}


def _said(text: str, *, words: Mapping[str, str]) -> str:
    """A text about data services of a kind as one about this one."""
    return re.sub(r"\b(?:NAME|TITLE|PATH|VALUES)\b", lambda word: words[word[0]], text)
