"""A Node that starts before jsii is imported, which takes about as long as Node itself; jsii then finds it running.

jsii has no door for this, so it stands on the insides of the one version that is pinned: what `_NodeProcess.start` does in
jsii/_kernel/providers/process.py is done here in two steps. tests/test_node.py tells when a new version does it otherwise.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread


class EarlyNode:
    """The process, as jsii would start it, and the folder with the JavaScript that it runs."""

    def __init__(self) -> None:
        self.folder = TemporaryDirectory()
        agent = f"Python/{'.'.join(map(str, sys.version_info[:3]))}"
        self.process = subprocess.Popen(
            [
                os.environ["JSII_NODE"],
                "--max-old-space-size=4069",
                os.environ.get("JSII_RUNTIME") or runtime(Path(self.folder.name)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "JSII_AGENT": agent},
        )

    def give_to_jsii(self) -> None:
        """Make this the Node that jsii talks to. Nothing must have been asked of jsii yet."""
        import jsii
        from jsii._kernel.providers.process import ProcessProvider, _NodeProcess, stderr_sink

        early = self

        class Connection(_NodeProcess):
            def start(self) -> None:
                # What is in a map has become plain data before it comes here, so it need not be walked through once more.
                self._serializer.register_unstructure_hook(dict, lambda plain: plain)
                self._process = early.process
                self.sink_thread = Thread(target=stderr_sink, args=(early.process.stderr,), daemon=True)
                self.sink_thread.start()
                atexit.register(self.stop)
                self.handshake()

            def stop(self) -> None:
                super().stop()
                early.folder.cleanup()

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
