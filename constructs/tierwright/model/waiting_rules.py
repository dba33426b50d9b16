"""The rule of services without pods: the gates of others wait for them for ever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile

from tierwright.config.problems import Path, Problem
from tierwright.config.soundness import until_unsound
from tierwright.model.checks import Checks

NO_PODS = "%s has no pods, but %s waits for it for ever"
"""What is wrong: the service and one that waits for it, for Python and for Go."""

LEAVE_OUT = "raise it, or set enabled: false for %s"
"""The way out: the services that are left out then."""


class WaitingRules(Checks):
    """Who has a number of pods above zero is waited for, and who has none is not. An autoscaler has at least one."""

    def problems(self) -> Iterator[Problem]:
        """The first error of each place: one number in `defaults` may take the pods of many services."""
        reported: set[Path] = set()
        for name in self._platform.catalogue.services:
            for problem in until_unsound(self._of(name)):
                if problem.at not in reported:
                    yield problem
                reported.add(problem.at)

    def _of(self, name: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        if not values.enabled or values.smallest > 0:
            return
        for client, needs in self._waiting(name):
            if self._platform.values_of(client).enabled and self._platform.values_of(client).smallest > 0:
                both = needs and not self._platform.service(name).optional
                wrong, allowed = NO_PODS % (name, client), LEAVE_OUT % (f"{name} and {client}" if both else name)
                yield self._problem(self._of_service(name, ("replicas",)), wrong, allowed)
                return

    def _waiting(self, name: str) -> Iterator[tuple[str, bool]]:
        """Whose gates never go on without a service, and whether it is by a need; a need comes before the order of the tiers."""
        services = self._platform.catalogue.services
        for client, service in services.items():
            if name in service.awaited:
                yield client, True
        if self._values.startup.order == "tiers" and self._values.startup.tier_patience == 0:
            tiers = [tier.name for tier in self._platform.catalogue.tiers]
            later = list(dropwhile(lambda tier: tier != services[name].tier, tiers))[1:]
            yield from ((client, False) for client, service in services.items() if service.tier in later)
