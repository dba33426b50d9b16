"""What pods may do at the API server, and how they show who they are."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.tree import Tree
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import ROLE, ROLE_BINDING
from tierwright.kit.metadata import Manifest

IDENTITY_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"

IDENTITY_VOLUME: Manifest = {
    "name": "identity",
    "projected": {
        "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {
                "downwardAPI": {
                    "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
                }
            },
        ]
    },
}
"""A token of the pod's account, the API server's certificate authority, and the namespace."""

IDENTITY_MOUNT: Manifest = {"name": "identity", "mountPath": IDENTITY_PATH, "readOnly": True}
"""Where clients of the API server look for them."""


def declare_access(
    concern: Concern, account: str, metadata: Tree, rules: Sequence[Tree], *, condition: Condition | bool = ALWAYS
) -> None:
    """Declare a Role with these rules, and the binding of the ServiceAccount `account` to it; `metadata` has that name too."""
    concern.declare("role", ROLE, {"metadata": metadata, "rules": list(rules)}, condition=condition)
    binding = {
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": concern.blueprint.namespace}],
    }
    concern.declare("binding", ROLE_BINDING, binding, condition=condition)
