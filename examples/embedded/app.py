"""Castiel in a cdk8s app of one's own: its calendar gets a sidecar, and an object of our own comes beside it.

Usage: app.py [OUTPUT FOLDER]
"""

import sys
from pathlib import Path

from tierwright import App, Platform  # first: cdk8s then runs in the Node that came with the library

# isort: split
from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch

HERE = Path(__file__).resolve().parent
SETTINGS = "calendar-log-settings"

SIDECAR = {
    "name": "logs",
    "image": "docker.io/fluent/fluent-bit:4.0.3",
    "args": ["--config=/etc/logs/fluent-bit.yaml"],
    "resources": {
        "requests": {"cpu": "20m", "memory": "32Mi", "ephemeral-storage": "16Mi"},
        "limits": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi"},
    },
    # The namespace is under the restricted Pod Security Standard.
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    },
    "volumeMounts": [
        {"name": "tmp", "mountPath": "/var/log/calendar", "readOnly": True},  # /tmp of the calendar itself
        {"name": "log-settings", "mountPath": "/etc/logs", "readOnly": True},
    ],
}

app = App(outdir=sys.argv[1] if sys.argv[1:] else None)
castiel = Platform(app, "castiel", catalogue=HERE / "../../config/catalogue.yaml", values=[HERE / "values.yaml"])

pod = "/spec/template/spec"
castiel.api_object("calendar", "deployment").add_json_patch(
    JsonPatch.add(f"{pod}/containers/-", SIDECAR),
    JsonPatch.add(f"{pod}/volumes/-", {"name": "log-settings", "configMap": {"name": SETTINGS}}),
)

own = Chart(app, "90-own", labels={"app.kubernetes.io/part-of": "castiel"})
settings = ApiObject(
    own,
    "settings",
    api_version="v1",
    kind="ConfigMap",
    metadata=ApiObjectMetadata(name=SETTINGS, namespace=castiel.namespace),
)
settings.add_json_patch(JsonPatch.add("/data", {"fluent-bit.yaml": (HERE / "fluent-bit.yaml").read_text()}))
own.add_dependency(castiel)

app.synth()
