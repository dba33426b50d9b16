"""How the stand-ins for services listen, by what the manifests say of their ports. Without a word they speak HTTP at PORT.

Those of Jobs end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.cluster.images import builder_of
from tests.rendering import Rendered

Object = Mapping[str, Any]
Role = dict[str, Any]

_SPOKEN = {"http": "http", "kubernetes.io/h2c": "grpc"}
_USUAL_PATHS = {"ready": "/health/ready", "live": "/health/live"}


def listening(rendered: Rendered) -> dict[str, dict[str, str]]:
    """The variable LISTENING for each image whose services need it; `standin/listening.go` reads it."""
    roles: dict[str, dict[str, Role]] = {}
    for _, template in rendered.pods():
        container = template["spec"]["containers"][0]
        variables = {one["name"]: one.get("value", "") for one in container.get("env", ())}
        if "SERVICE_NAME" in variables and builder_of(container["image"])[0] == "standin":
            role = _role(rendered, variables["SERVICE_NAME"], container)
            if template["spec"].get("restartPolicy", "Always") != "Always":
                role["ends"] = True
            if role != {"ports": {variables.get("PORT"): "http"}, **_USUAL_PATHS}:
                roles.setdefault(container["image"], {})[variables["SERVICE_NAME"]] = role
    return {image: {"LISTENING": json.dumps(of, sort_keys=True)} for image, of in roles.items()}


def _role(rendered: Rendered, name: str, container: Object) -> Role:
    asked = {key: container.get(f"{probe}Probe", {}) for key, probe in (("ready", "readiness"), ("live", "liveness"))}
    gets = {key: probe["httpGet"] for key, probe in asked.items() if "httpGet" in probe}
    spoken = _spoken(rendered, name) | {get["port"]: "http" for get in gets.values()}
    ports = {str(port["containerPort"]): _protocol(port, spoken) for port in container.get("ports", ())}
    return {"ports": ports, **_USUAL_PATHS, **{key: get["path"] for key, get in gets.items()}}


def _spoken(rendered: Rendered, name: str) -> dict[str, str]:
    """What is spoken at the pods' ports, by their names, as the Service says."""
    if not rendered.has("Service", name):
        return {}
    ports = rendered.get("Service", name)["spec"]["ports"]
    return {port["targetPort"]: _SPOKEN[port["appProtocol"]] for port in ports if "appProtocol" in port}


def _protocol(port: Object, spoken: Mapping[str, str]) -> str:
    return "udp" if port["protocol"] == "UDP" else spoken.get(port["name"], "tcp")
