"""Certificates of an authority of the tests' own, as cert-manager writes them into a Secret: tls.crt, tls.key, ca.crt."""

from __future__ import annotations

import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """A CA, with its certificate and key in a folder."""

    def __init__(self, folder: Path, name: str = "tests") -> None:
        folder.mkdir(exist_ok=True)
        self.certificate, self._key, self._folder = folder / f"{name}.crt", folder / f"{name}.key", folder
        _openssl("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate)

    def issue(self, *names: str) -> dict[str, str]:
        """The Secret of a server with these names."""
        request, key, extensions, made = (self._folder / f"leaf.{end}" for end in ("csr", "key", "ext", "crt"))
        extensions.write_text(f"subjectAltName={','.join(f'DNS:{name}' for name in names)}\nextendedKeyUsage=serverAuth\n")
        _openssl("req", *_KEY, "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
        signed = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-extfile", extensions, "-days", "1")
        _openssl("x509", "-req", "-in", request, *signed, "-out", made)
        return {"tls.crt": made.read_text(), "tls.key": key.read_text(), "ca.crt": self.certificate.read_text()}


def self_signed(folder: Path, name: str) -> dict[str, str]:
    """The Secret of a server or client of this name, whose certificate is its own authority."""
    key, made = folder / f"{name}.key", folder / f"{name}.crt"
    named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    _openssl("req", "-x509", *_KEY, "-days", "2", *named, "-keyout", key, "-out", made)
    return {"tls.crt": made.read_text(), "tls.key": key.read_text(), "ca.crt": made.read_text()}


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
