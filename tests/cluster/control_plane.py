"""etcd, the API server, the controller manager and the scheduler of one node."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.api import API_PORT, Api
from tests.cluster.identity import Identity
from tests.cluster.network import NODE_ADDRESS, POD_RANGE, SERVICE_RANGE
from tests.cluster.programs import Programs
from tests.cluster.waiting import wait_for


def start_control_plane(programs: Programs, identity: Identity, folder: Path) -> Api:
    """Start the control plane and wait until the API server is ready. Raises TimeoutError with its log."""
    keys = identity.folder
    programs.start(
        "etcd",
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",  # a node of a test run has no data to keep
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--log-level=warn",
    )
    programs.start(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:2379",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--cert-dir={keys}",
        f"--token-auth-file={keys / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={keys / 'service-accounts.key'}",
        f"--service-account-signing-key-file={keys / 'service-accounts.key'}",
        f"--requestheader-client-ca-file={keys / 'front-proxy-authority.crt'}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={keys / 'front-proxy-client.crt'}",
        f"--proxy-client-key-file={keys / 'front-proxy-client.key'}",
    )
    api = Api(namespace=programs.namespace, authority=identity.api_certificate, token=identity.tokens["admin"])

    def ready() -> bool:
        programs.check()
        return api.text("GET", "/readyz", timeout=2)[0] == 200

    wait_for("the API server", ready, timeout=90, explain=lambda: programs.log_end("kube-apiserver"))
    programs.start(
        "kube-controller-manager",
        f"--kubeconfig={identity.kubeconfig('kube-controller-manager')}",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={keys / 'service-accounts.key'}",
        f"--root-ca-file={identity.api_certificate}",
        f"--cluster-cidr={POD_RANGE}",
        # A test sees a load's effect in seconds; a cluster asks every 15 s and ignores a pod's first five minutes.
        "--horizontal-pod-autoscaler-sync-period=5s",
        "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
        "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
    )
    programs.start(
        "kube-scheduler",
        f"--kubeconfig={identity.kubeconfig('kube-scheduler')}",
        "--leader-elect=false",
    )
    return api
