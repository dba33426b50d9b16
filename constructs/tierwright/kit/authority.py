"""The CA by which clients know a data service, as their pods mount it, and the certificate of a server that runs here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tierwright.expressions.conditions import Condition, all_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, when
from tierwright.kit.instance import Instance
from tierwright.kit.metadata import Manifest
from tierwright.kit.rules import Rule
from tierwright.model.mounts import ca_folder_of
from tierwright.model.part import ForClusters

CA = "ca.crt"
"""The name of the file with the CA."""


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """The CA of the data service `name` alone, from the `source` of a volume; a folder, so that a renewed one takes its place."""

    name: str
    present: Condition
    source: Manifest

    @property
    def volume(self) -> Manifest:
        """The volume with the CA."""
        return {"name": f"{self.name}-ca", **self.source}

    @property
    def mount(self) -> Manifest:
        """Where it is mounted."""
        return {"name": f"{self.name}-ca", "mountPath": ca_folder_of(self.name), "readOnly": True}

    @property
    def volumes(self) -> list[Tree]:
        """The volume, where there is a CA."""
        return [when(self.present, self.volume)]

    @property
    def mounts(self) -> list[Tree]:
        """The mount, where there is a CA."""
        return [when(self.present, self.mount)]


def ca_path(data_service: str) -> str:
    """The path of the CA in each pod that gets the address of a data service."""
    return f"{ca_folder_of(data_service)}/{CA}"


def tls_of_clusters(values: Any) -> Iterator[ForClusters]:
    """TLS is for clusters alone: in other containers the key would be readable for everybody, and such a one no server takes."""
    if values.tls.enabled:
        yield ForClusters(("tls", "enabled"), value=False, words="has no TLS, and has it on a cluster")


def certificate_rules(instance: Instance[Any], *, elsewhere: str) -> Iterator[Rule]:
    """Where there is TLS, there is a certificate of ours. `elsewhere`: what the values decide of a server that runs elsewhere."""
    tls, path = instance.values.tls, instance.path
    yield Rule(
        path=("tls", "enabled"),
        broken=all_of(instance.is_here, tls.enabled, opposite(filled(tls.secret))),
        wrong=f"{path}.tls.enabled is on, but {path}.tls.secret names no certificate",
        allowed="name a Secret of the namespace with tls.crt, tls.key and ca.crt there, such as one that cert-manager makes",
    )
    yield Rule(
        path=("tls", "enabled"),
        broken=all_of(instance.is_external, tls.enabled),
        wrong=f"{instance.name} is external, so it has its certificate where it runs",
        allowed=f"set it to false; {elsewhere}",
    )
