"""Network namespaces: the node's own, and beyond its only way out a second one that plays the rest of the world."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

_NAMES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000

NODE_ADDRESS = "172.30.0.2"
GATEWAY_ADDRESS = "172.30.0.1"
POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
DNS_ADDRESS = "10.96.0.10"
API_ADDRESS = "10.96.0.1"
# A public and a private address beyond the gateway: what a policy lets out, and what it must not.
OUTSIDE_ADDRESS = "203.0.113.10"
OUTSIDE_PRIVATE_ADDRESS = "10.99.0.10"


@dataclass(frozen=True)
class Namespace:
    """A named network namespace."""

    name: str

    @property
    def path(self) -> Path:
        """The file that holds the namespace, as ``nsenter --net`` takes it."""
        return _NAMES / self.name

    def command(self, *arguments: str | Path) -> list[str]:
        """The command that runs ``arguments`` inside.

        Not ``ip netns exec``: it mounts a new /sys, which hides the cgroups from the kubelet.
        """
        return ["nsenter", f"--net={self.path}", "--", *(str(argument) for argument in arguments)]

    def run(self, *arguments: str | Path, stdin: str | None = None, timeout: float = 30) -> str:
        """Run a program inside and return its output. Raises RuntimeError with its words when it fails."""
        done = subprocess.run(self.command(*arguments), check=False, capture_output=True, text=True, input=stdin, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def connect(self, address: tuple[str, int], *, timeout: float | None) -> socket.socket:
        """A TCP connection made inside the namespace, usable from here. Raises OSError.

        A socket belongs to the namespace of the thread that made it, so a short-lived thread enters and makes it.
        """
        made: list[socket.socket] = []
        problems: list[BaseException] = []

        def enter_and_connect() -> None:
            try:
                self._enter()
                made.append(socket.create_connection(address, timeout=timeout))
            except OSError as problem:
                problems.append(problem)

        thread = threading.Thread(target=enter_and_connect, daemon=True)
        thread.start()
        thread.join()
        if problems:
            raise problems[0]
        return made[0]

    def _enter(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            if libc.setns(handle, _CLONE_NEWNET) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(self.path))
        finally:
            os.close(handle)

    def make(self) -> None:
        """Make it, with its loopback up. Raises CalledProcessError."""
        _ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments: str) -> None:
        """``ip`` inside the namespace."""
        _ip("-netns", self.name, *arguments)

    def processes(self) -> list[int]:
        """The ids of the processes that live in it."""
        try:
            identity = self.path.stat()
        except FileNotFoundError:
            return []
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                status = (entry / "ns" / "net").stat()
            except OSError:
                continue
            if (status.st_ino, status.st_dev) == (identity.st_ino, identity.st_dev):
                found.append(int(entry.name))
        return found

    def remove(self) -> None:
        """Remove it, if it exists."""
        if self.path.exists():
            _ip("netns", "delete", self.name)


def make_networks(node: Namespace, outside: Namespace) -> None:
    """Make both namespaces and the link between them; no address of theirs can leave the machine.

    The node's address is on its end of the link, the default route leads to the other end, where nothing but what
    a test starts there answers.
    """
    node.make()
    outside.make()
    node.ip("link", "add", "node0", "type", "veth", "peer", "name", "world0", "netns", outside.name)
    node.ip("address", "add", f"{NODE_ADDRESS}/24", "dev", "node0")
    outside.ip("address", "add", f"{GATEWAY_ADDRESS}/24", "dev", "world0")
    node.ip("link", "set", "node0", "up")
    outside.ip("link", "set", "world0", "up")
    node.ip("route", "add", "default", "via", GATEWAY_ADDRESS)
    outside.ip("route", "add", POD_RANGE, "via", NODE_ADDRESS)
    for address in (OUTSIDE_ADDRESS, OUTSIDE_PRIVATE_ADDRESS):
        outside.ip("address", "add", f"{address}/32", "dev", "lo")
    node.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
