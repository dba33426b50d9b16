"""Following objects of the API in a thread: what there is now, kept up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.cluster.api import Api, ApiError, Object


class Watcher:
    """The objects of one path by their uid, kept up to date until ``stop``; ``changed`` is called after each change."""

    def __init__(self, api: Api, path: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self._objects: dict[str, Object] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.synced = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {path}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following; the thread ends with its connection."""
        self._stop.set()

    def objects(self) -> list[Object]:
        """The objects as last seen."""
        with self._lock:
            return list(self._objects.values())

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (ApiError, OSError, ValueError):
                # The server went away or forgot the version asked for: list anew, after a moment for it to come back.
                self._stop.wait(0.2)

    def _follow(self) -> None:
        listed: dict[str, Object] | None = {}
        for kind, item in self._api.watch(self._path, self._stop):
            with self._lock:
                if kind == "SYNCED" and listed is not None:
                    self._objects, listed = listed, None
                    self.synced.set()
                elif listed is not None:
                    listed[item["metadata"]["uid"]] = item
                elif kind == "DELETED":
                    self._objects.pop(item["metadata"]["uid"], None)
                elif kind != "SYNCED":
                    self._objects[item["metadata"]["uid"]] = item
            if listed is None:
                self._changed()
