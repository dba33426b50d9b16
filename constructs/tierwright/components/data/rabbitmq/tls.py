"""TLS of RabbitMQ: the server speaks it alone, by a certificate of a Secret, and its clients have the CA by which they know it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Condition, all_of
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.authority import CA, Authority, ca_path, certificate_rules
from tierwright.kit.rules import Rule

_FOLDER = "/etc/rabbitmq-tls"
_FILES = {"certfile": "tls.crt", "keyfile": "tls.key", "cacertfile": CA}

_MODE = 0o440
"""The kubelet gives the files to the group of the pod."""


def has_tls(rabbitmq: Rabbitmq) -> Condition:
    """Whether the server that runs here has TLS."""
    return all_of(rabbitmq.is_here, rabbitmq.values.tls.enabled)


def config_lines(rabbitmq: Rabbitmq) -> Iterator[Tree]:
    """The lines of rabbitmq.conf that say on which port it listens, and how."""
    enabled = rabbitmq.values.tls.enabled
    yield when(enabled, "listeners.tcp = none", f"listeners.tcp.default = {rabbitmq.port}")
    secure = (
        f"listeners.ssl.default = {rabbitmq.port}",
        *(f"ssl_options.{option} = {_FOLDER}/{file}" for option, file in _FILES.items()),
        # Clients prove who they are by their passwords.
        "ssl_options.verify = verify_none",
        "ssl_options.fail_if_no_peer_cert = false",
        "ssl_options.versions.1 = tlsv1.3",
        "ssl_options.versions.2 = tlsv1.2",
    )
    yield from (when(enabled, line) for line in secure)


def mounts(rabbitmq: Rabbitmq) -> list[Tree]:
    """Where the server has its certificate: a folder, so that the kubelet can renew it."""
    return [when(rabbitmq.values.tls.enabled, {"name": "tls", "mountPath": _FOLDER, "readOnly": True})]


def volumes(rabbitmq: Rabbitmq) -> list[Tree]:
    """The certificate, its key and the CA."""
    tls, items = rabbitmq.values.tls, [{"key": file, "path": file} for file in _FILES.values()]
    return [when(tls.enabled, {"name": "tls", "secret": {"secretName": tls.secret, "defaultMode": _MODE, "items": items}})]


def authority_of(rabbitmq: Rabbitmq) -> Authority:
    """The CA as clients mount it."""
    secret = {"secretName": rabbitmq.values.tls.secret, "items": [{"key": CA, "path": CA}]}
    return Authority(name=rabbitmq.name, present=has_tls(rabbitmq), source={"secret": secret})


def ca_file(rabbitmq: Rabbitmq, _client: str) -> str:
    """What `${rabbitmq.caFile}` is: the file with the CA; empty where there is none."""
    return rabbitmq.text("caFile", lambda: choose(has_tls(rabbitmq), ca_path(rabbitmq.name), ""))


def rules(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    """Where there is TLS, there is a certificate of ours."""
    tls, path = rabbitmq.values.tls, rabbitmq.path
    yield from certificate_rules(rabbitmq, elsewhere=f"{path}.external.tls says whether to connect with TLS")
    yield from kept_settings(rabbitmq.values.config, r"ssl_options\..*", by=f"{path}.tls decides such things", where=tls.enabled)
