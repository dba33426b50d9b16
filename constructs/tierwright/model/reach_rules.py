"""The rules of what services reach: their needs, their uses, and what they leave out of `everyService`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tierwright.config.problems import Path, Problem, choices, enumerated, shown
from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import EveryService
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.every_service import given, origin
from tierwright.model.graph import find_cycles, find_path
from tierwright.model.reach import WAYS, Reach, Way, reaches
from tierwright.model.service import Service
from tierwright.model.workloads import ends, nature_of

ONE = {"needs": "need", "uses": "use"}
"""One of a list, in words."""

NO_WAIT = "`uses`, which does not wait"
DROP = "drop one of the two"


class ReachRules(CatalogueChecks):
    """Everything that is reached exists, nothing is both needed and used, and needs can be met in some order."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule."""
        for path, name, holder in self._holders():
            for way in WAYS:
                yield self._targets(path, name, holder, way)
        for name, service in self._services.items():
            yield self._both(name, service)
            yield self._without(name, service)
        yield self._both_for_all()
        yield self._order()

    def _targets(self, path: Path, name: str, holder: EveryService | Service, way: Way) -> Iterator[Problem]:
        """What a list of needs or uses names."""
        seen: list[str] = []
        for reach in reaches(**{way: getattr(holder, way)}):
            yield from until_unsound(self._target((*path, *reach.path), name, reach, seen))
            seen.append(reach.target)

    def _target(self, path: Path, name: str, reach: Reach, others: Collection[str]) -> Iterator[Problem]:
        owner, noun = reach.owner, ONE[reach.way]
        if owner not in self._known and owner in self._kinds:
            len(self._catalogue.data_services)  # ends here where they are unsound
            yield self._problem(path, f"the platform has no {owner}", f"add it to dataServices, or drop the {noun}")
        elif owner not in self._known:
            yield self._unknown(path, "service", owner, list(self._known))
        elif reach.target in others:
            yield self._problem(path, f"`{reach.target}` is listed twice", f"name each {noun} once")
        elif owner == name and name not in self._data_services:  # else it is meant, and the service has its name
            yield self._problem(path, f"{name} {noun}s itself", f"drop the {noun}")
        elif self._ends(owner):
            yield self._problem(path, *self._ending(owner, noun))
        else:
            yield from self._at_port(path, reach)

    def _at_port(self, path: Path, reach: Reach) -> Iterator[Problem]:
        """There is a port to connect to, and one that can be asked whether it is ready."""
        service, owner = self._services.get(reach.owner), reach.owner
        if owner in self._data_services and not self._catalogue.has(reach.target):
            yield self._problem(path, *self._endpoint(owner, reach.port))
        if service is None:
            return
        ports = {port.key: port for port in service.all_ports}
        if reach.port and reach.port not in ports:
            yield self._problem(path, f"{owner} has no port `{reach.port}` among its `ports`", choices(reach.port, service.ports))
        elif reach.waits and reach.port and ports[reach.port].transport == "UDP":
            yield self._problem(path, f"{reach.target} is a UDP port, for which nobody can wait", f"write it in {NO_WAIT}")
        elif reach.port not in ports and not reach.waits:
            named = f", name one of its `ports`, such as {owner}:{next(iter(ports))}," if ports else ""
            yield self._problem(path, f"{owner} has no port, so nobody can use it", f"give it a `port`{named} or drop the use")

    def _endpoint(self, owner: str, key: str) -> tuple[str, str]:
        """What is wrong with a further endpoint that a data service does not have, and the way out."""
        if further := self._catalogue.further_endpoints(owner):
            return f"{owner} has no endpoint `{key}`", choices(key, further)
        return f"{owner} has no port `{key}`: it has one alone", f"write {owner}"

    def _both(self, name: str, service: Service) -> Iterator[Problem]:
        """A service does not both need and use the same: by what it says itself, or with what everyService gives it."""
        needs = {reach.target: ("services", name, *reach.path) for reach in service.reaches if reach.waits}
        for reach in service.reaches:
            if reach.waits or reach.target not in needs:
                continue
            need, use, target = needs[reach.target], ("services", name, *reach.path), reach.target
            if self._is_inherited(need) != self._is_inherited(use):
                own, verb = (need, "uses") if self._is_inherited(use) else (use, "needs")
                wrong = f"{name} {verb} {target} already, by everyService"
                yield self._problem(own, wrong, f"drop it here, or add `without: [{target}]` to {name}")
            elif not self._is_inherited(use):
                yield self._problem(use, f"{name} needs {target} already, and a need reaches it too", DROP)

    def _both_for_all(self) -> Iterator[Problem]:
        every = self._written.every_service
        needs = [target for _, target in numbered(every.needs)]
        for index, target in numbered(every.uses):
            if target in needs:
                wrong = f"everyService needs {target} already, and a need reaches it too"
                yield self._problem(("everyService", "uses", index), wrong, DROP)

    def _without(self, name: str, service: Service) -> Iterator[Problem]:
        """What a service leaves out is in everyService."""
        every, catalogue = self._written.every_service, self._written
        names = list(dict.fromkeys(given(every)))  # ends here where a part is unsound
        known = {*self._known, *catalogue.secrets, *catalogue.external, *every.environment}
        if not known.issuperset(left_out.partition(":")[0] for left_out in names):
            return  # one of these names is told of already, and may be meant here
        seen: list[str] = []
        for index, left_out in numbered(service.without):
            path = ("services", name, "without", index)
            if left_out not in names:
                yield self._problem(path, f"everyService has no `{shown(left_out)}`", choices(left_out, names))
            elif left_out in seen:
                yield self._problem(path, f"`{left_out}` is listed twice", "name each once")
            seen.append(left_out)

    def _order(self) -> Iterator[Problem]:
        """Needs of later tiers, then the cycles among the other needs: all of them, so that one run is enough."""
        needs: dict[str, list[str]] = {}
        later: list[tuple[str, Reach]] = []
        for name, service in self._services.items():
            needs[name], seen = [], set[str]()
            for reach in service.reaches:
                if not reach.waits or self._is_refused(name, reach) or reach.target in seen:
                    continue  # other rules tell of it
                seen.add(reach.target)
                if self._is_later(reach.owner, service):
                    later.append((name, reach))
                if reach.owner not in self._data_services:  # those wait for nothing
                    needs[name].append(reach.owner)
        for name, reach in later:
            yield self._later(name, reach, find_path(needs, reach.owner, name))
        for name, reach in later:
            needs[name] = [need for need in needs[name] if need != reach.owner]
        once = {name: dict.fromkeys(owners) for name, owners in needs.items()}
        yield from self._cycles(list(find_cycles(once, prefers=lambda *pair: self._is_inherited(self._first(pair)[0]))))

    def _is_refused(self, name: str, reach: Reach) -> bool:
        """Whether a service cannot need something whatever the order, which other rules tell of."""
        return reach.owner not in self._known or reach.owner == name or self._ends(reach.owner)

    def _ends(self, name: str) -> bool:
        return name in self._services and ends(self._services[name])

    def _ending(self, name: str, noun: str) -> tuple[str, str]:
        """What is wrong with reaching a service whose pods end, and the way out."""
        service, cannot = self._services[name], "wait for" if noun == ONE["needs"] else "connect to"
        prepare = "; what must be done before a service starts can be a step of its `prepare`" if service.run else ""
        return f"{name} {nature_of(service)}, so nobody can {cannot} it", f"drop the {noun}{prepare}"

    def _is_later(self, owner: str, service: Service) -> bool:
        ranks = [self._rank.get(tier) for tier in (self._known[owner], service.tier) if tier is not UNSOUND]
        return len(ranks) == 2 and None not in ranks and ranks[0] > ranks[1]  # type: ignore[operator]

    def _later(self, name: str, reach: Reach, back: tuple[str, ...]) -> Problem:
        """A need of a later tier; `back` is the way from there to `name` along the needs, if there is one."""
        path, target, tier = ("services", name, *reach.path), reach.target, self._known[reach.owner]
        if self._is_inherited(path):
            allowed = f"write it in {NO_WAIT}, or leave it out there by `without: [{target}]`"
            return self._problem(path, f"{target} is in the later tier {tier}", allowed)
        wrong = f"{name} (tier {self._known[name]}) needs {target} of the later tier {tier}"
        if back:
            cycle = " -> ".join((name, *back))
            return self._problem(path, wrong, f"write it in {NO_WAIT}: as a need it would close a cycle in {tier} too, {cycle}")
        return self._problem(path, wrong, f"move {name} to {tier} or later, or write it in {NO_WAIT}")

    def _cycles(self, cycles: list[tuple[str, ...]]) -> Iterator[Problem]:
        """A problem for each cycle; those that needs of everyService close are one for each such need."""
        inherited: dict[Path, list[tuple[str, ...]]] = {}
        for cycle in cycles:
            path, targets = self._first(cycle)
            if self._is_inherited(path):
                inherited.setdefault(origin(self._written, path), []).append(cycle)
            else:
                yield self._cycle(path, cycle, f"write {enumerated(targets)} in {NO_WAIT}, or drop the need")
        for path, closed in inherited.items():
            names, targets = enumerated([cycle[0] for cycle in closed]), self._first(closed[0])[1]
            out = f"leave it out of {names} by `without: [{', '.join(targets)}]`"
            yield self._cycle(path, closed[0], f"write {enumerated(targets)} in {NO_WAIT}, or {out}")

    def _first(self, cycle: tuple[str, ...]) -> tuple[Path, list[str]]:
        """The need with which a cycle begins: its path, and what is written, perhaps several ports of one service."""
        name, owner = cycle[:2]
        needs = [reach for reach in self._services[name].reaches if reach.waits and reach.owner == owner]
        return ("services", name, *needs[0].path), list(dict.fromkeys(need.target for need in needs))

    def _cycle(self, path: Path, cycle: tuple[str, ...], allowed: str) -> Problem:
        rest = "without the needs that are named so no cycle is left"
        return self._problem(path, f"the needs form a cycle: {' -> '.join(cycle)}", f"{allowed}; {rest}")
