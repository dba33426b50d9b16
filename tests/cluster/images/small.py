"""The small images: busybox, curl, the stand-in for a service, and the node's own helpers."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from tests.cluster.images.archive import Configuration, Layer
from tests.cluster.images.servers import SCRIPTS, debian
from tests.cluster.paths import HERE, cache
from tests.cluster.tools import go_build, tool

STANDIN_SOURCE = HERE / "standin"


def busybox() -> tuple[Layer, Configuration]:
    """Debian's busybox with all its applets. The dynamic one: the static one crashes at name look-ups."""
    layer = debian("busybox", "libc-bin")
    _applets(layer)
    layer.account("nobody", user=65534, group=65534, home="/home")
    return layer, Configuration(command=("sh",))


def curl() -> tuple[Layer, Configuration]:
    """curl and a shell, user 100, as the official curl image."""
    layer = debian("busybox", "libc-bin", "curl", "ca-certificates")
    _applets(layer)
    layer.account("curl_user", user=100, group=101, home="/home/curl_user")
    layer.folder("home/curl_user", user=100, group=101)
    layer.file("entrypoint.sh", SCRIPTS / "curl.sh", mode=0o755)
    return layer, Configuration(entrypoint=("/entrypoint.sh",), command=("curl",), user="curl_user", folder="/home/curl_user")


def rclone() -> tuple[Layer, Configuration]:
    """rclone and a shell, of root's as the official image is."""
    layer = debian("busybox", "libc-bin", "rclone", "ca-certificates")
    _applets(layer)
    return layer, Configuration(entrypoint=("rclone",))


def _applets(layer: Layer) -> None:
    listed = subprocess.run([_busybox_program(layer), "--list"], check=True, capture_output=True, text=True).stdout
    for applet in listed.split():
        if applet != "busybox" and f"usr/bin/{applet}" not in layer.entries:
            layer.link(f"bin/{applet}", "busybox")
    layer.link("bin/sh", "busybox")


def _busybox_program(layer: Layer) -> Path:
    """The image's own busybox, outside the image: it knows its applets best."""
    content = layer.entries["usr/bin/busybox"][1]
    path = cache() / f"busybox-{hashlib.sha256(content).hexdigest()[:12]}"
    if not path.exists():
        path.write_bytes(content)
        path.chmod(0o755)
    return path


def standin_program() -> Path:
    """The stand-in, built once for its sources."""
    digest = hashlib.sha256()
    for source in sorted([*STANDIN_SOURCE.glob("*.go"), *STANDIN_SOURCE.glob("go.*")]):
        digest.update(source.read_bytes())
    path = cache() / f"standin-{digest.hexdigest()[:12]}" / "standin"
    if not path.exists():
        go_build(folder=STANDIN_SOURCE, package=".", target=path)
    return path


def standin() -> tuple[Layer, Configuration]:
    """The stand-in for one of Castiel's services: one static program, user 1000."""
    layer = _single_program("standin", standin_program())
    layer.folder("tmp", mode=0o1777)
    layer.account("node", user=1000, group=1000, home="/home/node")
    return layer, Configuration(entrypoint=("/standin",), user="1000")


def standin_with_curl() -> tuple[Layer, Configuration]:
    """The same with curl and a shell beside it, as the health checks of Compose and Swarm ask from inside."""
    layer, _ = curl()
    layer.file("standin", standin_program(), mode=0o755)
    layer.account("node", user=1000, group=1000, home="/home/node")
    return layer, standin()[1]


def guest() -> tuple[Layer, Configuration]:
    """The stand-in for a program of another platform, whose arguments it ignores."""
    layer = _single_program("standin", standin_program())
    layer.folder("tmp", mode=0o1777)
    return layer, Configuration(entrypoint=("/standin", "guest"), user="1000")


def astronomy_shop() -> tuple[Layer, Configuration]:
    """The same with a shell, envsubst, pgrep, and what the OpenTelemetry Demo's images have that its catalogue names."""
    layer = debian("busybox", "libc-bin", "gettext-base", "procps")
    _applets(layer)
    layer.file("standin", standin_program(), mode=0o755)
    for program in ("nginx", "envoy"):
        layer.link(f"usr/bin/{program}", "/standin")
    for path in ("etc/nginx/mime.types", "nginx.conf.template", "envoy.tmpl.yaml", "usr/share/opensearch/config/opensearch.yml"):
        layer.file(path, f"# what stands in for {path}\n")
    return layer, guest()[1]


def pause() -> tuple[Layer, Configuration]:
    """The container that holds a pod's namespaces."""
    return _single_program("standin", standin_program()), Configuration(entrypoint=("/standin", "pause"), user="65535")


def coredns() -> tuple[Layer, Configuration]:
    """CoreDNS."""
    return _single_program("coredns", tool("coredns")), Configuration(entrypoint=("/coredns",))


def metrics_server() -> tuple[Layer, Configuration]:
    """metrics-server."""
    layer = _single_program("metrics-server", tool("metrics-server"))
    layer.folder("tmp", mode=0o1777)
    return layer, Configuration(entrypoint=("/metrics-server",), user="1000")


def _single_program(name: str, program: Path) -> Layer:
    layer = Layer()
    for folder in ("etc", "proc", "sys", "dev", "run"):
        layer.folder(folder)
    layer.file("etc/nsswitch.conf", "hosts: files dns\n")
    layer.file(name, program, mode=0o755)
    return layer
