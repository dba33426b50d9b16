"""The server's side of TLS: its certificate and key, what it is told of them, and who is refused without."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres.values import PostgresValues
from tierwright.components.data.script_files import scripts_in
from tierwright.expressions.conditions import all_of
from tierwright.expressions.tree import Lines, Tree, when
from tierwright.kit.data_service import as_lines

KEPT = ("ssl", "ssl_cert_file", "ssl_key_file", "ssl_min_protocol_version")
"""The settings that these values decide."""

_FOLDER = "/etc/postgres-tls"
_CERTIFICATE, _KEY = f"{_FOLDER}/tls.crt", f"{_FOLDER}/tls.key"
_RULES = "/tmp/pg_hba.conf"  # noqa: S108 - a volume of the pod
_SCRIPTS = Path(__file__).with_name("scripts")

_MODE = 0o640
"""PostgreSQL takes a key that root owns and its group may read. The kubelet gives the files to the group of the pod."""

_RENEW = "sh /etc/postgres/renew.sh 9>&- &"

# Whatever the volume's own rules say comes after the refusals. A new volume has no rules yet: those that it gets from the image.
_REFUSE = """\
{
  printf 'hostnossl %s all all reject\\n' all replication
  if [ -s "$PGDATA/pg_hba.conf" ]; then
    sed -E 's/[[:space:]]trust[[:space:]]*$/ scram-sha-256/' "$PGDATA/pg_hba.conf"
  else
    printf '%s all all scram-sha-256\\n' local 'host all'
"""
_REFUSE_REPLICATION = """\
    echo "host replication $POSTGRES_USER all scram-sha-256"
"""
_REFUSE_END = f"""\
  fi
}} > {_RULES}
"""

VOLUME_NAME = "tls"


def certificate_volume(values: PostgresValues) -> Tree:
    """The certificate and the key; the CA's is not the server's to have."""
    keys = [{"key": key, "path": key} for key in ("tls.crt", "tls.key")]
    volume = {"name": VOLUME_NAME, "secret": {"secretName": values.tls.secret, "defaultMode": _MODE, "items": keys}}
    return when(values.tls.enabled, volume)


def certificate_mount(values: PostgresValues) -> Tree:
    """Where the server has them: a folder, so that the kubelet can renew them."""
    return when(values.tls.enabled, {"name": VOLUME_NAME, "mountPath": _FOLDER, "readOnly": True})


def scripts(values: PostgresValues) -> dict[str, Tree]:
    """The script that has the server read a renewed certificate."""
    return {name: when(values.tls.enabled, text) for name, text in scripts_in(_SCRIPTS).items()}


def settings_of_member(values: PostgresValues, *, authority: str) -> Lines:
    """What Patroni is told, as YAML: for the server, for its own port, and for those who ask other members there.

    They verify by the CA that the other's certificate is of it, and not its name: `insecure` says that to Patroni where it has a
    certificate of its own, which nobody asks it for. `authority` is the file with the CA.
    """
    refused = (
        "  pg_hba:",
        "    - local all all scram-sha-256",
        *(f"    - hostssl {who} all scram-sha-256" for who in ("all all", "replication postgres")),
    )
    return Lines(
        (
            "postgresql:",
            "  parameters:",
            *(f'    {name}: "{value}"' for name, value in _settings(values).items()),
            when(values.tls.required, Lines(refused)),
            f"restapi: {{certfile: {_CERTIFICATE}, keyfile: {_KEY}}}",
            f"ctl: {{certfile: {_CERTIFICATE}, keyfile: {_KEY}, cacert: {authority}, insecure: true}}",
        )
    )


def before_start(values: PostgresValues) -> Tree:
    """The lines of the start script of a single server before it becomes the server."""
    required = all_of(values.tls.enabled, values.tls.required)
    refused = Lines(
        (
            *_REFUSE.splitlines(),
            when(values.backup.enabled, as_lines(_REFUSE_REPLICATION)),
            *_REFUSE_END.splitlines(),
        )
    )
    return Lines((when(required, refused), when(values.tls.enabled, _RENEW)))


def arguments(values: PostgresValues) -> Tree:
    """The arguments of a single server, each line with a backslash at its end."""
    lines = [f"  -c {name}={value} \\" for name, value in _settings(values).items()]
    return when(values.tls.enabled, Lines((*lines, when(values.tls.required, f"  -c hba_file={_RULES} \\"))))


def _settings(values: PostgresValues) -> dict[str, str]:
    given = {"ssl": "on", "ssl_cert_file": _CERTIFICATE, "ssl_key_file": _KEY}
    return {**given, "ssl_min_protocol_version": values.tls.min_version}
