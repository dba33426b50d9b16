"""The rules of the values that every data service has."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Path, Problem
from tierwright.config.soundness import numbered, until_unsound
from tierwright.model.checks import EPHEMERAL_STORAGE, RESOURCES, ROOM, Checks, is_everybody, overflow
from tierwright.model.data_values import Operation
from tierwright.model.names import is_cidr, joined
from tierwright.model.part import Part
from tierwright.model.quantities import quantity


class DataServiceRules(Checks):
    """The rules of each data service that the platform has."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule for each data service."""
        for part in until_unsound(self._connected()):
            name = part.name
            yield self._host(name)
            yield self._host_networks(name)
            yield self._secret_key(name)
            yield self._memory_limit(name)
            yield self._developer_access(name)
            yield self._room(name)
            yield self._devices_of_data_service(name)
            for resource in RESOURCES:
                yield self._amount_of_data_service(name, resource)
            yield self._cidrs((name, "external", "cidrs"))
            if part.values is not None and "developer_access" in part.values.__struct_fields__:
                yield self._cidrs((name, "developerAccess", "cidrs"))

    def _connected(self) -> Iterator[Part]:
        yield from self._platform.catalogue.connected().values()

    def _here(self, name: str) -> Operation | None:
        """A data service that the platform has and runs itself."""
        operation = self._platform.data_services.get(name)
        return None if operation is None or operation.topology == "external" else operation

    def _outside(self, name: str) -> Operation | None:
        """A data service that the platform has and does not run itself."""
        operation = self._platform.data_services.get(name)
        return operation if operation is not None and operation.topology == "external" else None

    def _host(self, name: str) -> Iterator[Problem]:
        operation = self._outside(name)
        if operation is not None and not operation.external.host:
            wrong = f"{name} is external, but {name}.external.host is empty"
            yield self._problem((name, "topology"), wrong, "give a DNS name or an IPv4 address there")

    def _host_networks(self, name: str) -> Iterator[Problem]:
        operation = self._outside(name)
        if operation is not None and not operation.external.cidrs:
            wrong = f"{name} is external, but {name}.external.cidrs is empty, so no policy lets anybody reach it"
            yield self._problem((name, "topology"), wrong, "give the networks that it is in there, such as [10.20.0.0/24]")

    def _secret_key(self, name: str) -> Iterator[Problem]:
        operation = self._outside(name)
        if operation is None:
            return
        named = operation.external.secret
        keys = self._made_keys().get(named.name, ())
        if keys and named.key not in keys:
            wrong = f"the platform makes the Secret {named.name} itself, without a key {named.key}"
            remedy = f"name another Secret, or one of its keys: {', '.join(keys)}"
            yield self._problem((name, "external", "secret", "key"), wrong, remedy)

    def _made_keys(self) -> dict[str, list[str]]:
        """The Secrets that are made here, by a Job or by External Secrets, and their keys."""
        mode = self._values.secrets.mode
        return {
            self._platform.secret_name(name): secret.keys
            for name, secret in self._platform.secrets.items()
            if mode == "external" or (mode == "generate" and secret.source == "generated")
        }

    def _devices_of_data_service(self, name: str) -> Iterator[Problem]:
        if self._here(name) is not None:
            yield from self._devices((name, "resources"))

    def _amount_of_data_service(self, name: str, resource: str) -> Iterator[Problem]:
        if self._here(name) is not None:
            yield from self._amount((name, "resources"), resource)

    def _memory_limit(self, name: str) -> Iterator[Problem]:
        operation = self._here(name)
        memory = None if operation is None else operation.resources.limits.get("memory")
        if operation is not None and (memory is None or quantity(memory) == 0):
            wrong = f"{name} computes its memory settings from the limit"
            yield self._problem((name, "resources", "limits", "memory"), wrong, "set it")

    def _room(self, name: str) -> Iterator[Problem]:
        """What a data service keeps on the node's disk fits there."""
        operation = self._here(name)
        if operation is None:
            return
        volumes, paths = {"scratch": operation.scratch}, [(name, "scratch"), (name, "resources", "limits", EPHEMERAL_STORAGE)]
        if not operation.storage.persistent:
            volumes["storage.size"] = operation.storage.size
            paths = [(name, "storage", "size"), paths[1], (name, "storage", "persistent"), paths[0]]
        if wrong := overflow(operation.resources, **volumes):
            base = self._document.place.file
            path = max(paths, key=lambda path: self._document.locate(path).file != base)
            yield self._problem(path, wrong, ROOM)

    def _developer_access(self, name: str) -> Iterator[Problem]:
        """Who is let into a data service from outside is named."""
        access = getattr(self._here(name), "developer_access", None)
        if access is None or not access.enabled:
            return
        path: Path = (name, "developerAccess", "cidrs")
        if not access.cidrs:
            wrong = f"the developers' access to {name} is on, but lets nobody in"
            yield self._problem(path, wrong, "name their networks, such as [10.0.0.0/8]")
            return
        remedy = "name the developers' networks, such as [10.0.0.0/8]"
        sound = list(numbered(access.cidrs))
        everybody = [at for at, cidr in sound if is_everybody(cidr)]
        for at in everybody:
            yield self._problem((*path, at), f"'{access.cidrs[at]}' lets everybody in", remedy)
        networks = [cidr for _, cidr in sound if is_cidr(cidr)]
        if not everybody and any(network.prefixlen == 0 for network in joined(networks)):
            yield self._problem(path, "the networks together let everybody in", remedy)
