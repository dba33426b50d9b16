"""Update the golden files: dist/, and tests/snapshots/ for every other environment and for the public platforms in examples/."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.outputs.folder import replaced
from tierwright.outputs.provenance import write_files
from tierwright.process.beginning import begin
from tierwright.process.ending import FailureError, say

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
SNAPSHOTS = ROOT / "tests" / "snapshots"
GUESTS = ("langfuse", "online-boutique", "opentelemetry-demo")
"""The examples that describe public platforms."""

_KINDS = ("ConfigMap", "CronJob", "Deployment", "Job", "Service", "StatefulSet")
_ALIKE = {
    "annotations", "apiVersion", "automountServiceAccountToken", "enableServiceLinks", "failureThreshold", "fsGroupChangePolicy",
    "imagePullPolicy", "labels", "lifecycle", "namespace", "periodSeconds", "progressDeadlineSeconds", "resources",
    "revisionHistoryLimit", "runAsNonRoot", "seccompProfile", "selector", "serviceAccountName", "strategy",
    "terminationGracePeriodSeconds", "timeoutSeconds", "topologySpreadConstraints",
}  # fmt: skip
"""What all workloads have alike, or what the values say in numbers."""


def main() -> int:
    goldens: dict[Path, list[Path]] = {ROOT / "dist": []}
    for overlay in sorted((CONFIG / "environments").glob("*.yaml")):
        goldens[SNAPSHOTS / overlay.stem] = [overlay]
    try:
        for target, values in goldens.items():
            _update(target, values)
        for name in GUESTS:
            folder = ROOT / "examples" / name
            described = pipeline.described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml")
            (SNAPSHOTS / "guests").mkdir(exist_ok=True)
            (SNAPSHOTS / "guests" / f"{name}.yaml").write_text(essence(described), encoding="utf-8")
    except FailureError as error:
        say(error)
        return 2
    return 0


def _update(target: Path, values: list[Path]) -> None:
    platform = pipeline.described(catalogue=CONFIG / "catalogue.yaml", values=values, own=CONFIG / "values.yaml")
    # The chart is the same in every environment.
    outputs = pipeline.OUTPUTS if target.name == "dist" else [pipeline.manifests]
    with replaced(target) as folder:
        write_files(pipeline.files_of(platform, outputs), folder)


def essence(platform: Described) -> str:
    """What a guest's catalogue decides: its workloads and their Services and files, without what all workloads have alike.

    Sweeps hold the rest for every platform, and Castiel's golden files show it.
    """
    services = platform.platform.catalogue.services
    shown = []
    for text in pipeline.manifests(platform).values():
        for one in yaml.load_all(text, Loader=yaml.CSafeLoader):
            name = one["metadata"]["name"]
            if one["kind"] in _KINDS and (name in services or name.removesuffix("-files") in services):
                shown.append(_without(one, _ALIKE))
    made: str = yaml.dump_all(shown, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, width=130)
    return made


def _without(tree: Any, keys: set[str]) -> Any:
    if isinstance(tree, Mapping):
        kept = {key: _without(value, keys) for key, value in tree.items() if key not in keys and not _restricts(key, value)}
        return {key: value for key, value in kept.items() if value != {}}
    return [_without(item, keys) for item in tree] if isinstance(tree, list) else tree


def _restricts(key: str, value: Any) -> bool:
    """Whether this is the security context of a container, which is the same for all; that of a pod names its user."""
    return key == "securityContext" and "capabilities" in value


if __name__ == "__main__":
    begin()
    sys.exit(main())
