"""Keys, certificates, tokens and kubeconfigs of one node."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import API_PORT
from tests.cluster.network import NODE_ADDRESS

# Who speaks to the API server: user and groups of each static token.
_IDENTITIES = {
    "admin": ("admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
}


@dataclass(frozen=True)
class Identity:
    """The folder with a node's keys; the API server writes its own certificate there too."""

    folder: Path
    tokens: dict[str, str]

    @property
    def api_certificate(self) -> Path:
        """The API server's certificate with its authority; the server makes it when it first starts."""
        return self.folder / "apiserver.crt"

    def kubeconfig(self, who: str) -> Path:
        """The kubeconfig of an identity; written on first use, once the API server's certificate exists."""
        path = self.folder / f"{who}.kubeconfig"
        if not path.exists():
            path.write_text(_kubeconfig(self.api_certificate, self.tokens[who]))
            path.chmod(0o600)
        return path


def make_identity(folder: Path, node: str) -> Identity:
    """Make keys and tokens for the node called ``node``. Raises CalledProcessError."""
    folder.mkdir(mode=0o700)
    identities = {**_IDENTITIES, "kubelet": (f"system:node:{node}", "system:nodes")}
    tokens = {who: secrets.token_hex(16) for who in identities}
    lines = [
        f'{tokens[who]},{user},{user},"{group}"' if group else f"{tokens[who]},{user},{user}"
        for who, (user, group) in identities.items()
    ]
    (folder / "tokens.csv").write_text("\n".join(lines) + "\n")
    _openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "service-accounts.key")
    _make_front_proxy(folder)
    return Identity(folder=folder, tokens=tokens)


def _make_front_proxy(folder: Path) -> None:
    """The certificate by which the API server shows extension servers (metrics-server) that it is the one asking."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        folder, "req", "-x509", *key, "-subj", "/CN=front-proxy-authority", "-days", "30",
        "-keyout", "front-proxy-authority.key", "-out", "front-proxy-authority.crt",
    )  # fmt: skip
    _openssl(
        folder, "req", *key, "-subj", "/CN=front-proxy-client",
        "-keyout", "front-proxy-client.key", "-out", "front-proxy-client.csr",
    )  # fmt: skip
    _openssl(
        folder, "x509", "-req", "-in", "front-proxy-client.csr", "-CA", "front-proxy-authority.crt",
        "-CAkey", "front-proxy-authority.key", "-CAcreateserial", "-days", "30", "-out", "front-proxy-client.crt",
    )  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _kubeconfig(authority: Path, token: str) -> str:
    return f"""\
apiVersion: v1
kind: Config
current-context: node
clusters:
  - name: node
    cluster: {{server: "https://{NODE_ADDRESS}:{API_PORT}", certificate-authority: "{authority}"}}
users:
  - name: node
    user: {{token: "{token}"}}
contexts:
  - name: node
    context: {{cluster: node, user: node}}
"""
