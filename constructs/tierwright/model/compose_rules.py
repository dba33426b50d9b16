"""The rules of what Compose and Swarm need to know: names of one meaning, and nothing that has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Complaint, Problem
from tierwright.config.soundness import numbered, until_unsound
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.service import Service

_LOOPBACK = "localhost"
"""The name of a host that nobody asks others about."""


class ComposeRules(CatalogueChecks):
    """Each name in the network leads to one workload, and what is said of a service is of use there."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule."""
        yield self._aliases()
        for name, service in self._services.items():
            for rule in (_needless_aliases, _needless_context, _needless_tool):
                yield (self._problem(("services", name, "compose", *path), *said) for path, *said in rule(name, service))

    def _aliases(self) -> Iterator[Problem]:
        owners = {_LOOPBACK: "each container itself", **{name: name for name in self._known}}
        for name, service in self._services.items():
            own: list[str] = []
            for index, alias in until_unsound(_aliases_of(service)):
                owner = owners.setdefault(alias, name)
                path = ("services", name, "compose", "aliases", index)
                if owner != name:
                    yield self._problem(path, f"{alias} leads to {owner} already", "choose another name")
                elif alias == name:
                    yield self._problem(path, f"others reach {name} by its own name anyway", "remove it")
                elif alias in own:
                    yield self._problem(path, f"`{alias}` is listed twice", "name each once")
                own.append(alias)


def _aliases_of(service: Service) -> Iterator[tuple[int, str]]:
    if service.compose is not None:
        yield from numbered(service.compose.aliases)


def _needless_aliases(name: str, service: Service) -> Iterator[Complaint]:
    if service.compose is not None and service.compose.aliases and not service.all_ports:
        yield ("aliases",), f"{name} has no port, so nobody can connect to it", "remove them"


def _needless_context(name: str, service: Service) -> Iterator[Complaint]:
    """That an image is another one by the values is no error: they may say so in one environment and not in another."""
    if service.compose is not None and service.compose.context is not None and service.image is not None:
        yield ("context",), f"{name} runs the image of {service.image.of}, so none is built for it", "remove it"


def _needless_tool(name: str, service: Service) -> Iterator[Complaint]:
    if service.compose is not None and service.compose.health_tool is not None:
        kind = service.probe_handler.kind
        if kind == "none":
            yield ("healthTool",), f"{name} has no health that could be asked for", "remove it"
        elif kind != "http":
            yield ("healthTool",), f"the health of {name} is {kind}, so nobody asks for it by HTTP", "remove it"
