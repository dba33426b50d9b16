"""Changes what Patroni keeps in the annotations of its ConfigMaps. Other scripts run this, in pods with the members' account.

`give-back`, when a member starts: the lock that its earlier container had and could not give back. The container has the data, so
that the earlier server has ended. Patroni does the same, but not before it runs, which may be no sooner than the end of the lock.

`forget IDENTIFIER`, after a restore, with the server's system identifier: who led before. The first member, whose data it is, leads
next, and the others copy from it. Without that a member with data of before could lead, as its data goes further.
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

host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
token, namespace = ((FOLDER / name).read_text(encoding="utf-8") for name in ("token", "namespace"))
url = f"https://{f'[{host}]' if ':' in host else host}:{port}/api/v1/namespaces/{namespace}/configmaps"
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
context = ssl.create_default_context(cafile=FOLDER / "ca.crt")


def kept(name: str, changes: "dict[str, str | None] | None" = None, version: "str | None" = None) -> "tuple[dict[str, str], str]":
    """What Patroni keeps under a name, perhaps after changes, and its version; nothing where it keeps nothing.

    Where a version is given, nothing is changed if there is a newer one. Raises OSError, as for all that is refused.
    """
    body = None
    if changes is not None:
        body = json.dumps({"metadata": {"annotations": changes, **({"resourceVersion": version} if version else {})}}).encode()
    method = "GET" if body is None else "PATCH"
    request = urllib.request.Request(f"{url}/{os.environ['PATRONI_SCOPE']}-{name}", body, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310 - https
            metadata = json.load(answer)["metadata"]
            return metadata.get("annotations", {}), metadata["resourceVersion"]
    except urllib.error.HTTPError as refusal:
        if refusal.code != 404:
            raise
        return {}, ""


def give_back() -> None:
    """Remove the lock if it is this member's own, and nobody changes it meanwhile."""
    lock, version = kept("leader")
    if lock.get("leader") == os.environ["POD_NAME"]:
        kept("leader", {"leader": None}, version)
        print("gave back the lock of an earlier container", flush=True)


def forget(identifier: str) -> None:
    """Change all that says who leads."""
    # Whoever still leads while it ends would write all of it anew. It gives the lock back, or stops renewing it.
    seen = None
    while (lock := kept("leader")[0]).get("leader") and seen != (seen := lock.get("renewTime")):
        print("waiting for the primary to end", flush=True)
        time.sleep(25)
    kept("config", {"initialize": identifier, "history": None})
    kept("failover", dict.fromkeys(("leader", "member", "scheduled_at")))
    kept("leader", dict.fromkeys(LEADER))
    kept("sync", {"leader": os.environ["FIRST_MEMBER"], "sync_standby": None})


if sys.argv[1] == "forget":
    forget(sys.argv[2])
else:
    try:
        give_back()
    except OSError as problem:
        print(f"a lock that an earlier container had, as the primary, is not given back: {problem}", file=sys.stderr)
