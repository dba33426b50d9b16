"""Which kinds are cluster-scoped, as far as one can know without asking a cluster.

Those of Kubernetes are the types that its API marks `+genclient:nonNamespaced` (k8s.io/api v0.37); the others are of projects that
many clusters have. A kind that is not among them is taken for one of a namespace: the API server drops a namespace that is too
much, but where one is missing kubectl takes that of its context.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

CLUSTER_SCOPED: Mapping[str, tuple[str, ...]] = {
    "": ("ComponentStatus", "Namespace", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "authentication.k8s.io": ("SelfSubjectReview", "TokenReview"),
    "authorization.k8s.io": ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"),
    "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "internal.apiserver.k8s.io": ("StorageVersion",),
    "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "DeviceTaintRule", "ResourcePoolStatusRequest", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
    "storagemigration.k8s.io": ("StorageVersionMigration",),
    # Of other projects.
    "argoproj.io": ("ClusterAnalysisTemplate", "ClusterWorkflowTemplate"),
    "cert-manager.io": ("ClusterIssuer",),
    "cilium.io": (
        "CiliumBGPClusterConfig",
        "CiliumCIDRGroup",
        "CiliumClusterwideEnvoyConfig",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
        "CiliumLoadBalancerIPPool",
    ),
    "crd.projectcalico.org": ("GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool"),
    "external-secrets.io": ("ClusterExternalSecret", "ClusterPushSecret", "ClusterSecretStore"),
    "gateway.networking.k8s.io": ("GatewayClass",),
    "generators.external-secrets.io": ("ClusterGenerator",),
    "karpenter.sh": ("NodeClaim", "NodePool"),
    "keda.sh": ("ClusterTriggerAuthentication",),
    "kyverno.io": ("ClusterCleanupPolicy", "ClusterPolicy"),
    "policy.networking.k8s.io": ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"),
    "postgresql.cnpg.io": ("ClusterImageCatalog",),
    "projectcalico.org": ("GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool"),
    "snapshot.storage.k8s.io": ("VolumeSnapshotClass", "VolumeSnapshotContent"),
    "tekton.dev": ("ClusterTask",),
    "trust.cert-manager.io": ("Bundle", "ClusterBundle"),
}
"""The kinds by their API group."""


def group_of(api_version: str) -> str:
    """The API group of an object's `apiVersion`; empty for the first group of Kubernetes, `v1`."""
    return api_version.rpartition("/")[0]


def cluster_scoped(definitions: Iterable[Mapping[str, Any]] = ()) -> frozenset[tuple[str, str]]:
    """Groups and kinds that are cluster-scoped: those above, and those that CustomResourceDefinitions among `definitions` define.

    A definition that says nothing of it, or nonsense, adds nothing.
    """
    known = {(group, kind) for group, kinds in CLUSTER_SCOPED.items() for kind in kinds}
    for definition in definitions:
        spec = definition.get("spec")
        if definition["kind"] == "CustomResourceDefinition" and isinstance(spec, dict) and spec.get("scope") == "Cluster":
            names = spec.get("names")
            if isinstance(names, dict):
                known.add((str(spec.get("group")), str(names.get("kind"))))
    return frozenset(known)
