"""Endpoints: where something listens, as one value from which gates, URLs and network policies are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tierwright.expressions.conditions import NEVER, Condition
from tierwright.expressions.tree import switch


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Host, port, and whether it speaks TLS, as the pods of the namespace see it.

    In the namespace the pods of the workload `pods` answer; outside of the cluster it is in `networks`. One that depends on a
    value, such as a topology, comes of `switched`; it is among `cases` then, by the words of that value.
    """

    host: str
    port: int
    tls: Condition | bool = NEVER
    pods: str = ""
    networks: list[str] | None = None
    word: str = ""
    cases: Mapping[str, Endpoint] | None = None

    @classmethod
    def switched(cls, word: str, cases: Mapping[str, Endpoint]) -> Endpoint:
        """The endpoint of the word that a value is. Raises TraceError for a word without one, and for one without a word."""
        host, port, tls = (
            switch(word, {case: getattr(endpoint, name) for case, endpoint in cases.items()}) for name in ("host", "port", "tls")
        )
        return cls(host=host, port=port, tls=tls, word=word, cases=cases)

    def each(self, tell: Callable[[Endpoint], Any]) -> Any:
        """What `tell` says of it; of one that is switched, a switch of what it says of each case."""
        if self.cases is None:
            return tell(self)
        return switch(self.word, {case: tell(endpoint) for case, endpoint in self.cases.items()})

    @property
    def address(self) -> str:
        """Host and port, as a URL has them."""
        address: str = self.each(lambda one: f"{one.host}:{one.port}")
        return address
