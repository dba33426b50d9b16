"""Lets Patroni forget who led before a restore: the first member, whose data it is, leads next; the others copy from it.

Without that, a member with data of before could lead, as its data goes further. The argument is the server's system identifier.
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
LEADER = ("leader", "acquireTime", "renewTime", "transitions", "ttl", "optime", "slots", "retain_slots", "failsafe")
CHANGES = {
    "config": {"initialize": sys.argv[1], "history": None},
    "failover": dict.fromkeys(("leader", "member", "scheduled_at")),
    "leader": dict.fromkeys(LEADER),
    "sync": {"leader": os.environ["FIRST_MEMBER"], "sync_standby": None},
}

host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
token, namespace = ((FOLDER / name).read_text(encoding="utf-8") for name in ("token", "namespace"))
url = f"https://{f'[{host}]' if ':' in host else host}:{port}/api/v1/namespaces/{namespace}/configmaps"
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
context = ssl.create_default_context(cafile=FOLDER / "ca.crt")


def annotations(name: str, changes: "dict[str, str | None] | None" = None) -> "dict[str, str]":
    """What Patroni keeps under a name, perhaps after changes; nothing where it keeps nothing."""
    body = None if changes is None else json.dumps({"metadata": {"annotations": changes}}).encode()
    method = "GET" if body is None else "PATCH"
    request = urllib.request.Request(f"{url}/{os.environ['PATRONI_SCOPE']}-{name}", body, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310 - https
            found: dict[str, str] = json.load(answer)["metadata"].get("annotations", {})
            return found
    except urllib.error.HTTPError as refusal:
        if refusal.code != 404:
            raise
        return {}


# Whoever still leads while it ends would write all of it anew. It gives the lock back, or stops renewing it.
seen = None
while annotations("leader").get("leader") and seen != (seen := annotations("leader").get("renewTime")):
    print("waiting for the primary to end", flush=True)
    time.sleep(25)
for name, changes in CHANGES.items():
    annotations(name, changes)
