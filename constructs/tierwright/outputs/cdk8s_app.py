"""The described platform as a cdk8s app: a chart for each file of the manifests, with the objects that the components declared.

There are few charts on purpose: the time that cdk8s takes grows with the square of their number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tierwright.blueprint import Evaluated
from tierwright.cdk import ApiObject, App, Chart, Construct, JsonPatch, YamlOutputType, k8s
from tierwright.kit import kinds

_UPPER = re.compile(r"(?=[A-Z])")

_BINDINGS: dict[tuple[str, str], Any] = {
    (kind.api_version, kind.name): binding
    for kind, binding in (
        (kinds.AUTOSCALER, k8s.KubeHorizontalPodAutoscalerV2),
        (kinds.CONFIG_MAP, k8s.KubeConfigMap),
        (kinds.DEPLOYMENT, k8s.KubeDeployment),
        (kinds.DISRUPTION_BUDGET, k8s.KubePodDisruptionBudget),
        (kinds.JOB, k8s.KubeJob),
        (kinds.LIMIT_RANGE, k8s.KubeLimitRange),
        (kinds.NAMESPACE, k8s.KubeNamespace),
        (kinds.NETWORK_POLICY, k8s.KubeNetworkPolicy),
        (kinds.RESOURCE_QUOTA, k8s.KubeResourceQuota),
        (kinds.ROLE, k8s.KubeRole),
        (kinds.ROLE_BINDING, k8s.KubeRoleBinding),
        (kinds.SERVICE, k8s.KubeService),
        (kinds.SERVICE_ACCOUNT, k8s.KubeServiceAccount),
        (kinds.STATEFUL_SET, k8s.KubeStatefulSet),
    )
}
"""The class of each kind that is not a custom resource."""


def app_of(objects: Iterable[Evaluated], folder: Path = Path("dist")) -> App:
    """The objects as a cdk8s app, typed where their kind is one of the bindings'.

    `folder` is where cdk8s would write, if it did. The text of the manifests is not its own: what it writes is not read back
    equal everywhere (`tierwright.outputs.yaml_text`), and jsii, between it and Python, knows no null. Raises NodeError.
    """
    app = App(outdir=str(folder), output_file_extension=".yaml", yaml_output_type=YamlOutputType.FILE_PER_CHART)
    charts: dict[str, Chart] = {}
    for one in objects:
        if one.file not in charts:
            charts[one.file] = Chart(app, one.file)
        _make(charts[one.file], one)
    return app


def _make(scope: Construct, one: Evaluated) -> None:
    binding = _BINDINGS.get((one.api_version, one.kind))
    if binding is not None:
        fields = {_UPPER.sub("_", key).lower(): value for key, value in one.manifest.items()}
        # What users give in Kubernetes' words may be other than the classes know it; the cluster is to judge that.
        with suppress(RuntimeError, TypeError):  # of jsii in Node, and in Python
            binding(scope, one.id, **fields)
            return
    made = ApiObject(scope, one.id, api_version=one.api_version, kind=one.kind, metadata={"name": one.manifest["metadata"]["name"]})
    made.add_json_patch(JsonPatch.add("", one.whole))
