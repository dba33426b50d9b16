"""The construct library: a platform, described once, as manifests, as a Helm chart, and as constructs in an app of cdk8s.

What is public is here (docs/embedding.md). cdk8s and its Node start when one of the constructs is asked for, not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierwright.config.problems import ConfigError
    from tierwright.embedding import Platform
    from tierwright.outputs.cdk8s_app import App, DescribedPlatform
    from tierwright.pipeline import described

__all__ = ["App", "ConfigError", "DescribedPlatform", "Platform", "described"]

_MODULES = {
    "App": "tierwright.outputs.cdk8s_app",
    "ConfigError": "tierwright.config.problems",
    "DescribedPlatform": "tierwright.outputs.cdk8s_app",
    "Platform": "tierwright.embedding",
    "described": "tierwright.pipeline",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for. Raises AttributeError for any other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
