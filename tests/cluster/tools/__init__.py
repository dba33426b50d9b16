"""The programs of the node and of the engine: pinned by the Go modules beside this file, built once into the cache.

Each upstream project has a Go module of its own, because their requirements exclude one another. What is built is keyed
by the hash of its ``go.mod``, ``go.sum`` and Go files and by the Go release, so a new pin builds anew and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.cluster.paths import cache as cache_folder
from tests.cluster.paths import locked

HERE = Path(__file__).resolve().parent
# What a program is called where its package's last element does not say it.
_NAMES = {
    "github.com/cloudnative-pg/cloudnative-pg/cmd/manager": "cloudnative-pg",
    "github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager": "barman-cloud",
    "github.com/rabbitmq/cluster-operator/v2": "rabbitmq-operator",
    "go.etcd.io/etcd/server/v3": "etcd",
    "helm.sh/helm/v4/cmd/helm": "helm4",
    "sigs.k8s.io/kustomize/kustomize/v5": "kustomize",
}
# What is left out of a program: the engine starts containerd beside it, as it does by default, and not inside.
_TAGS = {"dockerd": "no_embedded_containerd"}
# The library whose version a program of our own, beside the module's file, has.
_LIBRARIES = {"castiel.test/cluster/tools/kustomize/flux-build": "github.com/fluxcd/pkg/kustomize"}


@dataclass(frozen=True)
class Tool:
    """One program: the folder of its Go module, its package, the version that the module pins."""

    name: str
    module: str
    package: str
    version: str

    @property
    def path(self) -> Path:
        """Where the built program is, or will be."""
        return cache_folder() / "tools" / f"{self.module}-{_key(HERE / self.module)}" / self.name


def tools() -> list[Tool]:
    """Every program that the modules name by a ``tool`` line, in the order of a start."""
    node = ["etcd", "containerd", "kubernetes", "coredns", "metrics-server", "helm", "helm4", "cyclonus", "kustomize"]
    return [tool for module in [*node, "docker"] for tool in _tools_of(HERE / module)]


def operators(*modules: str) -> list[Tool]:
    """The operators of these modules, or all, which `make test-operators` alone needs. They take ten minutes."""
    wanted = modules or ("cloudnative-pg", "barman-cloud", "rabbitmq-operator")
    return [tool for module in wanted for tool in _tools_of(HERE / module)]


def tool(name: str) -> Path:
    """The path of a built program. Raises FileNotFoundError when it is not built yet."""
    path = next(known.path for known in [*tools(), *operators()] if known.name == name)
    if not path.exists():
        raise FileNotFoundError(f"{name} is not built; run: python -m tests.cluster.tools")
    return path


def sources(folder: str, module: str) -> Path:
    """The folder with the sources of a Go module, with its definitions and manifests, at the version that `folder` pins."""
    command = ["go", "mod", "download", "-json", module]
    done = subprocess.run(command, cwd=HERE / folder, check=True, capture_output=True, text=True)
    return Path(json.loads(done.stdout)["Dir"])


def build(
    progress: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True), which: list[Tool] | None = None
) -> None:
    """Build what is not in the cache yet, of all that the node and the engine need, or of `which`.

    A cold build of all takes about 15 minutes on two cores. Raises RuntimeError with the compiler's words when a program does
    not build.
    """
    with locked("tools.lock"):
        wanted = [one for one in (tools() if which is None else which) if not one.path.exists()]
        for position, one in enumerate(wanted, start=1):
            progress(f"building {one.name} ({position} of {len(wanted)}), {len(wanted) - position} left")
            go_build(
                folder=HERE / one.module,
                package=one.package,
                target=one.path,
                link_flags=_link_flags(one),
                tags=_TAGS.get(one.name, ""),
            )


def go_build(*, folder: Path, package: str, target: Path, link_flags: str = "", tags: str = "") -> None:
    """Build one static Go program to ``target``, politely: this machine has other work.

    Raises RuntimeError with the compiler's words.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": f"-buildvcs=false -p={os.cpu_count() or 1}"}
    command = ["nice", "-n", "19", "go", "build", "-mod=readonly", "-trimpath", "-tags", tags]
    command += ["-ldflags", f"-s -w {link_flags}".strip(), "-o", str(partial), package]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{package} does not build:\n{done.stdout}{done.stderr}")
    partial.rename(target)


def _tools_of(folder: Path) -> Iterator[Tool]:
    text = (folder / "go.mod").read_text()
    for package in re.findall(r"^(?:tool |\t)([\w./-]+)$", text, flags=re.MULTILINE):
        # The module that holds the package is the longest required one that its path starts with.
        required = re.findall(r"^(?:require |\t)([\w./-]+) (v[\w.+-]+)", text, flags=re.MULTILINE)
        holder = _LIBRARIES.get(package, package)
        version = max((m, v) for m, v in required if f"{holder}/".startswith(f"{m}/"))[1]
        yield Tool(name=_NAMES.get(package, package.rsplit("/", 1)[-1]), module=folder.name, package=package, version=version)


def _link_flags(one: Tool) -> str:
    """The linker's flags that tell a program its version; clients cannot parse Kubernetes' without."""
    match one.module:
        case "kubernetes":
            major, minor = one.version.removeprefix("v").split(".")[:2]
            package = "k8s.io/component-base/version"
            values = {"gitVersion": one.version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
            return " ".join(f"-X {package}.{key}={value}" for key, value in values.items())
        case "containerd":
            return f"-X github.com/containerd/containerd/v2/version.Version={one.version}"
        case "helm" | "helm4":
            major = "v3" if one.module == "helm" else "v4"
            return f"-X helm.sh/helm/{major}/internal/version.version={one.version}"
        case "docker":
            package = {"docker": "github.com/docker/cli/cli/version", "dockerd": "github.com/moby/moby/v2/dockerversion"}[one.name]
            return f"-X {package}.Version={one.version.removesuffix('+incompatible')}"
        case _:
            return ""


@cache
def _key(folder: Path) -> str:
    digest = hashlib.sha256(_go_release().encode())
    for file in (folder / "go.mod", folder / "go.sum", *sorted(folder.rglob("*.go"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _go_release() -> str:
    return subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
