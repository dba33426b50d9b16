"""What the pods are like that the operator makes, as far as we tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierwright.model.part import Members


def _of_cluster(spec: Mapping[str, Any]) -> Members:
    """The operator gives its own container before the server, which copies files, the amounts that it likes.

    So it does with a server of which nothing is said.
    """
    template = spec["override"]["statefulSet"]["spec"]["template"]["spec"]
    certificate = {"secret": {"secretName": (spec.get("tls") or {}).get("secretName")}}
    pod = {
        "imagePullSecrets": spec.get("imagePullSecrets"),
        "initContainers": [one for one in template["initContainers"] if "image" in one],
        "containers": [{**one, "resources": spec["resources"]} for one in template["containers"] if "resources" in spec],
        "volumes": [*template["volumes"], certificate],
    }
    return Members(pod, spec["replicas"], (spec["persistence"]["storage"],))


MEMBERS = {"rabbitmq.com/RabbitmqCluster": _of_cluster}
