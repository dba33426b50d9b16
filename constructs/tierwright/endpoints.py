"""Endpoints: where something listens, as one value. Gates, URLs and network policies are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tierwright.expressions.conditions import NEVER, Condition, all_of, any_of, opposite
from tierwright.expressions.tree import pick, switch
from tierwright.model.labels import NAME_LABEL


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Host, port and TLS of something, as the pods of the namespace see it.

    In the cluster, `pods` is the workload whose pods answer, the value of their label `label`, on `target_port` where that is
    another than the port of the Service, and on `further_ports` what else clients ask there;
    outside the cluster, `networks` contain it. `transport` is TCP or UDP. `switched` makes an endpoint that depends on a value,
    such as a topology: `word` is the token of that value, `cases` has the endpoint for each of its words. `either` makes one that
    depends on a condition: `sides` are that one, the endpoint where it holds, and the one where it does not.
    """

    host: str
    port: int
    target_port: int | None = None
    further_ports: tuple[int, ...] = ()
    transport: str = "TCP"
    tls: Condition | bool = NEVER
    pods: str = ""
    label: str = NAME_LABEL
    networks: list[str] | None = None
    word: str = ""
    cases: Mapping[str, Endpoint] | None = None
    sides: tuple[Condition, Endpoint, Endpoint] | None = None

    @classmethod
    def switched(cls, word: str, cases: Mapping[str, Endpoint]) -> Endpoint:
        """The endpoint that belongs to the word that a value is. Arguments and errors are those of `switch`."""
        host, port, tls = (
            switch(word, {case: getattr(endpoint, name) for case, endpoint in cases.items()}) for name in ("host", "port", "tls")
        )
        return cls(host=host, port=port, tls=tls, word=word, cases=cases)

    @classmethod
    def either(cls, condition: Condition, then: Endpoint, otherwise: Endpoint) -> Endpoint:
        """One endpoint where the condition holds, else the other."""
        host, port = (pick(condition, getattr(then, name), getattr(otherwise, name)) for name in ("host", "port"))
        tls = any_of(all_of(condition, then.tls), all_of(opposite(condition), otherwise.tls))
        return cls(host=host, port=port, tls=tls, sides=(condition, then, otherwise))

    def each(self, tell: Callable[[Endpoint], Any]) -> Any:
        """What `tell` gives for this endpoint; if it depends on values, a tree of what `tell` gives for each that it can be."""
        if self.sides is not None:
            condition, then, otherwise = self.sides
            return pick(condition, then.each(tell), otherwise.each(tell))
        if self.cases is None:
            return tell(self)
        told = {id(endpoint): tell(endpoint) for endpoint in self.cases.values()}  # words of the same endpoint have the same tree
        return switch(self.word, {case: told[id(endpoint)] for case, endpoint in self.cases.items()})

    @property
    def address(self) -> str:
        """Host and port, as a URL has them."""
        address: str = self.each(lambda endpoint: f"{endpoint.host}:{endpoint.port}")
        return address
