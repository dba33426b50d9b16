"""A Node that starts before jsii is imported, which takes about as long as Node itself; jsii then finds it running.

jsii has no option for this, so it relies on the internals of the one pinned version: what `_NodeProcess.start` does in
jsii/_kernel/providers/process.py is done here in two steps. tests/test_node.py fails when a new version does it differently.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from tierwright.node.failures import NodeError, Said, ended, explained, system_error
from tierwright.process.aside import aside
from tierwright.process.ending import on_end, undisturbed

_GONE_SECONDS = 1.0


class EarlyNode:
    """The process, as jsii would start it, and the folder with the JavaScript that it runs and what it writes meanwhile.

    `asked` counts the requests that it has had from jsii.
    """

    def __init__(self) -> None:
        agent = f"Python/{'.'.join(map(str, sys.version_info[:3]))}"
        self.said = Said()
        self.asked = 0
        with undisturbed(), explained(), ExitStack() as held:
            self.folder = held.enter_context(aside(Path(tempfile.gettempdir())))
            _require_utf8(self.folder, Path(__file__), Path(os.environ["JSII_NODE"]))
            self.process = subprocess.Popen(
                [
                    os.environ["JSII_NODE"],
                    "--max-old-space-size=4069",
                    os.environ.get("JSII_RUNTIME") or runtime(self.folder),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "JSII_AGENT": agent, "TMPDIR": str(self.folder)},
                process_group=0,  # it starts a Node of its own; and Ctrl-C is for this program to answer
            )
            self._held = held.pop_all()
            on_end(self.end)
            atexit.register(self.end)

    def end(self) -> None:
        """End the process, and the Node that it started, unless they have ended by themselves; remove the folder."""
        code = self.process.poll()
        if code is None or code < 0:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(self.process.pid, 0)  # not by the object: a signal may have come while it was just waiting
            deadline = time.monotonic() + _GONE_SECONDS
            with suppress(ProcessLookupError):
                while time.monotonic() < deadline:
                    os.killpg(self.process.pid, 0)
                    time.sleep(0.001)
        self._held.close()

    def give_to_jsii(self) -> None:
        """Make this the Node that jsii talks to. Call it before the first use of jsii."""
        import jsii
        from jsii._kernel.providers.process import ProcessProvider, _NodeProcess
        from jsii.errors import JSIIError

        early = self

        class Connection(_NodeProcess):
            def start(self) -> None:
                # What is in a map has become plain data before it comes here, so it need not be walked through once more.
                self._serializer.register_unstructure_hook(dict, lambda plain: plain)
                self._process = early.process
                self.sink_thread = Thread(target=early.said.listen, args=(early.process.stderr,), daemon=True)
                self.sink_thread.start()
                atexit.register(self.stop)
                self.handshake()

            def handshake(self) -> None:
                try:
                    super().handshake()
                except (OSError, ValueError):
                    raise ended(early.process, early.said) from None

            def send(self, request: Any, response_type: Any) -> Any:
                early.asked += 1
                try:
                    return super().send(request, response_type)
                except (OSError, ValueError):  # no pipe to write to; nothing to read
                    raise ended(early.process, early.said) from None
                except (JSIIError, RuntimeError) as error:
                    raise system_error(str(error)) or error from None

            def stop(self) -> None:
                with suppress(OSError, ValueError):
                    super().stop()
                    early.said.tell(early.process.returncode)

        class Provider(ProcessProvider):
            _connection: Connection | None = None

            @property
            def _process(self) -> Connection:
                """The connection, made when jsii asks for the first time."""
                if self._connection is None:
                    self._connection = Connection()  # type: ignore[no-untyped-call]
                    self._connection.start()
                return self._connection

        jsii.kernel.provider = Provider()


def runtime(folder: Path) -> str:
    """Lay out what jsii runs in Node, as it does itself: the files lie in its package under flat names."""
    package = importlib.util.find_spec("jsii")
    assert package is not None
    assert package.origin is not None
    for source in (Path(package.origin).parent / "_embedded" / "jsii").glob("*.js"):
        target = folder.joinpath(*source.name.split("__"))
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes())
    return str(folder / "bin" / "jsii-runtime.js")


def _require_utf8(*paths: Path) -> None:
    """Node reads every name as UTF-8. Raises NodeError for one that is not."""
    for path in paths:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            shown = os.fsencode(path).decode(errors="backslashreplace")
            raise NodeError(f"{shown}: Node, which cdk8s runs in, reads only names in UTF-8; use another folder") from None
