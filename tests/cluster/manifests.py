"""Small manifests for tests of the node itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.cluster.api import Object

STANDIN_IMAGE = "castiel/stand-in:1"


def restricted(*, user: int = 1000, group: int | None = None) -> Object:
    """A pod's security context that the restricted standard accepts."""
    group = user if group is None else group
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container(
    name: str,
    image: str,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    mounts: Mapping[str, str] | None = None,
    probe: Object | None = None,
    ports: Mapping[str, int] | None = None,
) -> Object:
    """A container without privileges and with a read-only root; ``mounts`` is path → volume, ``ports`` name → number."""
    made: Object = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": list(arguments),
        "env": [{"name": key, "value": value} for key, value in (environment or {}).items()],
        "ports": [{"name": key, "containerPort": value} for key, value in (ports or {}).items()],
        "volumeMounts": [{"mountPath": path, "name": volume} for path, volume in (mounts or {}).items()],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    if probe is not None:
        made["readinessProbe"] = {"periodSeconds": 1, "timeoutSeconds": 10, **probe}
    return made


def pod(
    name: str,
    main: Object,
    *,
    security: Object | None = None,
    volumes: Mapping[str, Object] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Object:
    """A pod of one container, labelled ``app=NAME``; ``volumes`` is name → volume source."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 2,
            "securityContext": security or restricted(),
            "containers": [main],
            "volumes": [{"name": key, **source} for key, source in (volumes or {}).items()],
        },
    }


def service(name: str, *ports: int) -> Object:
    """A Service for the pod of the same name."""
    listed = [{"name": f"p{port}", "port": port, "targetPort": port} for port in ports]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": listed},
    }


def claim(name: str, *, size: str = "1Gi") -> Object:
    """A claim of the default storage class."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }


def policy(name: str, **spec: object) -> Object:
    """A NetworkPolicy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": {}, **spec},
    }


def standin(name: str, *, port: int = 3000, environment: Mapping[str, str] | None = None) -> list[Object]:
    """The stand-in for a service as a pod, with its Service."""
    main = container(
        name,
        STANDIN_IMAGE,
        environment={"PORT": str(port), "SERVICE_NAME": name, "START_SECONDS": "0", **(environment or {})},
        ports={"http": port},
        probe={"httpGet": {"path": "/health/ready", "port": port}},
    )
    return [pod(name, main), service(name, port)]
