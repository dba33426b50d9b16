"""Real operators on the node, as their releases say but for what a busy node of tests needs."""

from __future__ import annotations

import json

import yaml

from tests.cluster.api import Object
from tests.cluster.node import Node


def objects_in(text: str) -> list[Object]:
    """The objects of a stream of manifests."""
    return [one for one in yaml.safe_load_all(text) if one]


def install(node: Node, objects: list[Object]) -> None:
    """Apply them; their Deployments are ready then."""
    deployments = [one for one in objects if one["kind"] == "Deployment"]
    for one in deployments:
        (container,) = one["spec"]["template"]["spec"]["containers"]
        container["imagePullPolicy"] = "IfNotPresent"
        container["resources"] = {"requests": {"cpu": "10m", "memory": "100Mi"}}
        if "startupProbe" in container:
            container["startupProbe"]["failureThreshold"] = 60
        node.provide_images([container["image"]])
    text = "".join(f"---\n{json.dumps(one)}\n" for one in objects)
    # What kubectl would note of the definitions by itself is too long for an annotation.
    node.kubectl("apply", "--server-side", "--filename", "-", stdin=text)
    for one in deployments:
        where = ("--namespace", one["metadata"]["namespace"], f"deployment/{one['metadata']['name']}")
        node.kubectl("rollout", "status", *where, "--timeout=300s", timeout=310)
