"""TLS of RabbitMQ: the server speaks it alone, by a certificate of a Secret, and its clients have the CA by which they know it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq.values import RabbitmqValues
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Condition, all_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.authority import Authority
from tierwright.kit.instance import Instance
from tierwright.kit.rules import Rule
from tierwright.model.mounts import ca_folder_of

_FOLDER = "/etc/rabbitmq-tls"
_CA = "ca.crt"
_FILES = {"certfile": "tls.crt", "keyfile": "tls.key", "cacertfile": _CA}

_MODE = 0o440
"""The kubelet gives the files to the group of the pod."""


def has_tls(rabbitmq: Instance[RabbitmqValues]) -> Condition:
    """Whether the server that runs here has TLS."""
    return all_of(rabbitmq.is_here, rabbitmq.values.tls.enabled)


def config_lines(rabbitmq: Instance[RabbitmqValues]) -> Iterator[Tree]:
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


def mounts(rabbitmq: Instance[RabbitmqValues]) -> list[Tree]:
    """Where the server has its certificate: a folder, so that the kubelet can renew it."""
    return [when(rabbitmq.values.tls.enabled, {"name": "tls", "mountPath": _FOLDER, "readOnly": True})]


def volumes(rabbitmq: Instance[RabbitmqValues]) -> list[Tree]:
    """The certificate, its key and the CA."""
    tls, items = rabbitmq.values.tls, [{"key": file, "path": file} for file in _FILES.values()]
    return [when(tls.enabled, {"name": "tls", "secret": {"secretName": tls.secret, "defaultMode": _MODE, "items": items}})]


def authority_of(rabbitmq: Instance[RabbitmqValues]) -> Authority:
    """The CA as clients mount it."""
    name = f"{rabbitmq.name}-ca"
    secret = {"secretName": rabbitmq.values.tls.secret, "items": [{"key": _CA, "path": _CA}]}
    mount = {"name": name, "mountPath": ca_folder_of(rabbitmq.name), "readOnly": True}
    return Authority(present=has_tls(rabbitmq), volume={"name": name, "secret": secret}, mount=mount)


def ca_file(rabbitmq: Instance[RabbitmqValues], _client: str) -> str:
    """What `${rabbitmq.caFile}` is: the file with the CA; empty where there is none."""
    return rabbitmq.text("caFile", lambda: choose(has_tls(rabbitmq), f"{ca_folder_of(rabbitmq.name)}/{_CA}", ""))


def rules(rabbitmq: Instance[RabbitmqValues]) -> Iterator[Rule]:
    """Where there is TLS, there is a certificate of ours."""
    tls, path = rabbitmq.values.tls, rabbitmq.path
    yield Rule(
        path=("tls", "enabled"),
        broken=all_of(rabbitmq.is_here, tls.enabled, opposite(filled(tls.secret))),
        wrong=f"{path}.tls.enabled is on, but {path}.tls.secret names no certificate",
        allowed="name a Secret of the namespace with tls.crt, tls.key and ca.crt there, such as one that cert-manager makes",
    )
    yield Rule(
        path=("tls", "enabled"),
        broken=all_of(rabbitmq.is_external, tls.enabled),
        wrong=f"{rabbitmq.name} is external, so it has its certificate where it runs",
        allowed=f"set it to false; {path}.external.tls says whether to connect with TLS",
    )
    yield from kept_settings(rabbitmq.values.config, r"ssl_options\..*", by=f"{path}.tls decides such things", where=tls.enabled)
