"""Programs for a developer's PATH: the node's namespace has to be entered before its API server answers."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.network import Namespace
from tests.cluster.tools import tool

_WRAPPER = '#!/bin/sh\nexport KUBECONFIG="{kubeconfig}"\nexec nsenter --net={namespace} -- "{program}" "$@"\n'


def write_wrappers(folder: Path, namespace: Namespace, kubeconfig: Path) -> None:
    """Write kubectl, helm and cyclonus as scripts that run the built ones inside."""
    folder.mkdir()
    for name in ("kubectl", "helm", "helm4", "cyclonus"):
        wrapper = folder / name
        wrapper.write_text(_WRAPPER.format(kubeconfig=kubeconfig, namespace=namespace.path, program=tool(name)))
        wrapper.chmod(0o755)
