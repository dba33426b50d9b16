"""Values of PostgreSQL's TLS."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import DATA_KEY, OBJECT_NAME_OR_EMPTY


class CertificateAuthority(Entry, frozen=True, kw_only=True):
    """The CA by which clients know the server, from a ConfigMap or a Secret of the namespace. Only this key is mounted."""

    config_map: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The ConfigMap with it, such as a trust bundle."""
    secret: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The Secret with it. Where both are empty: `tls.secret`, or with `topology: external` none, and clients use what they
    have."""
    key: Annotated[str, Meta(pattern=DATA_KEY)]
    """The key that holds it, as PEM."""


class Tls(Entry, frozen=True, kw_only=True):
    """TLS of the server that runs here, and the CA by which clients know it, or the external one."""

    enabled: bool
    """Whether the server has TLS. Of an external one, `external.tls` says so."""
    secret: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """An existing Secret with `tls.crt`, `tls.key` and `ca.crt`, as cert-manager makes it. When it is renewed, the server
    reads it again without a restart."""
    required: bool
    """Whether it refuses connections without TLS. false: for the time in which clients change to it."""
    min_version: Literal["TLSv1.2", "TLSv1.3"]
    """The oldest version of TLS that the server speaks."""
    ca: CertificateAuthority
