"""A small client of the API server: requests and watches from this process, through the node's namespace."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.cluster.network import NODE_ADDRESS, Namespace

# JSON objects of the API; their shape is Kubernetes' and is read with care where it is used.
Object = dict[str, Any]
API_PORT = 6443


class ApiError(RuntimeError):
    """The API server refused; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class _Connection(http.client.HTTPSConnection):
    """HTTPS over a socket that was made inside the namespace."""

    def __init__(self, namespace: Namespace, context: ssl.SSLContext, timeout: float | None) -> None:
        super().__init__(NODE_ADDRESS, API_PORT, timeout=timeout, context=context)
        self._namespace = namespace
        self._tls = context

    def connect(self) -> None:
        plain = self._namespace.connect((self.host, self.port), timeout=self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True)
class Api:
    """The API server, as the identity of ``token``."""

    namespace: Namespace
    authority: Path
    token: str

    def request(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        content_type: str = "application/json",
        timeout: float = 30,
    ) -> Object:
        """One request; its JSON answer. Raises ApiError when refused, OSError when the server does not answer."""
        status, text = self.text(method, path, body, content_type=content_type, timeout=timeout)
        answer: Object = json.loads(text)
        if status >= 400:
            raise ApiError(status, str(answer.get("message", text)))
        return answer

    def text(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        content_type: str = "application/json",
        timeout: float = 30,
    ) -> tuple[int, str]:
        """One request; its status and text, for paths that do not answer JSON (logs, metrics, health)."""
        connection = self._connection(timeout)
        try:
            headers = {**self._headers(), "Content-Type": content_type}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def items(self, path: str) -> list[Object]:
        """The objects of a list, for instance ``/api/v1/pods``."""
        found: list[Object] = self.request("GET", path)["items"]
        return found

    def watch(self, path: str, stop: threading.Event) -> Iterator[tuple[str, Object]]:
        """First the objects as they are, as ``ADDED``; then ``SYNCED``; then every change, until ``stop`` is set.

        Ends when the server ends the watch; the caller watches anew. Raises ApiError and OSError.
        """
        listed = self.request("GET", path)
        for item in listed["items"]:
            yield "ADDED", item
        yield "SYNCED", {}
        query = {"watch": "1", "resourceVersion": listed["metadata"]["resourceVersion"], "timeoutSeconds": "300"}
        connection = self._connection(330)
        try:
            connection.request("GET", f"{path}?{urlencode(query)}", headers=self._headers())
            response = connection.getresponse()
            if response.status >= 400:
                raise ApiError(response.status, response.read().decode())
            while not stop.is_set():
                line = response.readline()
                if not line:
                    return
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ApiError(int(event["object"].get("code", 500)), str(event["object"].get("message")))
                yield event["type"], event["object"]
        finally:
            connection.close()

    def _connection(self, timeout: float | None) -> _Connection:
        context = ssl.create_default_context(cafile=str(self.authority))
        return _Connection(self.namespace, context, timeout)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
