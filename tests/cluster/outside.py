"""Servers beyond the node's only way out, which play the rest of the world."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.images.small import standin_program
from tests.cluster.network import OUTSIDE_ADDRESS, OUTSIDE_PRIVATE_ADDRESS, Namespace
from tests.cluster.programs import Programs
from tests.cluster.waiting import wait_for


@contextlib.contextmanager
def outside_servers(world: Namespace, logs: Path, *, tcp: tuple[int, ...], udp: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Servers on these ports; gives the public and the private address at which they answer."""
    programs = Programs(namespace=world, logs=logs)
    addresses = (OUTSIDE_ADDRESS, OUTSIDE_PRIVATE_ADDRESS)
    lists = (",".join(addresses), ",".join(map(str, tcp)), ",".join(map(str, udp)))
    programs.start("outside", "echo", *lists, program=standin_program())

    def answers() -> bool:
        programs.check()
        for port in tcp:
            world.connect((OUTSIDE_ADDRESS, port), timeout=1).close()
        return True

    try:
        wait_for("the servers outside", answers, timeout=10)
        yield addresses
    finally:
        programs.kill()
