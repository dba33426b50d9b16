"""The objects for HTTPS in docs/configuration.md fit the environment that they are for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rendering import ROOT, Rendered, render_platform
from tierwright.pipeline import described

SECTION = (ROOT / "docs" / "configuration.md").read_text().partition("\n### HTTPS\n")[2].partition("\n### ")[0]
CONFIG = ROOT / "config"


@pytest.fixture(name="production")
def _production(tmp_path: Path) -> Rendered:
    (overlay,) = re.findall(r"^```yaml\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    (tmp_path / "https.yaml").write_text(overlay)
    values = [CONFIG / "environments" / "production.yaml", tmp_path / "https.yaml"]
    return render_platform(described(catalogue=CONFIG / "catalogue.yaml", values=values).platform)


def test_the_ingress_leads_from_the_public_host_to_the_public_service(production: Rendered) -> None:
    spec = production.get("Ingress", "castiel")["spec"]
    (rule,) = spec["rules"]
    (path,) = rule["http"]["paths"]
    service = production.get("Service", path["backend"]["service"]["name"])
    assert [rule["host"]] == spec["tls"][0]["hosts"] == [production.platform.values.public.host]
    assert path["backend"]["service"]["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    assert production.platform.service(service["metadata"]["name"]).public


def test_the_controller_reaches_what_proves_the_host(production: Rendered) -> None:
    """By the platform's own policy it would not: that denies what no other one names."""
    assert production.get("NetworkPolicy", "default-deny")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (rule,) = production.get("NetworkPolicy", "acme-solver")["spec"]["ingress"]
    (peer,) = rule["from"]
    namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    assert [namespace] == production.platform.plain_values["networkPolicy"]["edge"]["namespaces"]


def test_the_page_says_that_the_quota_takes_no_service_of_what_proves_the_host_as_it_is_by_default(production: Rendered) -> None:
    assert production.get("ResourceQuota", "quota")["spec"]["hard"]["services.nodeports"] == "0"
    assert "`serviceType: ClusterIP`" in SECTION
