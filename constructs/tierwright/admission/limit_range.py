"""The LimitRange: in itself, and against every container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierwright.admission.containers import Defaults, Pods, Side
from tierwright.config.problems import Complaint, Path
from tierwright.model.quantities import quantity
from tierwright.model.values import LimitRange

_PATH: Path = ("namespace", "limitRange")
_SIDES: tuple[tuple[Side, str], ...] = (("requests", "asks for"), ("limits", "may use"))


@dataclass(frozen=True)
class LimitRangeRules:
    """The rules of one LimitRange, which is enabled."""

    limit_range: LimitRange
    defaults: Defaults

    def complaints(self, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """Everything that is wrong."""
        own = list(self._in_itself())
        yield from own
        if not own:
            yield from self._below_the_minimum(pods)
            yield from self._above_the_default_limit(pods)

    def _in_itself(self) -> Iterator[Complaint]:
        """The minimum, the default request and the default limit rise."""
        steps = (
            ("min", self.limit_range.min.given()),
            ("defaultRequests", self.limit_range.default_requests.given()),
            ("defaultLimits", self.limit_range.default_limits.given()),
        )
        for at, (key, higher) in enumerate(steps):
            for resource, amount in higher.items():
                for below, lower in reversed(steps[:at]):
                    if resource in lower and quantity(lower[resource]) > quantity(amount):
                        wrong = f"{amount} is less than {below}.{resource}, {lower[resource]}"
                        yield (*_PATH, key, resource), wrong, f"allowed: at least {lower[resource]}"
                        break

    def _below_the_minimum(self, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """Of each resource the least that any container asks for, or may use, where that is too little."""
        for resource, least in self.limit_range.min.given().items():
            found = [
                (quantity(amount), amount, f"{container['name']} of {of.kind} {of.name} {does}")
                for of in pods
                for container in of.containers()
                for side, does in _SIDES
                if (amount := self.defaults.amount(container, side, resource)) is not None
            ]
            smallest, amount, who = min(found, key=lambda one: one[0], default=(quantity(least), "", ""))
            if smallest < quantity(least):
                yield (
                    (*_PATH, "min", resource),
                    f"{least} is more than the {amount} that {who}",
                    f"allowed: at most {amount}, or raise that",
                )

    def _above_the_default_limit(self, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """A container that says a request and no limit gets the default one."""
        for resource, most in self.defaults.limits.items():
            found = [
                (quantity(asked), asked, f"{container['name']} of {of.kind} {of.name}")
                for of in pods
                for container in of.containers()
                if (asked := self.defaults.unlimited(container, resource)) is not None
            ]
            largest, asked, who = max(found, key=lambda one: one[0], default=(quantity(most), "", ""))
            if largest > quantity(most):
                wrong = f"{who} has no limit of its own and gets {most}, but asks for {asked}"
                yield (*_PATH, "defaultLimits", resource), wrong, f"set its limit, or allow {asked} here at least"
