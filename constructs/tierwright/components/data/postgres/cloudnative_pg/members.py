"""What the pods are like that the operator makes, as far as we tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tierwright.model.part import Members


def _of_cluster(spec: Mapping[str, Any]) -> Members:
    """The container before the server, which prepares it, has the amounts of the server."""
    certificate = (spec.get("certificates") or {}).get("serverTLSSecret")
    pod = {
        "imagePullSecrets": spec.get("imagePullSecrets"),
        "containers": [{"name": "postgres", "resources": spec.get("resources")}],
        "volumes": _read((spec["bootstrap"]["initdb"]["secret"]["name"], certificate)),
    }
    return Members(pod, spec["instances"], (spec["storage"]["size"],))


def _of_store(spec: Mapping[str, Any]) -> Members:
    """What the plugin reads that is in the same pods."""
    to = spec["configuration"]
    return Members({"volumes": _read(one["name"] for one in (*to["s3Credentials"].values(), to.get("endpointCA")) if one)})


def _read(secrets: Iterable[str | None]) -> list[Mapping[str, Any]]:
    return [{"secret": {"secretName": name}} for name in secrets]


MEMBERS = {"postgresql.cnpg.io/Cluster": _of_cluster, "barmancloud.cnpg.io/ObjectStore": _of_store}
