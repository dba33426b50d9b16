"""Write numbered keys to Redis, and print each that is acknowledged: KIND NUMBER MOMENT. It runs in a pod with Python alone."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

HASTE = 1.0
PAUSE = 0.02


class RefusedError(Exception):
    """What a server answers in place of what was asked."""


class Connection:
    """A connection to a server or sentinel."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), HASTE)
        self.file = self.socket.makefile("rb")
        self.ask("AUTH", os.environ["REDIS_PASSWORD"])

    def ask(self, *words: object) -> Any:
        """The answer to a command. Raises OSError and RefusedError."""
        texts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts))
        return self.answer()

    def answer(self) -> Any:
        """The next answer."""
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the connection has ended")
        kind, text = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise RefusedError(text)
        if kind == b"$":
            return None if text == "-1" else self.file.read(int(text) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(text))]
        return int(text) if kind == b":" else text


def of_sentinels(_key: str) -> Connection:
    """A connection to the primary that the first sentinel names which answers; to the one server where there are no sentinels."""
    if "REDIS_SENTINELS" not in os.environ:
        return Connection("redis", 6379)
    for address in os.environ["REDIS_SENTINELS"].split(","):
        host, port = address.split(":")
        try:
            named = Connection(host, int(port)).ask("SENTINEL", "get-master-addr-by-name", os.environ["REDIS_MASTER_NAME"])
            return Connection(named[0], int(named[1]))
        except (OSError, RefusedError) as problem:
            print(f"failed {address} {problem}", flush=True)
    raise OSError("no sentinel leads to a primary")


def of_cluster(key: str) -> Connection:
    """A connection to the node that has a key, by the word of the first node which answers."""
    for address in os.environ["REDIS_CLUSTER_NODES"].split(","):
        host, port = address.split(":")
        try:
            node = Connection(host, int(port))
            try:
                node.ask("GET", key)
            except RefusedError as moved:
                _, _, at = str(moved).split() if str(moved).startswith("MOVED ") else ("", "", address)
                host, port = at.split(":")
                node = Connection(host, int(port))
                node.ask("GET", key)
        except (OSError, RefusedError) as problem:
            print(f"failed {address} {problem}", flush=True)
        else:
            return node
    raise OSError("no node leads to the one that has the key")


def write(kind: str, find: Callable[[str], Connection], tag: str, first: int, step: int) -> None:
    """Write for ever, to keys with a tag; what fails is not tried again under its number."""
    number, server = first, None
    while True:
        number += step
        key = f"{kind}:{{{tag}}}:{number}"
        try:
            server = server or find(key)
            server.ask("SET", key, number)
            if kind == "waited" and server.ask("WAIT", 1, 1000) < 1:
                raise RefusedError("no replica has it")
            print(kind, number, time.monotonic(), flush=True)
            time.sleep(PAUSE)
        except (OSError, RefusedError) as problem:
            print(f"failed {kind} {problem}", flush=True)
            server = None
            time.sleep(0.1)


if __name__ == "__main__":
    clustered = "REDIS_CLUSTER_NODES" in os.environ
    tags = "bca" if clustered else "b"  # in a cluster, each is a key of another primary
    for one in ("plain", "waited"):
        for number, tag in enumerate(tags):
            arguments = (one, of_cluster if clustered else of_sentinels, tag, number, len(tags))
            threading.Thread(target=write, args=arguments).start()
