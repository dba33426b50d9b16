"""Keeps kustomize out of a folder below the manifests; its generators read every YAML file below their own folder."""

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
    """The text of a kustomization.yaml that makes a folder a base without objects; `content` says what the folder contains."""
    return _EMPTY_BASE.format(content=content)
