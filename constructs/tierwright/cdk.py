"""The one door to cdk8s: prepares its Node process before that process starts."""

from tierwright.node import prepare

prepare()

from cdk8s import ApiObject, App, Chart, JsonPatch, Names, YamlOutputType  # noqa: E402 - after the environment is set

from constructs import Construct, Dependable, IConstruct, IDependable  # noqa: E402
from tierwright.imports import k8s  # noqa: E402

__all__ = [
    "ApiObject",
    "App",
    "Chart",
    "Construct",
    "Dependable",
    "IConstruct",
    "IDependable",
    "JsonPatch",
    "Names",
    "YamlOutputType",
    "k8s",
]
