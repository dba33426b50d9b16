"""The kubelet and kube-proxy of one node."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cluster.api import Api
from tests.cluster.cgroups import make_cgroup
from tests.cluster.identity import Identity
from tests.cluster.network import DNS_ADDRESS, NODE_ADDRESS, POD_RANGE
from tests.cluster.programs import Programs
from tests.cluster.waiting import wait_for


def start_kubelet(programs: Programs, identity: Identity, *, folder: Path, socket: Path, name: str) -> None:
    """Start the kubelet and kube-proxy of the node ``name``, on the container runtime at ``socket``."""
    make_cgroup(name)
    configuration = folder / "kubelet.json"
    configuration.write_text(json.dumps(_configuration(folder, socket, name), indent=2))
    programs.start(
        "kubelet",
        f"--config={configuration}",
        f"--kubeconfig={identity.kubeconfig('kubelet')}",
        f"--hostname-override={name}",
        f"--node-ip={NODE_ADDRESS}",
        f"--root-dir={folder / 'kubelet'}",
        f"--cert-dir={folder / 'kubelet-pki'}",
    )
    programs.start(
        "kube-proxy",
        f"--kubeconfig={identity.kubeconfig('kube-proxy')}",
        f"--hostname-override={name}",
        "--proxy-mode=iptables",
        f"--cluster-cidr={POD_RANGE}",
        # The machine's connection tracking is not this node's to set.
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
    )


def wait_for_node(api: Api, programs: Programs, name: str) -> None:
    """Wait until the node says that it is Ready. Raises TimeoutError with the kubelet's log."""

    def ready() -> bool:
        programs.check()
        conditions = api.request("GET", f"/api/v1/nodes/{name}")["status"]["conditions"]
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    wait_for("the node", ready, timeout=60, explain=lambda: programs.log_end("kubelet"))


def _configuration(folder: Path, socket: Path, name: str) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{socket}",
        "podLogsDir": str(folder / "pod-logs"),
        "volumePluginDir": str(folder / "volume-plugins"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{name}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": "",  # the machine's own name servers are out of reach
        # Nobody but the pods and the API server reaches it inside the namespace, and policies keep the pods away.
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": True}},
        "authorization": {"mode": "AlwaysAllow"},
        "serializeImagePulls": False,
        # A test machine's disk and memory are shared: evict only when the node is about to fail.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "containerLogMaxSize": "50Mi",
        "shutdownGracePeriod": "0s",
        "nodeStatusUpdateFrequency": "5s",
    }
