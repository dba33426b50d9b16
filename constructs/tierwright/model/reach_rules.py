"""The rules of what services reach: their needs, their uses, and what they leave out of `everyService`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tierwright.config.problems import Path, Problem, choices, enumerated, shown
from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import EveryService, Service
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.every_service import given, origin
from tierwright.model.graph import find_cycles, find_path
from tierwright.model.reach import WAYS, Reach, Way

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
        for at, target in numbered(getattr(holder, way)):
            yield from until_unsound(self._target((*path, way, at), name, target, ONE[way], seen))
            seen.append(target)

    def _target(self, path: Path, name: str, target: str, one: str, others: Collection[str]) -> Iterator[Problem]:
        if target not in self._known and target in self._kinds:
            len(self._catalogue.data_services)  # ends here where they are unsound
            yield self._problem(path, f"the platform has no {target}", f"add it to dataServices, or drop the {one}")
        elif target not in self._known:
            yield self._unknown(path, "service", target, list(self._known))
        elif target in others:
            yield self._problem(path, f"`{target}` is listed twice", f"name each {one} once")
        elif target == name:
            yield self._problem(path, f"{name} {one}s itself", f"drop the {one}")

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
        for at, target in numbered(every.uses):
            if target in needs:
                wrong = f"everyService needs {target} already, and a need reaches it too"
                yield self._problem(("everyService", "uses", at), wrong, DROP)

    def _without(self, name: str, service: Service) -> Iterator[Problem]:
        """What a service leaves out is in everyService."""
        every, catalogue = self._written.every_service, self._written
        names = list(dict.fromkeys(given(every)))  # ends here where a part is unsound
        if not {*self._known, *catalogue.secrets, *catalogue.external, *every.environment}.issuperset(names):
            return  # one of these names is told of already, and may be meant here
        seen: list[str] = []
        for at, one in numbered(service.without):
            path = ("services", name, "without", at)
            if one not in names:
                yield self._problem(path, f"everyService has no `{shown(one)}`", choices(one, names))
            elif one in seen:
                yield self._problem(path, f"`{one}` is listed twice", "name each once")
            seen.append(one)

    def _order(self) -> Iterator[Problem]:
        """Needs of later tiers, then the cycles among the other needs: all of them, so that one run is enough."""
        needs: dict[str, list[str]] = {}
        later: list[tuple[str, Reach]] = []
        for name, service in self._services.items():
            needs[name], seen = [], {name}
            for reach in service.reaches:
                if not reach.waits or reach.target not in self._known or reach.target in seen:
                    continue  # other rules tell of it
                seen.add(reach.target)
                if self._is_later(reach.target, service):
                    later.append((name, reach))
                if reach.target not in self._data_services:  # those wait for nothing
                    needs[name].append(reach.target)
        for name, reach in later:
            yield self._later(name, reach, find_path(needs, reach.target, name))
        for name, reach in later:
            needs[name] = [one for one in needs[name] if one != reach.target]
        yield from self._cycles(list(find_cycles(needs)))

    def _is_later(self, target: str, service: Service) -> bool:
        ranks = [self._rank.get(tier) for tier in (self._known[target], service.tier) if tier is not UNSOUND]
        return len(ranks) == 2 and None not in ranks and ranks[0] > ranks[1]  # type: ignore[operator]

    def _later(self, name: str, reach: Reach, back: tuple[str, ...]) -> Problem:
        """A need of a later tier; `back` is the way from there to `name` along the needs, if there is one."""
        path, target, tier = ("services", name, *reach.path), reach.target, self._known[reach.target]
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
            name, target = cycle[:2]
            need = next(reach for reach in self._services[name].reaches if reach.waits and reach.target == target)
            path = ("services", name, *need.path)
            if self._is_inherited(path):
                inherited.setdefault(origin(self._written, path), []).append(cycle)
            else:
                yield self._cycle(path, cycle, f"write {target} in {NO_WAIT}, or drop the need")
        for path, closed in inherited.items():
            names, target = enumerated([cycle[0] for cycle in closed]), closed[0][1]
            allowed = f"write {target} in {NO_WAIT}, or leave it out of {names} by `without: [{target}]`"
            yield self._cycle(path, closed[0], allowed)

    def _cycle(self, path: Path, cycle: tuple[str, ...], allowed: str) -> Problem:
        rest = "without the needs that are named so no cycle is left"
        return self._problem(path, f"the needs form a cycle: {' -> '.join(cycle)}", f"{allowed}; {rest}")
