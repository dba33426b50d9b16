"""The platform: catalogue, values and graph as one, checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from tierwright.config.documents import YamlNode
from tierwright.config.soundness import UNSOUND, plain, value_at
from tierwright.model.catalogue import Catalogue
from tierwright.model.data_values import Operation
from tierwright.model.files import Sources
from tierwright.model.graph import Graph, Order
from tierwright.model.part import Part
from tierwright.model.service import Service
from tierwright.model.values import Values
from tierwright.model.workload_values import ServiceValues

T = TypeVar("T", bound=msgspec.Struct)


class Platform(msgspec.Struct, frozen=True, dict=True):
    """A checked catalogue with its checked values; `values.services` has complete values for every service of the catalogue.

    `defaults` are the values without any overlay, in their own shape; `document` is what the user wrote, with its lines. `parts`
    are the components that it has; all that there can be, where the catalogue is wrong about that. `sources` are the files below
    the catalogue's folder.
    """

    catalogue: Catalogue
    values: Values
    graphs: Mapping[Order, Graph]
    defaults: Mapping[str, Any]
    document: YamlNode
    parts: tuple[Part, ...]
    sources: Sources

    @property
    def graph(self) -> Graph:
        """The graph under the order that the values choose."""
        return self.graphs[self.values.startup.order]

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.catalogue.name

    @property
    def namespace(self) -> str:
        """The namespace of all objects."""
        return self.values.namespace.name

    def service(self, name: str) -> Service:
        """A service of the catalogue."""
        return self.catalogue.services[name]

    def values_of(self, name: str) -> ServiceValues:
        """How a service is run: the defaults with what differs laid over them."""
        return self.values.services[name]

    def values_of_part(self, part: str, kind: type[T]) -> T:
        """The values of a component that is no data service; `kind` is their type, or what another component adds to it."""
        own: T = part_of(self.values, part)
        assert own is UNSOUND or {*kind.__struct_fields__} <= {*own.__struct_fields__}
        return own

    @cached_property
    def plain_values(self) -> Mapping[str, Any]:
        """The values as plain data, by the keys of the files; UNSOUND stays in them."""
        plain_values: Mapping[str, Any] = plain(self.values)
        return plain_values

    @cached_property
    def data_services(self) -> Mapping[str, Operation]:
        """How the data services that the platform has are run, or where they are found."""
        return {name: value_at(self.values, part.place) for name, part in self.catalogue.connected().items()}


def part_of(values: Values, part: str) -> Any:
    """The values of a component that is no data service."""
    return getattr(values, part.replace("-", "_"))


def credentials_of(data_service: str) -> str:
    """The name of the Secret from which the clients of a data service read its password."""
    return f"{data_service}-credentials"


def administrator_of(data_service: str) -> str:
    """The name of the Secret with the administrator's password, for data services whose administrator is not the services' user."""
    return f"{data_service}-administrator"


def login_secret(data_service: str, client: str) -> str:
    """The name of the Secret with the password of a service that has a login of its own to a data service."""
    return f"{data_service}-login-{client}"


def secret_names(catalogue: Catalogue) -> list[str]:
    """Every Secret that values may name: those of the components, and the catalogue's own."""
    of_parts = [secret for part in catalogue.parts() for secret in part.secrets]
    of_logins = [login_secret(owner, client) for owner in catalogue.connected() for client in catalogue.logins(owner)]
    return [*of_parts, *of_logins, *catalogue.secrets]
