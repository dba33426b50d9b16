"""What a schema cannot say: the checks across entries of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Complaint, Path, Problem, choices, dotted, shown
from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue, DataService, Service
from tierwright.model.environment import OF_EVERY_SERVICE, Derived, derived_variables
from tierwright.model.graph import find_cycles, find_path
from tierwright.model.mounts import mount_complaints
from tierwright.model.own_names import PLATFORM_NAMES, reserved_names
from tierwright.model.platform import PLACEHOLDER
from tierwright.model.port_rules import PORT_RULES
from tierwright.model.references import Setting, dangling, text_of

T = TypeVar("T")

PLACEHOLDERS = frozenset({"publicUrl"})


class CatalogueRules:
    """The rules of one catalogue. What its schema refuses is UNSOUND in it, and no rule says more of that."""

    def __init__(self, document: YamlNode, catalogue: Catalogue) -> None:
        self._document = document
        self._catalogue = catalogue
        data_services = dict(until_unsound(lambda: catalogue.data_services.present().items()))
        services = dict(until_unsound(lambda: [*catalogue.services.items()]))
        self._known = {
            name: entry if entry is UNSOUND else entry.tier for name, entry in (data_services | services | data_services).items()
        }
        self._data_services = _sound(data_services)
        components = until_unsound(lambda: catalogue.components)
        self._possible = {one.name for one in components if one.connection is not None}
        """The data services that a platform can have."""
        self._services = _sound(services)
        self._rank: dict[str, int] = {}
        for _, tier in numbered(catalogue.tiers):
            if tier.name is not UNSOUND:
                self._rank.setdefault(tier.name, len(self._rank))

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong; each rule as far as it is about what is sound."""
        for rule in self._rules():
            yield from until_unsound(rule)

    def _rules(self) -> Iterator[Iterator[Problem]]:
        yield self._tiers()
        for kind, entries in (("dataServices", self._data_services), ("services", self._services)):
            for name, entry in entries.items():
                yield self._tier(kind, name, entry)
        yield self._name()
        yield self._names()
        yield self._secret_names()
        for name, data_service in self._data_services.items():
            yield self._port(name, data_service)
        yield self._url_variables()
        for name, service in self._services.items():
            yield from (self._complaints(name, rule(name, service)) for rule in PORT_RULES)
            for key in ("secrets", "external"):
                yield self._references(name, service, key)
            yield self._own_variables(name, service)
            yield self._placeholders(name, service)
            yield self._complaints(name, mount_complaints(service))
            yield self._references_of_variables(name, service)
        yield self._needs()

    def _problem(self, path: Path, wrong: str, allowed: str) -> Problem:
        return Problem(self._document.locate(path), dotted(path), wrong, allowed, path)

    def _unknown(self, path: Path, what: str, name: str, known: Collection[str]) -> Problem:
        return self._problem(path, f"there is no {what} `{name}`", choices(name, known))

    def _tiers(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for at, tier in numbered(self._catalogue.tiers):
            if tier.name is UNSOUND:
                continue
            if tier.name in seen:
                yield self._problem(
                    ("tiers", at, "name"), f"the tier `{tier.name}` is listed twice", "give each tier a name of its own"
                )
            seen.add(tier.name)

    def _tier(self, kind: str, name: str, entry: DataService | Service) -> Iterator[Problem]:
        tiers = [tier.name for tier in self._catalogue.tiers]  # ends here where they are unsound
        if entry.tier not in tiers:
            yield self._unknown((kind, name, "tier"), "tier", entry.tier, list(self._rank))

    def _name(self) -> Iterator[Problem]:
        if self._catalogue.name in PLATFORM_NAMES:
            yield self._problem(("name",), f"the name `{self._catalogue.name}` is reserved", "choose another name")

    def _names(self) -> Iterator[Problem]:
        for name in reserved_names(self._catalogue):
            yield self._problem(("services", name), f"the name `{name}` is reserved", "choose another name")

    def _secret_names(self) -> Iterator[Problem]:
        for name in self._catalogue.secrets:
            if any(name in part.secrets for part in self._catalogue.parts()):
                yield self._problem(("secrets", name), f"the name `{name}` is reserved", "choose another name")

    def _port(self, name: str, entry: DataService) -> Iterator[Problem]:
        """Services may share ports, since each pod has an address of its own; a server cannot listen twice on one."""
        connection = self._catalogue.connected()[name].connection
        others = () if connection is None else connection.other_ports
        if entry.port in others:
            allowed = f"allowed: a port other than {', '.join(map(str, others))}"
            yield self._problem(("dataServices", name, "port"), f"{name} listens on {entry.port} for something else", allowed)

    def _references(self, name: str, service: Service, key: str) -> Iterator[Problem]:
        kinds: dict[str, tuple[str, Collection[str]]] = {
            "secrets": ("secret", self._catalogue.secrets),
            "external": ("external destination", self._catalogue.external),
        }
        what, known = kinds[key]
        used: list[str] = []
        for at, one in numbered(getattr(service, key)):
            if one not in known:
                yield self._unknown(("services", name, key, at), what, one, list(known))
            elif one in used:
                yield self._problem(("services", name, key, at), f"`{one}` is listed twice", "name each once")
            used.append(one)

    def _url_variables(self) -> Iterator[Problem]:
        carriers: dict[str, str] = {}
        for kind, entries in (("dataServices", self._data_services), ("services", self._services)):
            for name, entry in entries.items():
                if entry.url_variable is UNSOUND:
                    continue
                variable = self._catalogue.url_variable(name)
                owner = carriers.setdefault(variable, name)
                if owner != name or variable in OF_EVERY_SERVICE:
                    wrong = f"{variable} carries {'the URL of ' + owner if owner != name else 'something else'} already"
                    yield self._problem((kind, name, "urlVariable"), wrong, "choose another variable")

    def _own_variables(self, name: str, service: Service) -> Iterator[Problem]:
        """Each variable of a service has one origin."""
        owners: dict[str, Derived] = {}
        for one in derived_variables(self._catalogue, name):
            owner = owners.setdefault(one.name, one)
            # Two needs with one variable are reported by the rules of URL variables.
            reported = owner.does == one.does or (one.need and (owner.need or owner.name in OF_EVERY_SERVICE))
            if owner is not one and not reported:
                yield self._problem(("services", name, *one.path), *_twofold(one, owner))
        for variable in service.environment:
            if variable in owners:
                path = ("services", name, "environment", variable)
                yield self._problem(path, f"{variable} {owners[variable].does}", "remove it here")

    def _placeholders(self, name: str, service: Service) -> Iterator[Problem]:
        for variable, text in service.environment.items():
            for placeholder in PLACEHOLDER.findall(text) if text is not UNSOUND else ():
                if placeholder not in PLACEHOLDERS:
                    path = ("services", name, "environment", variable)
                    known = ", ".join(f"${{{one}}}" for one in sorted(PLACEHOLDERS))
                    yield self._problem(path, f"there is no placeholder `${{{shown(placeholder)}}}`", f"allowed: {known}")

    def _complaints(self, name: str, complaints: Iterator[Complaint]) -> Iterator[Problem]:
        for path, wrong, allowed in complaints:
            yield self._problem(("services", name, *path), wrong, allowed)

    def _references_of_variables(self, name: str, service: Service) -> Iterator[Problem]:
        known = [one.name for one in derived_variables(self._catalogue, name)]
        settings = [Setting(variable, text_of(text)) for variable, text in service.environment.items()]
        for setting, wrong, allowed in dangling(known, settings):
            yield self._problem(("services", name, "environment", setting.name), wrong, allowed)

    def _needs(self) -> Iterator[Problem]:
        """The needs one by one, then the cycles among those that are sound: all of them, so that one run is enough."""
        known: dict[str, list[str]] = {}
        forward: list[tuple[str, int, str]] = []
        for name, service in self._services.items():
            known[name], seen = [], list[str]()
            for at, need in numbered(service.needs):
                found = list(until_unsound(self._need(name, at, need, seen)))
                yield from found
                if not found and need in self._known and need not in seen:
                    if self._is_later(need, service):
                        forward.append((name, at, need))
                    if need not in self._data_services:  # those wait for nothing
                        known[name].append(need)
                seen.append(need)
        for name, at, need in forward:
            yield self._later(name, at, need, find_path(known, need, name))
        for name, _, need in forward:
            known[name] = [one for one in known[name] if one != need]
        for cycle in find_cycles(known):
            path = ("services", cycle[0], "needs", self._services[cycle[0]].needs.index(cycle[1]))
            wrong = f"the needs form a cycle: {' -> '.join(cycle)}"
            yield self._problem(path, wrong, f"drop the need of {cycle[1]} here; without those that are named so no cycle is left")

    def _need(self, name: str, at: int, need: str, others: Collection[str]) -> Iterator[Problem]:
        path = ("services", name, "needs", at)
        if need not in self._known and need in self._possible:
            self._catalogue.data_services.present()  # ends here where they are unsound
            yield self._problem(path, f"the platform has no {need}", "add it to dataServices, or drop the need")
        elif need not in self._known:
            yield self._unknown(path, "service", need, list(self._known))
        elif need in others:
            yield self._problem(path, f"`{need}` is listed twice", "name each need once")

    def _is_later(self, need: str, service: Service) -> bool:
        ranks = [self._rank.get(tier) for tier in (self._known[need], service.tier) if tier is not UNSOUND]
        return len(ranks) == 2 and None not in ranks and ranks[0] > ranks[1]  # type: ignore[operator]

    def _later(self, name: str, at: int, need: str, back: tuple[str, ...]) -> Problem:
        """A need of a later tier; `back` is the way from there to `name` along the needs, if there is one."""
        tier = self._known[need]
        wrong = f"{name} (tier {self._known[name]}) needs {need} of the later tier {tier}"
        remedy = f"move {name} to {tier} or later, or drop the need"
        if back:
            remedy = f"drop the need: it would close a cycle in {tier} too, {' -> '.join((name, *back))}"
        return self._problem(("services", name, "needs", at), wrong, remedy)


def _sound(entries: Mapping[str, T]) -> dict[str, T]:
    return {name: entry for name, entry in entries.items() if entry is not UNSOUND}


def _twofold(one: Derived, owner: Derived) -> tuple[str, str]:
    """What is wrong with a variable that follows from two entries, and the way out."""
    if one.need:
        wrong = f"{one.name}, the variable for the URL of {one.need}, {owner.does} already"
        return wrong, f"choose another urlVariable for {one.need}"
    secret = one.does.removeprefix("comes from the secret ")
    return f"the key {one.name} of {secret} {owner.does} already", "give each variable one origin"
