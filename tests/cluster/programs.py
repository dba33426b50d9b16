"""The node's own processes: started inside its network namespace, each with a log of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.network import Namespace
from tests.cluster.tools import tool


@dataclass
class Programs:
    """The processes of one node, by name."""

    namespace: Namespace
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str | Path, program: Path | None = None) -> None:
        """Start a built tool (or ``program``) with these arguments; its output goes to ``logs/NAME.log``.

        ``nsenter`` turns into the program, so the process id is the program's own.
        """
        self.commands[name] = self.namespace.command(program or tool(name), *arguments)
        self._launch(name)

    def restart(self, name: str) -> None:
        """End a program as the machine's supervisor would (SIGTERM) and start it again with the same arguments."""
        self.stop(name)
        self._launch(name)

    def stop(self, name: str, *, timeout: float = 10) -> None:
        """End a program: SIGTERM, and after ``timeout`` seconds SIGKILL."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self) -> None:
        """Raise RuntimeError, with the end of its log, when a program has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{self.log_end(name)}")

    def log_end(self, name: str, *, lines: int = 30) -> str:
        """The last lines of a program's log."""
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"

    def kill(self) -> None:
        """End every program at once and reap it."""
        for process in self.running.values():
            process.kill()
        for process in self.running.values():
            process.wait()
        self.running.clear()

    def _launch(self, name: str) -> None:
        path = os.pathsep.join([str(tool("containerd").parent), os.environ["PATH"], "/usr/sbin", "/sbin"])
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal reaches the test run, which ends them in order
                # A quarter of the usual collections of garbage: a node of a test run has memory to spare, and no processor.
                env={**os.environ, "PATH": path, "GOGC": "400"},
            )
