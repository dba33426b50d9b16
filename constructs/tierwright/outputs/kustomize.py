"""How a folder below the manifests is closed to kustomize, whose generators read every YAML file below theirs."""

from __future__ import annotations

_EMPTY_BASE = """\
# Closes this folder to kustomize. Where a folder has no kustomization.yaml, `kustomize create --autodetect --recursive` and
# Flux' kustomize-controller combine all YAML files below it, but treat a folder that has its own as a unit. So whoever
# points them at the manifests above this folder gets those, and nothing of {content}.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
generatorOptions: # kustomize refuses a file that says nothing; this says nothing about no objects
  disableNameSuffixHash: true
"""


def empty_base(content: str) -> str:
    """The text of a folder's kustomization.yaml that makes of it a base without objects; `content` is what the folder holds."""
    return _EMPTY_BASE.format(content=content)
