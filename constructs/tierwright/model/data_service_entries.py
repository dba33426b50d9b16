"""The rules of the data services of a catalogue: kinds, names, ports, variables."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Problem, choices, shown
from tierwright.model.catalogue import DataService, further_variable
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.part import DATA_SERVICES, DIRECT, READS

LONGEST_SERVER = 52
"""The most characters of a StatefulSet's name: https://github.com/kubernetes/kubernetes/issues/64023."""


class DataServiceEntryRules(CatalogueChecks):
    """Each data service is of a kind that there is, and has what it needs to itself."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule."""
        yield self._passwords()
        for name, data_service in self._data_services.items():
            yield self._kind(name, data_service)
            yield self._length(name)
            yield self._port(name, data_service)
            yield self._variables(name, data_service)
            yield self._clients(name, data_service)

    def _kind(self, name: str, entry: DataService) -> Iterator[Problem]:
        if entry.kind is None and name not in self._kinds:
            wrong = f"is missing, and {shown(name)} is no kind of data service"
            yield self._problem((DATA_SERVICES, name, "kind"), wrong, choices(name, self._kinds))

    def _length(self, name: str) -> Iterator[Problem]:
        """Its pods get a label that appends a number of up to ten digits to the name of the StatefulSet, and has 63 characters."""
        if len(name) > LONGEST_SERVER:
            wrong = f"the name has {len(name)} characters, too many for a StatefulSet"
            yield self._problem((DATA_SERVICES, name), wrong, f"use at most {LONGEST_SERVER}")

    def _passwords(self) -> Iterator[Problem]:
        """Each data service has a variable of its own for its password."""
        holders: dict[str, str] = {}
        for name, part in self._catalogue.connected().items():
            variable = "" if part.connection is None else part.connection.password_variable
            holder = holders.setdefault(variable, name)
            if holder != name:
                later = name if part.place[0] == DATA_SERVICES else holder
                wrong = f"{variable} would hold its password, but holds that of {holder if later == name else name}"
                yield self._problem((DATA_SERVICES, later), wrong, "choose another name")

    def _variables(self, name: str, entry: DataService) -> Iterator[Problem]:
        """Only what has a further endpoint has a variable for its URL."""
        for key in (READS, DIRECT):
            if further_variable(entry, key) is not None and key not in self._catalogue.further_endpoints(name):
                path = (DATA_SERVICES, name, f"{key}Variable")
                yield self._problem(path, f"{name} has no endpoint `{key}`", "remove it")

    def _port(self, name: str, entry: DataService) -> Iterator[Problem]:
        """Services may share ports, since each pod has an address of its own; a server cannot listen twice on one."""
        part = self._catalogue.connected().get(name)
        others = part.connection.other_ports if part is not None and part.connection is not None else ()
        if entry.port in others:
            allowed = f"allowed: a port other than {', '.join(map(str, others))}"
            yield self._problem((DATA_SERVICES, name, "port"), f"{name} listens on {entry.port} for something else", allowed)

    def _clients(self, name: str, entry: DataService) -> Iterator[Problem]:
        """What clients speak is something that there is for its kind."""
        part = self._catalogue.connected().get(name)
        known = part.connection.clients if part is not None and part.connection is not None else {}
        if entry.clients != "single" and part is not None and entry.clients not in known:
            wrong = f"clients of {part.kind} reach each topology in the same way"
            yield self._problem((DATA_SERVICES, name, "clients"), wrong, "remove it")
