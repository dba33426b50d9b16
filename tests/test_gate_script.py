"""The script of the startup gates, on the shell and tools of this machine, with stand-ins for those that ask the network."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.listening import shop
from tierwright.kit.gate_script import SCRIPT, script

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
- last:metrics tcp://last:9464
high slow http://slow/ dns://slow-ready
outside base tcp://base.example:5 tcp://base.example:5
"""


LETTERS = "{}readyshopsvcclusterlocal"
"""The letters of the name that the cluster's DNS is asked for."""


class Gate:
    """Runs the script with `wget`, `nc`, `sleep`, the clock and the pod's resolver settings replaced."""

    def __init__(self, folder: Path, text: str = SCRIPT) -> None:
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
        for path in ("/proc/uptime", "/etc/resolv.conf"):
            assert path in text
            text = text.replace(path, str(self.state / Path(path).name))
        (folder / "wait.sh").write_text(text)
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


def test_the_script_asks_for_a_further_port_where_it_is_needed_and_for_no_tier(gate: Gate) -> None:
    gate.needs("last", 3)
    done = gate.run("last:metrics", "--tier", "low")
    assert done.returncode == 0
    assert "tcp://last:9464 is ready after" in done.stdout
    assert "dns://last-ready is ready" in done.stdout
    assert "9464" not in gate.run("last", "--tier", "low").stdout


def test_the_script_gives_up_when_its_patience_ends_and_not_a_pause_later(gate: Gate) -> None:
    gate.needs(LETTERS.format("dead"), 10**6)
    done = gate.run("a", "--tier", "low", "--gates-behind", "1", patience=7, poll=5)
    assert "not ready after 7 s: only the tier order names it" in done.stdout
    assert gate.pauses()[:2] == ["5.0", "2.0"]


def test_the_script_goes_past_a_need_that_is_switched_off(gate: Gate) -> None:
    done = gate.run("gone", "a")
    assert done.returncode == 0
    assert done.stdout.startswith("gone is switched off\ntcp://a:1 is ready")


@pytest.mark.parametrize(
    ("change", "arguments", "last"),
    [
        ("/ dead /d; w targets", ("--tier", "low"), "dead is switched off\ndns://last-ready is ready after"),
        ("s/PATIENCE=0/PATIENCE=20/; w settings", ("--tier", "low"), "WARNING: going on without dns://dead-ready, not ready after"),
        ("/ dead /d; w targets", ("dead",), "dead is switched off\n"),
        ("s/dead:1/b:2/; w targets", ("dead",), "http://b:2/ is ready after"),
    ],
    ids=["a service", "patience", "a need", "an address"],
)
def test_what_changes_while_the_script_waits_counts(gate: Gate, change: str, arguments: tuple[str, ...], last: str) -> None:
    """The kubelet renews the files, but what waits for what is no more is not made anew: it would wait for ever."""
    (gate.script.parent / "targets").write_text(TARGETS.replace("http://dead/", "http://dead:1/"))
    gate.needs(LETTERS.format("dead"), 10**6)
    gate.needs("httpdead", 10**6)
    file = gate.script.parent / change.rpartition("w ")[2]
    gate.tool("sleep", SLEEP + f"sed -i '{change.partition('; w')[0]}' {file}\n")
    done = gate.run(*arguments)
    assert done.returncode == 0
    assert re.search(rf"waiting for \S+ since 0 s\n(waiting for .*\n)?{last}", done.stdout), done.stdout


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


@pytest.fixture(name="gate_of_any_server")
def _gate_of_any_server(tmp_path: Path) -> Gate:
    return Gate(tmp_path, script(of_any_server=True))


def test_a_server_that_may_keep_connections_is_asked_for_nothing_but_a_connection(gate_of_any_server: Gate) -> None:
    gate_of_any_server.tool("nc", f'#!/bin/sh\necho "$@" >> $STATE/calls\n{READY_AFTER}')
    gate_of_any_server.needs("a", 2)
    assert gate_of_any_server.run("a").stdout.splitlines()[-1].startswith("tcp://a:1 is ready after")
    calls = (gate_of_any_server.state / "calls").read_text().splitlines()
    assert calls == ["-z 127.0.0.1 1", "-z a 1", "-z a 1", "-z a 1"]


@pytest.mark.parametrize("stopped", [124, 143])
def test_an_nc_that_only_talks_counts_as_connected_where_it_had_to_be_stopped(gate_of_any_server: Gate, stopped: int) -> None:
    """As busybox without -z: it gives up on connecting after the seconds of -w, and stays with a server that stays."""
    refuses, attempts = 'echo "nc: invalid option -- z" >&2; exit 1', "$(cat $STATE/attempts 2> /dev/null)x"
    talks = f'echo {attempts} > $STATE/attempts\n[ "$(cat $STATE/attempts)" = xxx ] || exit 1\nexit {stopped}'
    gate_of_any_server.tool("nc", f'#!/bin/sh\ncase "$*" in -z*) {refuses} ;; "-w 1 a 1") ;; *) exit 99 ;; esac\n{talks}\n')
    assert gate_of_any_server.run("a").stdout.splitlines()[-1].startswith("tcp://a:1 is ready after")
    assert (gate_of_any_server.state / "attempts").read_text() == "xxx\n"


def test_an_nc_that_runs_a_program_once_it_is_connected_is_not_believed_when_it_was_stopped(gate_of_any_server: Gate) -> None:
    """As Debian's busybox: on a busy node it may be stopped before it has begun to connect."""
    usage = 'echo "Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]" >&2; exit 1'
    connects = 'echo x >> $STATE/calls; [ "$(wc -l < $STATE/calls)" -gt 3 ] || exit 143; exec $4'
    gate_of_any_server.tool("nc", f'#!/bin/sh\ncase "$*" in -z*) {usage} ;; "a 1 -e true") {connects} ;; *) exit 99 ;; esac\n')
    assert gate_of_any_server.run("a").stdout.splitlines()[-1].startswith("tcp://a:1 is ready after")
    assert (gate_of_any_server.state / "calls").read_text().count("x") == 4


def test_an_nc_that_knows_how_to_connect_alone_is_not_believed_when_it_was_stopped(gate_of_any_server: Gate) -> None:
    calls = "echo x >> $STATE/calls"
    gate_of_any_server.tool("nc", f'#!/bin/sh\n{calls}\n[ "$(wc -l < $STATE/calls)" -gt 4 ] || exit 143\n')
    assert gate_of_any_server.run("a").returncode == 0
    assert (gate_of_any_server.state / "calls").read_text().count("x") == 5


@pytest.fixture(name="gate_of_ports")
def _gate_of_ports(tmp_path: Path) -> Gate:
    """The script and the targets of the platform with services of every kind."""
    config = shop().get("ConfigMap", "startup-gate")["data"]
    made = Gate(tmp_path, config["wait.sh"])
    (made.script.parent / "targets").write_text(config["targets"])
    return made


def test_gates_of_services_of_every_kind_ask_each_in_its_way(gate_of_ports: Gate) -> None:
    pod = shop().get("Deployment", "web")["spec"]["template"]["spec"]
    said = [line for gate in pod["initContainers"] for line in gate_of_ports.run(*gate["args"]).stdout.splitlines()]
    assert said == [
        f"{url} is ready after 0 s"
        for url in ("tcp://kafka:9092", "tcp://admin:80", "dns://worker-ready", "tcp://cart:7070", "dns://idle-ready")
    ]
