"""Startup gates: who waits for whom, in which containers, and what the script does."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendering import CONFIG, Rendered, render, render_with
from tests.test_seed import MICROSERVICES, PORTS, TIERS
from tierwright.kit.gate_script import SCRIPT


def gates_of(rendered: Rendered, name: str) -> dict[str, list[str]]:
    """The arguments of each gate of a service, by the gate's name; how many gates follow is checked here and left out."""
    spec = rendered.get("Deployment", name)["spec"]["template"]["spec"]
    gates: dict[str, list[str]] = {container["name"]: list(container["args"]) for container in spec.get("initContainers", [])}
    for behind, arguments in enumerate(reversed(gates.values())):
        if behind:
            assert arguments[-2:] == ["--gates-behind", str(behind)], name
            del arguments[-2:]
    return gates


def targets_of(rendered: Rendered) -> dict[str, tuple[str, str, str]]:
    """The tier of everything that gates ask, its URL for those that need it, and that for the order, by its name."""
    lines = rendered.get("ConfigMap", "startup-gate")["data"]["targets"].splitlines()
    return {name: (tier, url, listed) for tier, name, url, listed in map(str.split, lines)}


def waited_for(rendered: Rendered, name: str) -> set[str]:
    """All that the gates of a service wait for: what they name, and what stands in the tiers that they name."""
    found: set[str] = set()
    for arguments in gates_of(rendered, name).values():
        needs, _, tier = " ".join(arguments).partition("--tier ")
        found |= {*needs.split(), *(one for one, (of, _, _) in targets_of(rendered).items() if of == tier)}
    return found


def test_a_pod_has_a_gate_for_each_tier_before_its_own_and_for_its_own_where_it_needs_something_there() -> None:
    gates = {name: list(gates_of(render(), name)) for name in PORTS}
    assert gates["secret-management"] == ["wait-for-infrastructure"]
    assert gates["ai-service"] == ["wait-for-infrastructure", "wait-for-foundation"]
    assert gates["mcp-server"] == ["wait-for-infrastructure", "wait-for-foundation", "wait-for-ai"]
    assert gates["planning"] == [f"wait-for-{tier}" for tier in TIERS[:4]]
    assert gates["calendar"] == [f"wait-for-{tier}" for tier in TIERS[:4]]
    assert gates["api-gateway"] == [f"wait-for-{tier}" for tier in TIERS[:5]]


def test_needs_stand_before_what_only_the_tier_order_names() -> None:
    gates = gates_of(render(), "planning")
    assert gates["wait-for-infrastructure"] == ["postgres", "rabbitmq", "--tier", "infrastructure"]
    assert gates["wait-for-foundation"] == ["secret-management", "--tier", "foundation"]
    assert gates["wait-for-planning"] == ["knowledge-base"]


def test_gates_wait_for_exactly_what_the_graph_says() -> None:
    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        for name in PORTS:
            assert waited_for(rendered, name) == {wait.target for wait in rendered.platform.graph.waits(name)}, name


def test_every_target_is_asked_by_its_readiness() -> None:
    targets = targets_of(render())
    for name, port in PORTS.items():
        assert targets[name][1] == f"http://{name}:{port}/health/ready"
    assert {name: url for name, (tier, url, _) in targets.items() if tier == "infrastructure"} == {
        "postgres": "tcp://postgres:5432",
        "rabbitmq": "tcp://rabbitmq:5672",
        "redis": "tcp://redis:6379",
    }


def test_a_new_service_in_an_earlier_tier_changes_no_pod_of_the_later_ones() -> None:
    catalogue = yaml.safe_load((CONFIG / "catalogue.yaml").read_text())
    catalogue["services"]["newcomer"] = {"tier": "foundation", "port": 3999, "needs": ["postgres"]}
    assert render_with({}, catalogue=catalogue).get("Deployment", "calendar") == render().get("Deployment", "calendar")


def test_the_order_graph_waits_for_needs_alone() -> None:
    rendered = render_with({"startup": {"order": "graph"}})
    for name in PORTS:
        named = {target for targets in gates_of(rendered, name).values() for target in targets}
        assert named == set(rendered.platform.service(name).needs)
    assert list(gates_of(rendered, "calendar")) == ["wait-for-infrastructure", "wait-for-foundation"]


def test_the_gateway_waits_for_everything() -> None:
    named = [target for targets in gates_of(render(), "api-gateway").values() for target in targets]
    assert set(MICROSERVICES) <= set(named)


def test_an_external_data_service_is_gated_at_its_own_address() -> None:
    external = {"topology": "external", "external": {"host": "db.example", "port": 6432, "tls": False, "cidrs": ["10.9.0.0/24"]}}
    rendered = render_with({"postgres": external})
    assert targets_of(rendered)["postgres"] == ("infrastructure", "tcp://db.example:6432", "tcp://db.example:6432")
    assert not rendered.has("Service", "postgres-ready")


def test_for_the_order_of_the_tiers_a_name_is_asked_that_has_an_address_while_a_pod_is_ready() -> None:
    rendered = render()
    listed = {name: url for name, (_, _, url) in targets_of(rendered).items()}
    assert listed == {name: f"dns://{name}-ready" for name in (*PORTS, "postgres", "rabbitmq", "redis")}
    for name in listed:
        if name == "api-gateway":  # of the last tier; nobody waits for it
            assert not rendered.has("Service", f"{name}-ready")
            continue
        spec = rendered.get("Service", f"{name}-ready")["spec"]
        assert spec == {"type": "ClusterIP", "clusterIP": "None", "selector": {"app.kubernetes.io/name": name}}


def test_where_only_needs_are_waited_for_no_such_names_are_made() -> None:
    names = render_with({"startup": {"order": "graph"}}).kinds("Service")
    assert [name for name in names if name.endswith("-ready")] == []


def test_a_disabled_service_has_no_such_name_either() -> None:
    rendered = render_with({"services": {"learning-development": {"enabled": False}}})
    assert not rendered.has("Service", "learning-development-ready")
    assert "learning-development" not in targets_of(rendered)


def test_sync_waves_are_the_levels_of_the_graph_of_waits() -> None:
    def waves(rendered: Rendered) -> dict[str, str]:
        return {
            name: one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
            for name, one in rendered.kinds("Deployment", "StatefulSet").items()
        }

    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        found = {name: int(wave) for name, wave in waves(rendered).items()}
        for name in PORTS:
            waits = [wait.target for wait in rendered.platform.graph.waits(name)]
            assert found[name] == 1 + max(found[target] for target in waits), name
    assert waves(render())["api-gateway"] == "8"
    assert waves(render_with({"startup": {"order": "graph"}}))["api-gateway"] == "7"


def test_everything_of_a_service_shares_its_wave_so_that_nothing_stands_there_without_it() -> None:
    production = render("production")
    for (kind, name), one in production.objects.items():
        if name in PORTS and kind != "ExternalSecret":
            annotations: dict[str, str] = one["metadata"]["annotations"]
            assert annotations["argocd.argoproj.io/sync-wave"] == str(production.platform.graph.levels[name]), f"{kind}/{name}"


def test_settings_of_the_gates_restart_no_pod() -> None:
    patient = render_with({"startup": {"tierPatience": 900, "pollSeconds": 3}})
    assert patient.get("ConfigMap", "startup-gate")["data"]["settings"] == "POLL_SECONDS=3\nTIER_PATIENCE=900\n"
    assert patient.kinds("Deployment") == render().kinds("Deployment")


def test_gates_ask_for_very_little_and_a_limit_range_lets_them() -> None:
    for name in PORTS:
        for container in render().get("Deployment", name)["spec"]["template"]["spec"]["initContainers"]:
            assert container["resources"]["requests"] == {"cpu": "5m", "memory": "8Mi", "ephemeral-storage": "8Mi"}
    (limits,) = render().get("LimitRange", "limits")["spec"]["limits"]
    assert limits["min"] == {"cpu": "1m", "memory": "4Mi"}


# The script itself, on the shell and tools of this machine, with stand-ins for those that ask the network.

READY_AFTER = """\
#!/bin/sh
# Answers for the target in the last argument once it was asked often enough: READY_AFTER_<target's letters>.
for last; do :; done
case $0 in */nc) last=$last-$(eval echo \\${$(($# - 1))}) ;; esac
key=$(echo "$last" | tr -cd 'a-z')
count=$(cat "$STATE/$key" 2>/dev/null || echo 0)
echo $((count + 1)) > "$STATE/$key"
[ "$count" -ge "$(cat "$STATE/$key.needed" 2>/dev/null || echo 0)" ]
"""


DNS = """\
# As the cluster's DNS: it denies the name until it was asked often enough; then it has one record, of the type in `record`.
if [ "$2" = 53 ]; then
  cat > "$STATE/question"
  key=$(head -c -4 "$STATE/question" | tr -cd 'a-z')
  type=$(tail -c 4 "$STATE/question" | od -An -tu1 -N2 | tr -s ' ')
  echo "$1 $key$type" >> "$STATE/questions"
  [ -e "$STATE/silent" ] && exit 1
  count=$(cat "$STATE/$key" 2>/dev/null || echo 0)
  echo $((count + 1)) > "$STATE/$key"
  code=3 records=0
  if [ "$count" -ge "$(cat "$STATE/$key.needed" 2>/dev/null || echo 0)" ]; then
    code=0
    [ "$type" != " 0 $(cat "$STATE/record" 2>/dev/null || echo 1)" ] || records=1
  fi
  printf "\\000\\054\\000\\001\\205\\20$code\\000\\001\\000\\00${records}the rest"
  exit
fi
"""


SLEEP = """\
#!/bin/sh
# Puts the clock forward instead.
echo "$1" >> "$STATE/pauses"
read -r now _ < "$STATE/uptime"
fraction=${now#*.}
now=$((${now%.*} * 10 + ${fraction%?} + ${1%.*} * 10 + ${1#*.}))
echo "$((now / 10)).$((now % 10))0 0.00" > "$STATE/uptime"
"""

TARGETS = """\
low a tcp://a:1 dns://a-ready
low b http://b:2/health/ready dns://b-ready
low dead http://dead/ dns://dead-ready
low last http://last/ dns://last-ready
high slow http://slow/ dns://slow-ready
outside base tcp://base.example:5 tcp://base.example:5
"""


LETTERS = "{}readyshopsvcclusterlocal"
"""The letters of the name that the cluster's DNS is asked for."""


class Gate:
    """Runs the script with `wget`, `nc`, `sleep`, the clock and the pod's resolver settings replaced."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.state = folder / "bin", folder / "state"
        self.bin.mkdir()
        self.state.mkdir()
        self.tool("wget", READY_AFTER)
        self.tool("nc", f"#!/bin/sh\n{DNS}{READY_AFTER}")
        self.tool("timeout", '#!/bin/sh\nshift\nexec "$@"\n')
        self.tool("sleep", SLEEP)
        (self.state / "uptime").write_text("1000.00 0.00\n")
        (folder / "settings").write_text("POLL_SECONDS=1\nTIER_PATIENCE=0\n")
        (folder / "targets").write_text(TARGETS)
        search = "shop.svc.cluster.local svc.cluster.local cluster.local example.com"
        (self.state / "resolv.conf").write_text(f"search {search}\nnameserver 10.96.0.10\nnameserver 10.96.0.11\noptions ndots:5\n")
        script = SCRIPT
        for path in ("/proc/uptime", "/etc/resolv.conf"):
            assert path in script
            script = script.replace(path, str(self.state / Path(path).name))
        (folder / "wait.sh").write_text(script)
        self.script = folder / "wait.sh"

    def tool(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def needs(self, key: str, attempts: int) -> None:
        """Let the target whose letters are `key` answer after so many attempts."""
        (self.state / f"{key}.needed").write_text(str(attempts))

    def questions(self) -> list[tuple[str, str, int]]:
        """What the DNS was asked so far: the server, the letters of the name, the type of record."""
        path = self.state / "questions"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(server, name, int(high) * 256 + int(low)) for server, name, high, low in lines]

    def pauses(self) -> list[str]:
        """The seconds of each pause so far."""
        path = self.state / "pauses"
        return path.read_text().split() if path.exists() else []

    def run(self, *arguments: str, patience: int = 0, poll: int = 1) -> "subprocess.CompletedProcess[str]":
        (self.script.parent / "settings").write_text(f"POLL_SECONDS={poll}\nTIER_PATIENCE={patience}\n")
        environment = {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "STATE": str(self.state)}
        command: list[Any] = ["sh", self.script, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(name="gate")
def _gate(tmp_path: Path) -> Gate:
    if not Path("/proc/stat").exists():
        pytest.skip("the script reads /proc/stat, which this system does not have")
    return Gate(tmp_path)


def test_the_script_ends_when_everything_is_ready_and_says_so(gate: Gate) -> None:
    gate.needs("httpbhealthready", 3)
    done = gate.run("a", "b")
    assert done.returncode == 0
    assert re.sub(r"\d+ s$", "N s", done.stdout, flags=re.MULTILINE).splitlines() == [
        "tcp://a:1 is ready after N s",
        "waiting for http://b:2/health/ready since N s",
        "http://b:2/health/ready is ready after N s",
    ]


def test_the_script_gives_up_on_what_only_the_tier_order_names_after_its_patience(gate: Gate) -> None:
    gate.needs(LETTERS.format("dead"), 10**6)
    done = gate.run("a", "--tier", "low", patience=1)
    assert done.returncode == 0
    warning = r"WARNING: going on without dns://dead-ready, not ready after \d+ s: only the tier order names it"
    assert re.search(warning, done.stdout)
    assert "dns://last-ready is ready" in done.stdout
    assert done.stdout.count("tcp://a:1") == 1  # a need is not asked again for its tier
    assert "slow" not in done.stdout


def test_the_script_gives_up_when_its_patience_ends_and_not_a_pause_later(gate: Gate) -> None:
    gate.needs(LETTERS.format("dead"), 10**6)
    done = gate.run("a", "--tier", "low", "--gates-behind", "1", patience=7, poll=5)
    assert "not ready after 7 s: only the tier order names it" in done.stdout
    assert gate.pauses()[:2] == ["5.0", "2.0"]


def test_the_script_goes_past_a_need_that_is_switched_off(gate: Gate) -> None:
    done = gate.run("gone", "a")
    assert done.returncode == 0
    assert done.stdout.startswith("gone is switched off\ntcp://a:1 is ready")


def test_the_script_never_gives_up_on_a_need(gate: Gate) -> None:
    gate.needs("httpslow", 25)
    done = gate.run("slow", patience=1)
    assert done.returncode == 0
    assert "http://slow/ is ready after" in done.stdout
    assert "WARNING" not in done.stdout


def test_the_script_waits_for_ever_where_its_patience_is_zero(gate: Gate) -> None:
    gate.needs(LETTERS.format("slow"), 25)
    done = gate.run("--tier", "high", patience=0)
    assert "dns://slow-ready is ready after" in done.stdout
    assert "WARNING" not in done.stdout


def test_for_the_order_of_the_tiers_the_script_connects_to_nothing_but_the_first_name_server(gate: Gate) -> None:
    done = gate.run("--tier", "low")
    assert done.returncode == 0
    names = [LETTERS.format(name) for name in ("a", "b", "dead", "last")]
    assert [name for _, name, _ in gate.questions()] == [name for name in names for _ in range(2)]
    assert {server for server, _, _ in gate.questions()} == {"10.96.0.10"}
    assert {path.name for path in gate.state.iterdir()} <= {
        *names,
        "question",
        "questions",
        "uptime",
        "resolv.conf",
        "tcpbaseexample.needed",
    }


def test_no_denial_that_is_cached_holds_the_script_up(gate: Gate) -> None:
    """A resolver caches by name and type: so each attempt asks for a type that nobody has asked for, and for an address only
    when that name exists."""
    gate.needs(LETTERS.format("slow"), 12)
    gate.run("--tier", "high")
    types = [record for _, _, record in gate.questions()]
    assert types[-1] == 1
    assert 1 not in types[:-1]
    assert 28 not in types
    assert len(set(types)) == len(types) == 14
    assert all(1024 <= record < 32768 for record in types[:-1])


def test_a_name_that_exists_without_an_address_is_not_ready(gate: Gate) -> None:
    """As some servers answer where no pod is ready."""
    (gate.state / "record").write_text("16")
    assert "WARNING: going on without dns://slow-ready" in gate.run("--tier", "high", patience=2).stdout
    assert {record for _, _, record in gate.questions()} >= {1, 28}


def test_an_address_of_the_sixth_version_will_do(gate: Gate) -> None:
    (gate.state / "record").write_text("28")
    assert gate.run("--tier", "high").stdout == "dns://slow-ready is ready after 0 s\n"


def test_a_name_server_that_does_not_answer_is_asked_again(gate: Gate) -> None:
    (gate.state / "silent").touch()
    assert "WARNING: going on without dns://slow-ready" in gate.run("--tier", "high", patience=2).stdout
    assert len(gate.questions()) > 2
    assert {record for _, _, record in gate.questions()}.isdisjoint({1, 28})


def test_an_external_data_service_is_connected_to_for_the_order_too(gate: Gate) -> None:
    assert gate.run("--tier", "outside").stdout == "tcp://base.example:5 is ready after 0 s\n"
    assert gate.questions() == []


def test_the_longest_name_is_asked_for_in_full(gate: Gate) -> None:
    """With the longest name of a service, and of a namespace, a question is longer than a byte can count."""
    name, domain = "n" * 53, "d" * 63
    (gate.script.parent / "targets").write_text(f"high {name} http://{name}/ dns://{name}-ready\n")
    (gate.state / "resolv.conf").write_text(f"nameserver fd00::a\nsearch {domain}.svc.{'c' * 63}.{'e' * 63}\n")
    assert gate.run("--tier", "high").returncode == 0
    question = (gate.state / "question").read_bytes()
    assert int.from_bytes(question[:2]) == len(question) - 2 > 256
    labels = [f"{name}-ready", domain, "svc", "c" * 63, "e" * 63]
    encoded = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    assert question[2:] == b"\0\1\1\0\0\1\0\0\0\0\0\0" + encoded + b"\0\1\0\1"
    assert gate.questions()[0][0] == "fd00::a"


def test_the_last_gate_asks_more_often_at_first(gate: Gate) -> None:
    gate.needs("httpslow", 3)
    gate.run("slow")
    assert gate.pauses() == ["0.2"] * 3


def test_the_last_gate_never_pauses_longer_than_a_quarter_of_the_others_pause(gate: Gate) -> None:
    """Also after so long that a twentieth of the time is more."""
    gate.needs("httpslow", 65)
    gate.run("slow", poll=2)
    assert gate.pauses() == sorted(gate.pauses())
    assert gate.pauses()[0] == "0.2"
    assert gate.pauses()[-10:] == ["0.5"] * 10


def test_a_gate_with_others_behind_it_pauses_twice_as_long_in_a_long_wait(gate: Gate) -> None:
    gate.needs("httpslow", 65)
    gate.run("slow", "--gates-behind", "1", poll=2)
    pauses = [float(one) for one in gate.pauses() if one != "0.5"]
    waited = [sum(pauses[:count]) for count in range(65)]
    assert [pause for pause, after in zip(pauses, waited, strict=True) if after <= 40] == [2.0] * 21
    assert [pause for pause, after in zip(pauses, waited, strict=True) if after >= 80] == [4.0] * pauses.count(4.0)
    assert pauses == sorted(pauses)


def test_a_gate_with_others_behind_it_asks_at_its_pace_and_then_lets_programs_start_first(gate: Gate) -> None:
    """As many calm looks at the node as gates follow, and at the most four for each."""
    gate.needs("httpslow", 3)
    assert gate.run("slow", "--gates-behind", "2").returncode == 0
    assert gate.pauses()[:3] == ["1.0"] * 3
    assert set(gate.pauses()[3:]) == {"0.5"}
    assert 2 <= len(gate.pauses()[3:]) <= 8


def test_a_gate_that_finds_everything_ready_loses_no_time(gate: Gate) -> None:
    done = gate.run("a", "b", "--gates-behind", "4")
    assert len(done.stdout.splitlines()) == 2
    assert gate.pauses() == []


def test_the_script_ends_at_once_when_its_pod_is_deleted(gate: Gate) -> None:
    gate.needs("httpdead", 10**6)
    gate.tool("sleep", "#!/bin/sh\nexec /bin/sleep 20\n")
    environment = {"PATH": f"{gate.bin}{os.pathsep}{os.environ['PATH']}", "STATE": str(gate.state)}
    with subprocess.Popen(["sh", gate.script, "dead"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"waiting for")
        process.terminate()
        assert process.wait(timeout=10) == 143


def test_the_script_says_so_when_its_image_lacks_a_tool(gate: Gate) -> None:
    (gate.bin / "wget").unlink()
    environment = {"PATH": str(gate.bin), "STATE": str(gate.state)}
    command = [str(shutil.which("sh")), str(gate.script), "a"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "the gate's image has no wget; choose another in startup.image\n"


def test_what_is_ready_last_is_asked_last_by_the_last_gate() -> None:
    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        levels = rendered.platform.graph.levels
        for name in PORTS:
            needs = [" ".join(arguments).partition("--tier")[0].split() for arguments in gates_of(rendered, name).values()]
            latest = [max(levels[need] for need in gate) for gate in needs if gate]
            assert latest == sorted(latest), name
    assert list(gates_of(render_with({"startup": {"order": "graph"}}), "api-gateway"))[-1] == "wait-for-planning"
