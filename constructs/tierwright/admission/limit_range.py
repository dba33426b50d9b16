"""The LimitRanges of the namespace: each by itself, all together, and against every container, pod and claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tierwright.admission.containers import Defaults, Object, Pods, Side, as_amount
from tierwright.admission.counting import claims_of, claims_of_pods
from tierwright.admission.operated import Operated
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint, Path, dotted
from tierwright.model.quantities import quantity

_OURS = {"defaultRequest": "defaultRequests", "default": "defaultLimits"}
"""The names of the values for the parts of the platform's own LimitRange."""

_RISING = ("min", "defaultRequest", "default", "max")
_SIDES: tuple[tuple[Side, str], ...] = (("requests", "asks for"), ("limits", "may use"))


class Range(msgspec.Struct, frozen=True):
    """An item of a LimitRange; `path` is its path, `keys` are the names of its parts there, where they differ from Kubernetes'."""

    item: Object
    path: Path
    keys: Mapping[str, str]

    @property
    def of(self) -> str:
        """What the item limits: Container, Pod or PersistentVolumeClaim."""
        return str(self.item.get("type"))

    def amounts(self, part: str) -> dict[str, str]:
        """A part, such as `min`, by resource."""
        return {name: str(amount) for name, amount in (self.item.get(part) or {}).items() if amount is not None}

    def key(self, part: str) -> str:
        """The name of a part."""
        return self.keys.get(part, part)

    def at(self, part: str, *resource: str) -> Path:
        """The path of a part."""
        return (*self.path, self.key(part), *resource)

    def defaults(self, side: Side) -> dict[str, tuple[str, str]]:
        """What containers get that set nothing themselves, and from which part, by resource.

        Without a default limit it is the maximum, without a default request that limit, or the minimum for want of both:
        SetDefaults_LimitRangeItem of https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/v1/defaults.go.
        """
        if self.of != "Container":
            return {}
        parts = ("max", "default") if side == "limits" else ("min", "max", "default", "defaultRequest")
        return {name: (amount, part) for part in parts for name, amount in self.amounts(part).items()}


def ranges_of(objects: Sequence[Evaluated]) -> Iterator[Range]:
    """The items of every LimitRange, the platform's own first."""
    for evaluated in sorted(objects, key=lambda evaluated: position(evaluated) is not None):
        if (evaluated.kind, evaluated.api_version) == ("LimitRange", "v1"):
            place = position(evaluated)
            for index, item in enumerate((evaluated.manifest.get("spec") or {}).get("limits") or ()):
                whole: Path = ("namespace", "limitRange") if place is None else ("extraObjects", place, "spec", "limits", index)
                yield Range(item, whole, _OURS if place is None else {})


def defaults_of(ranges: Sequence[Range]) -> Defaults:
    """The defaults for containers that set nothing; where two LimitRanges have one, that of the first."""
    defaults: dict[Side, dict[str, str]] = {"requests": {}, "limits": {}}
    for bounds in ranges:
        for side, amounts in defaults.items():
            for resource, (amount, _) in bounds.defaults(side).items():
                amounts.setdefault(resource, amount)
    return Defaults(requests=defaults["requests"], limits=defaults["limits"])


class _Amount(msgspec.Struct, frozen=True):
    number: Decimal
    written: str


class _Taker(msgspec.Struct, frozen=True):
    """A container, a pod or a claim, with its requests and limits. `more`: others, nobody here knows which, are added to them."""

    name: str
    requests: Mapping[str, _Amount]
    limits: Mapping[str, _Amount]
    more: bool = False

    def sides(self, resource: str) -> Iterator[tuple[_Amount, str]]:
        """Its requests and limits, as far as they are set."""
        for side, does in _SIDES:
            amount: _Amount | None = getattr(self, side).get(resource)
            if amount is not None:
                yield amount, f"{self.name} {does}"


class LimitRangeRules(msgspec.Struct, frozen=True):
    """The rules of all LimitRanges of the namespace; `defaults` are what they give together."""

    ranges: Sequence[Range]
    defaults: Defaults

    def complaints(self, objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated]) -> Iterator[Complaint]:
        """Everything that is wrong."""
        others = [members.pods for members in operated]
        every = [*pods, *others]
        own = [complaint for bounds in self.ranges for complaint in _in_itself(bounds)] or list(self._two_defaults(every))
        yield from own
        if own:
            return
        resources = {name for bounds in self.ranges for part in (*_RISING, _RATIO) for name in bounds.amounts(part)}
        claims = (*claims_of(objects), *claims_of_pods(pods), *(claim for members in operated for claim in members.claims))
        takers = {
            "Container": [self._container(of, container, resources) for of in every for container in of.containers()],
            "Pod": [*(self._pod(of, resources) for of in pods), *(self._pod(of, resources, more=True) for of in others)],
            "PersistentVolumeClaim": [_Taker(name, {"storage": _amount(size)}, {}) for name, size in claims],
        }
        for bounds in self.ranges:
            of_it = takers.get(bounds.of, [])
            yield from _too_little(bounds, of_it)
            yield from _too_much(bounds, of_it)
            yield from _too_far_apart(bounds, of_it)
        yield from self._above_the_default_limit(every)

    def _container(self, of: Pods, container: Object, resources: set[str]) -> _Taker:
        def amounts(side: Side) -> dict[str, _Amount]:
            amounts = ((name, self.defaults.amount(container, side, name)) for name in resources)
            return {name: _amount(amount) for name, amount in amounts if amount is not None}

        return _Taker(f"{container['name']} of {of.kind} {of.name}", amounts("requests"), amounts("limits"))

    def _pod(self, of: Pods, resources: set[str], *, more: bool = False) -> _Taker:
        """A pod, for which a resource is set where one of its containers sets it."""

        def amounts(side: Side) -> dict[str, _Amount]:
            said = (
                name
                for name in resources
                if any(self.defaults.amount(container, side, name) is not None for container in of.containers())
            )
            totals = ((name, self.defaults.total(of, side, name)) for name in said)
            return {name: _Amount(total, as_amount(name, total)) for name, total in totals}

        return _Taker(f"a pod of {of.kind} {of.name}", amounts("requests"), amounts("limits"), more)

    def _two_defaults(self, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """Each LimitRange fills in what is not set yet, in an order that nobody can know."""
        first: dict[tuple[Side, str], tuple[str, Path]] = {}
        for bounds in self.ranges:
            for side, _ in _SIDES:
                for resource, (amount, part) in bounds.defaults(side).items():
                    path = bounds.at(part, resource)
                    other, where = first.setdefault((side, resource), (amount, path))
                    silent = self.defaults.silent(pods, side, resource) if quantity(other) != quantity(amount) else ""
                    if silent:
                        wrong = f"{silent} has no {resource} {side[:-1]} of its own and gets, as it happens, {amount}"
                        yield (
                            path,
                            f"{wrong} or the {other} of {dotted(where)}",
                            "say the same in both, or set that of the container",
                        )

    def _above_the_default_limit(self, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """A container with a request and no limit gets the default limit."""
        for resource, most in self.defaults.limits.items():
            requests = [
                (quantity(asked), asked, f"{container['name']} of {of.kind} {of.name}")
                for of in pods
                for container in of.containers()
                if (asked := self.defaults.unlimited(container, resource)) is not None
            ]
            largest, asked, who = max(requests, key=lambda request: request[0], default=(quantity(most), "", ""))
            if largest > quantity(most):
                wrong = f"{who} has no limit of its own and gets {most}, but asks for {asked}"
                giver = next(bounds for bounds in self.ranges if resource in bounds.defaults("limits"))
                path = giver.at(giver.defaults("limits")[resource][1], resource)
                yield path, wrong, f"set its limit, or allow {asked} here at least"


_RATIO = "maxLimitRequestRatio"


def _amount(written: str) -> _Amount:
    return _Amount(quantity(written), written)


def _in_itself(bounds: Range) -> Iterator[Complaint]:
    """The minimum, the default request, the default limit and the maximum are in ascending order."""
    if bounds.of == "Pod":
        for part in ("default", "defaultRequest"):
            if bounds.amounts(part):
                yield bounds.at(part), "is set in an item of type Pod, which has none", "move it to one of type Container"
    steps = [(part, bounds.amounts(part)) for part in _RISING]
    for index, (part, higher) in enumerate(steps):
        for resource, amount in higher.items():
            for below, lower in reversed(steps[:index]):
                if resource in lower and quantity(lower[resource]) > quantity(amount):
                    wrong = f"{amount} is less than {bounds.key(below)}.{resource}, {lower[resource]}"
                    yield bounds.at(part, resource), wrong, f"allowed: at least {lower[resource]}"
                    break


def _too_little(bounds: Range, takers: Sequence[_Taker]) -> Iterator[Complaint]:
    """For each resource, the smallest request or limit, where it is below the minimum."""
    takers = [taker for taker in takers if not taker.more]
    for resource, least in bounds.amounts("min").items():
        silent = next((taker.name for taker in takers if resource not in taker.requests), None)
        if silent:
            yield bounds.at("min", resource), f"{silent} has no {resource} request, so none is ever made", "set one"
            continue
        sides = [side for taker in takers for side in taker.sides(resource)]
        amount, who = min(sides, default=(_amount(least), ""), key=lambda side: side[0].number)
        if amount.number < quantity(least):
            wrong = f"{least} is more than the {amount.written} that {who}"
            yield bounds.at("min", resource), wrong, f"allowed: at most {amount.written}, or raise that"


def _too_much(bounds: Range, takers: Sequence[_Taker]) -> Iterator[Complaint]:
    """For each resource, the largest request or limit, where it is above the maximum."""
    for resource, most in bounds.amounts("max").items():
        limited = bounds.of != "PersistentVolumeClaim"
        silent = next((taker.name for taker in takers if limited and not taker.more and resource not in taker.limits), None)
        if silent:
            yield bounds.at("max", resource), f"{silent} has no {resource} limit, so none is ever made", "set one"
            continue
        sides = [side for taker in takers for side in taker.sides(resource)]
        amount, who = max(sides, default=(_amount(most), ""), key=lambda side: side[0].number)
        if amount.number > quantity(most):
            wrong = f"{most} is less than the {amount.written} that {who}"
            yield bounds.at("max", resource), wrong, f"allowed: at least {amount.written}, or lower that"


def _too_far_apart(bounds: Range, takers: Sequence[_Taker]) -> Iterator[Complaint]:
    """The limit of a container or pod is at most the permitted multiple of its request."""
    for resource, ratio in bounds.amounts(_RATIO).items():
        for taker in (taker for taker in takers if not taker.more):
            asked, most = taker.requests.get(resource), taker.limits.get(resource)
            path = bounds.at(_RATIO, resource)
            if not asked or not most or not asked.number or not most.number:
                lacks = "limit" if asked and asked.number else "request"
                yield path, f"{taker.name} has no {resource} {lacks}, so none is ever made", "set one"
                break
            if most.number > asked.number * quantity(ratio):
                wrong = (
                    f"{taker.name} asks for {asked.written} and may use {most.written}, which is more than {ratio} times as much"
                )
                yield path, wrong, "raise the request, or lower the limit"
                break
