"""Mode `external`: External Secrets (external-secrets.io) fetches every Secret from a store."""

from __future__ import annotations

from collections.abc import Mapping

from castiel.cdk import ApiObject, Construct, JsonPatch
from castiel.manifest import Identity, Manifest
from castiel.model.catalogue import Secret
from castiel.model.platform import Platform


class ExternalSecrets(Construct):
    """One ExternalSecret for each Secret; in the store each is an entry with a property for each key."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, secrets: Mapping[str, Secret]) -> None:
        super().__init__(scope, id)
        for name, secret in secrets.items():
            target = platform.secret_name(name)
            identity = Identity(platform, target, component="secrets")
            api_object = ApiObject(
                self, name, api_version="external-secrets.io/v1", kind="ExternalSecret", metadata=identity.metadata()
            )
            api_object.add_json_patch(JsonPatch.add("/spec", _spec(platform, name, target, secret)))


def _spec(platform: Platform, name: str, target: str, secret: Secret) -> Manifest:
    store = platform.values.secrets.store
    remote = f"{store.key_prefix}{name}"
    return {
        "refreshInterval": store.refresh_interval,
        "secretStoreRef": {"name": store.name, "kind": store.kind},
        # Should the ExternalSecret go, the running platform keeps its Secret.
        "target": {"name": target, "creationPolicy": "Orphan", "deletionPolicy": "Retain"},
        "data": [{"secretKey": key, "remoteRef": {"key": remote, "property": key}} for key in secret.keys],
    }
