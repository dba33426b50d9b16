"""containerd with runc, and the network plugin of the pods."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cluster.network import POD_RANGE
from tests.cluster.programs import Programs
from tests.cluster.tools import tool
from tests.cluster.waiting import wait_for

PAUSE_IMAGE = "castiel.test/pause:1"


def socket_of(folder: Path) -> Path:
    """Where the container runtime of a node answers, by the node's folder."""
    return folder / "containerd.sock"


def start_container_runtime(programs: Programs, folder: Path, shims: Path) -> Path:
    """Start containerd and wait until it answers; returns its socket. Raises TimeoutError with its log.

    All its state is below ``folder``, but for the shims' sockets.
    """
    socket = socket_of(folder)
    _write_network(folder / "cni", folder)
    (folder / "containerd.toml").write_text(_configuration(folder, socket, shims))
    programs.start("containerd", "--config", folder / "containerd.toml")
    wait_for(
        "containerd",
        lambda: ctr(programs, socket, "version"),
        timeout=30,
        explain=lambda: programs.log_end("containerd"),
    )
    return socket


def ctr(programs: Programs, socket: Path, *arguments: str | Path) -> str:
    """Run containerd's own client on the images and containers of Kubernetes. Raises RuntimeError."""
    return programs.namespace.run(tool("ctr"), f"--address={socket}", "--namespace=k8s.io", *arguments, timeout=300)


def import_image(programs: Programs, socket: Path, archive: Path) -> None:
    """Import an image's archive under the name inside it. Raises RuntimeError."""
    ctr(programs, socket, "images", "import", "--local", "--snapshotter", "overlayfs", archive)


def tag_image(programs: Programs, socket: Path, inner: str, name: str) -> None:
    """Give an imported image the name that manifests use. Raises RuntimeError."""
    ctr(programs, socket, "images", "tag", "--force", inner, name)


def _write_network(folder: Path, state: Path) -> None:
    """``ptp`` routes and does not bridge: traffic between pods passes the forward hook, where policies are enforced."""
    folder.mkdir()
    plugin = {
        "type": "ptp",
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "dataDir": str(state / "addresses"),
            "ranges": [[{"subnet": POD_RANGE}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    network = {"cniVersion": "1.0.0", "name": "pods", "plugins": [plugin]}
    (folder / "10-pods.conflist").write_text(json.dumps(network))


def _configuration(folder: Path, socket: Path, shims: Path) -> str:
    runc = shutil.which("runc", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin")
    return f"""\
version = 3
root = "{folder / "containerd"}"
state = "{folder / "containerd-state"}"
# The optional plugins that look outside this folder or listen on a port.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs", "io.containerd.differ.v1.erofs"]

[grpc]
  address = "{socket}"

[plugins."io.containerd.cri.v1.runtime"]
  # The machine has no CAP_SYS_RESOURCE: no score below this process's own can be set.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  drain_exec_sync_io_timeout = "5s"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "{runc}"
      SystemdCgroup = false
      Root = "{folder / "runc"}"
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "{folder / "cni"}"

[plugins."io.containerd.shim.v1.manager"]
  socket_dir = "{shims}"

[plugins."io.containerd.nri.v1.nri"]
  disable = true  # it would listen on a socket of the whole machine

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{PAUSE_IMAGE}"
"""
