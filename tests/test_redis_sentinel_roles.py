"""`topology: sentinel`: which role each server takes, and what sentinels keep."""

from __future__ import annotations

import os
import signal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.waiting import wait_for
from tests.documentation import commands_of, words
from tests.redis_member import Member
from tests.test_redis_sentinel import containers, three

ASK_PRIMARY = "sentinel get-master-addr-by-name redis"
LOOKED_ROUND = "set redis down-after-milliseconds 5000 quorum 2"

POSITION = 3000
"""How far a primary was when it held writers back."""


def server_seen(host: str, flags: str, *, run: str = "x", priority: int = 100) -> str:
    """A server as a sentinel tells of it."""
    name = "redis" if "master" in flags else f"{host}:6379"
    fields = {"name": name, "ip": host, "port": 6379, "runid": run, "flags": flags, "info-refresh": 12}
    if "slave" in flags:
        fields |= {"slave-priority": priority, "slave-repl-offset": POSITION}
    return "\n".join(f"{field}\n{value}" for field, value in fields.items())


class SentinelMember(Member):
    """One with a sentinel."""

    def __init__(self, folder: Path, *, number: int = 0) -> None:
        super().__init__(folder, three(), number=number)
        self.variables |= {"SENTINEL_PORT": "26379", "MASTER_NAME": "redis", "MEMBERS": "3"}

    def named(self, *primaries: str, later: bool = False) -> None:
        """The primary as each of the sentinels names it."""
        for number, primary in enumerate(primaries):
            self.answers(f"redis-{number}.nodes:26379", ASK_PRIMARY, f"{primary}\n6379", later=later)

    def takes_for(self, number: int, primary: str, *, replacing: bool = False, later: bool = False) -> None:
        """Which server a sentinel takes for the primary, and whether it is replacing it."""
        seen = server_seen(primary, "master,failover_in_progress" if replacing else "master")
        self.answers(f"redis-{number}.nodes:26379", "sentinel master redis", seen, later=later)

    def chooses_from(self, number: int, *replicas: str, later: bool = False) -> None:
        """The replicas that a sentinel sees, as `server_seen` gives them."""
        self.answers(f"redis-{number}.nodes:26379", "sentinel replicas redis", "\n".join(replicas), later=later)

    def copies(self, number: int, *, primary: str = "", link: str = "up", offset: int = POSITION, later: bool = False) -> None:
        """From whom a replica copies, and how far it is."""
        lines = ("role:slave", f"master_host:{primary or self.own}", f"master_link_status:{link}", f"slave_repl_offset:{offset}")
        self.answers(f"redis-{number}.nodes:6379", "info replication", "\r\n".join(lines) + "\r", later=later)

    def replicas(self, *numbers: int) -> None:
        """How many replicas each of the sentinels knows."""
        for number, known in enumerate(numbers):
            line = f"master0:name=redis,status=ok,address=redis-0.nodes:6379,slaves={known},sentinels=3"
            self.answers(f"redis-{number}.nodes:26379", "info sentinel", line)

    def sentinel(self) -> list[str]:
        """The lines of the configuration with which the sentinel starts."""
        done = self.run("sentinel.sh")
        assert done.returncode == 0, done.stderr
        assert (self.folder / "started").read_text() == f"{self.folder}/data/sentinel.conf --sentinel\n"
        return (self.folder / "data" / "sentinel.conf").read_text().splitlines()


@pytest.fixture(name="member")
def _member(tmp_path: Path) -> SentinelMember:
    return SentinelMember(tmp_path)


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_a_server_is_a_replica_of_whom_most_sentinels_name(member: SentinelMember) -> None:
    """Its own earlier role says nothing: another one may have its place."""
    member.has_data()
    member.named("redis-2.nodes", "redis-0.nodes", "redis-2.nodes")
    lines = member.start()
    assert "replicaof redis-2.nodes 6379" in lines
    assert {"replica-announce-ip redis-0.nodes", "replica-announce-port 6379"} <= {*lines}
    assert not member.slept


def test_without_a_majority_it_waits(member: SentinelMember) -> None:
    member.named("redis-2.nodes", "redis-0.nodes", "redis-1.nodes")
    member.named("redis-2.nodes", "redis-2.nodes", "redis-1.nodes", later=True)
    assert "replicaof redis-2.nodes 6379" in member.start()
    assert member.slept


def test_a_refusal_names_nobody(member: SentinelMember) -> None:
    for number in range(3):
        member.answers(f"redis-{number}.nodes:26379", ASK_PRIMARY, "NOAUTH Authentication required.")
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_at_the_first_start_the_one_that_all_name_is_the_primary_at_once(member: SentinelMember) -> None:
    member.named(*[member.own] * 3)
    member.replicas(0, 0, 0)
    assert not [line for line in member.start() if line.startswith("replicaof")]
    assert not member.slept


def test_a_primary_that_comes_back_waits_for_a_replica_to_take_over(member: SentinelMember) -> None:
    """The replicas may have what it did not write to its volume."""
    member.has_data()
    member.named(*[member.own] * 3)
    member.replicas(2, 2, 2)
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_where_none_takes_over_in_a_minute_it_is_the_primary_again(member: SentinelMember) -> None:
    member.has_data()
    member.named(*[member.own] * 3)
    member.replicas(0, 2, 0)
    assert not [line for line in member.start() if line.startswith("replicaof")]
    assert (member.folder / "clock").read_text() == "60\n"


def started_anew(member: SentinelMember, *later: int | None) -> None:
    """It was the primary, and replicas have started too: each was written to so many hundredths of a second later, or is silent."""
    member.has_data()
    (member.folder / "clock").write_text(f"{NOW // 100}\n")
    path = member.folder / "data" / "appendonlydir" / "appendonly.aof.1.incr.aof"
    path.touch()
    os.utime(path, ns=(NOW * 10**7, NOW * 10**7))
    member.named("redis-2.nodes", *["redis-1.nodes"] * 2)
    own = preferred(member)
    member.named(*[member.own] * 3)
    member.replicas(2, 2, 2)
    for number, hundredths in enumerate(later, 1):
        if hundredths is not None:
            said = f"role:slave\r\nmaster_link_status:down\r\nslave_priority:{own - hundredths}\r"
            member.answers(f"redis-{number}.nodes:6379", "info replication", said)
    member.named(*["redis-1.nodes"] * 3, later=True)


@pytest.mark.parametrize("later", [(0, 0), (-4, 0), (-100, -20_000_000)])
def test_a_primary_that_ended_with_its_replicas_leads_again_where_none_was_written_to_later(
    member: SentinelMember, later: tuple[int, int]
) -> None:
    """It has all that they have. Which of them has more, sentinels could tell by hundredths of a second alone."""
    started_anew(member, *later)
    assert not [line for line in member.start() if line.startswith("replicaof")]
    assert not member.slept


@pytest.mark.parametrize("later", [(0, 1), (1, 0), (0, None), (None, 0), (None, None)])
def test_a_primary_that_may_lack_something_does_not_lead_again(
    member: SentinelMember, later: tuple[int | None, int | None]
) -> None:
    """It ended with its machine before its file was on the disk; or a replica has not answered, and may have more."""
    started_anew(member, *later)
    assert "replicaof redis-1.nodes 6379" in member.start()


@pytest.mark.parametrize("priority", [100, 1, 0])
def test_a_primary_does_not_lead_again_while_a_replica_has_run_on(member: SentinelMember, priority: int) -> None:
    started_anew(member, 0)
    member.answers("redis-2.nodes:6379", "info replication", f"role:slave\r\nslave_priority:{priority}\r")
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_servers_of_whose_last_writes_nobody_knows_are_no_equals(member: SentinelMember) -> None:
    """As with `appendonly no`."""
    started_anew(member)
    (member.folder / "data" / "appendonlydir" / "appendonly.aof.1.incr.aof").unlink()
    (member.folder / "data" / ".priority").unlink()
    for number in (1, 2):
        member.answers(f"redis-{number}.nodes:6379", "info replication", f"role:slave\r\nslave_priority:{2**31 - 1}\r")
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_a_primary_that_lost_its_volume_does_not_lead_again(member: SentinelMember) -> None:
    """All have written nothing then, it seems."""
    started_anew(member, 0, 0)
    (member.folder / "data" / ".new").touch()
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_one_without_data_never_takes_theirs_from_the_others(member: SentinelMember) -> None:
    member.named(*[member.own] * 3)
    member.replicas(0, 1, 1)
    sleep = member.folder / "bin" / "sleep"
    sleep.write_text(sleep.read_text() + '[ "$(cat "$FOLDER/clock")" -lt 120 ] || kill "$PPID"\n')
    assert member.run("server.sh").returncode == -signal.SIGTERM, "it would wait for ever"
    assert not (member.folder / "started").exists()


def copies(member: SentinelMember, *, connected: bool, written: bool = True) -> None:
    """What a replica without data of its own answers while it copies the primary's."""
    server, busy = "127.0.0.1:6379", 0 if written else 1
    member.answers(server, "ping", "PONG")
    link = "up" if connected else "down"
    member.answers(server, "info replication", f"role:slave\r\nmaster_link_status:{link}\r\nslave_priority:0\r")
    member.answers(server, "info persistence", f"aof_rewrite_in_progress:{busy}\r\naof_rewrite_scheduled:0\r")
    member.answers(server, "config set replica-priority 100", "OK")


RAISED = "member@127.0.0.1:6379 config set replica-priority 100"


def test_a_replica_without_data_cannot_become_the_primary_until_it_has_it(member: SentinelMember) -> None:
    member.named(*["redis-1.nodes"] * 3)
    assert "replica-priority 0" in member.start()
    copies(member, connected=False)
    assert member.run("ready.sh").returncode == 1
    assert RAISED not in member.asked
    copies(member, connected=True)
    assert member.run("ready.sh").returncode == 0
    assert member.asked[-1] == RAISED


def test_a_replica_that_ended_while_it_copied_has_no_data_yet(member: SentinelMember) -> None:
    """Redis makes empty files when it starts, and has a copy in memory before it is in them. They are younger than all data."""
    member.named(*["redis-1.nodes"] * 3)
    assert "replica-priority 0" in member.start()
    member.has_data()
    (member.folder / "data" / "appendonlydir" / "appendonly.aof.1.incr.aof").touch()
    assert "replica-priority 0" in member.start()
    copies(member, connected=True, written=False)
    assert member.run("ready.sh").stdout == "it writes the primary's data to its volume\n"
    assert "replica-priority 0" in member.start()
    copies(member, connected=True)
    assert member.run("ready.sh").returncode == 0
    assert preferred(member) > 0


def test_a_primary_that_began_without_data_has_it(member: SentinelMember) -> None:
    """It must not wait for another one's when it comes back."""
    member.named(*[member.own] * 3)
    member.replicas(0, 0, 0)
    member.start()
    member.has_data()
    member.replicas(2, 2, 2)
    assert not [line for line in member.start() if line.startswith("replicaof")]


def preferred(member: SentinelMember) -> int:
    """The priority with which the server starts."""
    (line,) = (line for line in member.start() if line.startswith("replica-priority "))
    return int(line.split()[1])


def written_last(member: SentinelMember, hundredths: int) -> None:
    """The moments at which its files were written to."""
    member.has_data()
    member.named(*["redis-2.nodes"] * 3)
    for file, moment in (("2.incr", hundredths), ("1.incr", hundredths - 500), ("2.base", hundredths + 500)):
        path = member.folder / "data" / "appendonlydir" / f"appendonly.aof.{file}.aof"
        path.touch()
        os.utime(path, ns=(moment * 10**7, moment * 10**7))


NOW = 179_575_747_507
"""In hundredths of a second."""

DAYS = 8_640_000


@pytest.mark.parametrize("start", [NOW, NOW + 62 * DAYS])
def test_of_replicas_without_a_primary_the_one_that_was_written_to_last_is_preferred(tmp_path: Path, start: int) -> None:
    """By hundredths of a second and by months; and each of them after one that has copied from the primary since it started."""
    found = []
    for name, ago in (("early", 1), ("late", 0), ("first", 8), ("away", 15 * DAYS), ("months", 100 * DAYS)):
        (tmp_path / name).mkdir()
        member = SentinelMember(tmp_path / name)
        (member.folder / "clock").write_text(f"{start // 100 + 5}\n")
        written_last(member, start - ago)
        found.append((preferred(member), name))
    assert [name for _, name in sorted(found)] == ["late", "early", "first", "away", "months"]
    assert all(2**31 > priority > 1000 for priority, _ in found)


@pytest.mark.parametrize("moment", [0, NOW - 400 * DAYS, NOW + 400 * DAYS])
def test_a_clock_that_was_far_away_makes_no_priority_that_redis_refuses(member: SentinelMember, moment: int) -> None:
    (member.folder / "clock").write_text(f"{NOW // 100}\n")
    written_last(member, moment + 500)
    assert 2**31 > preferred(member) > 1000


def test_a_replica_that_has_written_nothing_is_preferred_last(member: SentinelMember) -> None:
    member.has_data()
    member.named(*["redis-2.nodes"] * 3)
    assert preferred(member) == 2**31 - 1


def test_one_that_was_the_primary_is_chosen_last_until_it_has_anothers_data(member: SentinelMember) -> None:
    """The next primary has taken writes since; and one that is cut off deletes keys, whose time has come, later than that."""
    server = "127.0.0.1:6379"
    written_last(member, NOW)
    (member.folder / "clock").write_text(f"{NOW // 100}\n")
    as_usual = preferred(member)
    member.answers(server, "ping", "PONG")
    member.answers(server, "info replication", "role:master\r\nconnected_slaves:2\r")
    assert member.run("ready.sh").returncode == 0
    assert preferred(member) == 2**31 - 1 > as_usual
    copies(member, connected=False)
    assert member.run("ready.sh").returncode == 1
    assert preferred(member) == 2**31 - 1
    copies(member, connected=True, written=False)
    assert member.run("ready.sh").returncode == 0
    assert member.asked[-2:] == [RAISED, f"member@{server} info persistence"], "its position counts at once"
    assert preferred(member) == 2**31 - 1, "what it has copied is not on its volume"
    copies(member, connected=True)
    assert member.run("ready.sh").returncode == 0
    assert preferred(member) == as_usual
    (member.folder / "data" / ".led").touch()
    (member.folder / "data" / ".new").touch()
    assert preferred(member) == 0, "one that lost its volume is not chosen at all"


def test_a_primary_is_ready_on_a_full_volume(member: SentinelMember) -> None:
    (member.folder / "data" / ".led").symlink_to("missing/file")
    member.answers("127.0.0.1:6379", "ping", "PONG")
    member.answers("127.0.0.1:6379", "info replication", "role:master\r")
    assert member.run("ready.sh").returncode == 0


def test_the_moment_of_the_last_write_is_that_before_its_first_start(member: SentinelMember) -> None:
    """A server that starts may write to its volume: to mend the end of a file, or to make it shorter."""
    written_last(member, NOW)
    (member.folder / "clock").write_text(f"{NOW // 100}\n")
    first = preferred(member)
    path = member.folder / "data" / "appendonlydir" / "appendonly.aof.2.incr.aof"
    os.utime(path, ns=((NOW + 100) * 10**7, (NOW + 100) * 10**7))
    assert preferred(member) == first
    copies(member, connected=True)
    assert member.run("ready.sh").returncode == 0
    assert preferred(member) == first - 100, "it has written the primary's data since"


@pytest.mark.parametrize(("priority", "reset"), [("1683288578", True), ("0", True), ("100", False), ("1", False)])
def test_with_the_primarys_data_the_priority_is_as_usual_again(member: SentinelMember, priority: str, reset: bool) -> None:
    """Then its position counts. One that somebody has set stays."""
    server = "127.0.0.1:6379"
    member.answers(server, "ping", "PONG")
    member.answers(server, "info replication", f"role:slave\r\nmaster_link_status:up\r\nslave_priority:{priority}\r\nx:1\r")
    member.answers(server, "config set replica-priority 100", "OK")
    assert member.run("ready.sh").returncode == 0
    assert (f"member@{server} config set replica-priority 100" in member.asked) == reset


@pytest.mark.parametrize(
    ("pong", "said", "status"),
    [
        ("PONG", "role:master", 0),
        ("PONG", "role:slave\r\nmaster_link_status:up", 0),
        ("PONG", "role:slave\r\nmaster_link_status:down", 1),
        ("LOADING Redis is loading the dataset in memory", "role:master", 1),
    ],
)
def test_a_server_is_ready_with_the_primarys_data(member: SentinelMember, pong: str, said: str, status: int) -> None:
    member.answers("127.0.0.1:6379", "ping", pong)
    member.answers("127.0.0.1:6379", "info replication", said)
    assert member.run("ready.sh").returncode == status


def test_users_are_known_by_hashes_and_members_by_a_password_of_their_own(member: SentinelMember) -> None:
    member.named(*["redis-1.nodes"] * 3)
    lines, own = member.start(), hashed("member $secret")
    assert f"user default on #{hashed(member.variables['REDISCLI_AUTH'])} ~* &* +@all -@dangerous +role" in lines
    assert f"user administrator on #{hashed('$secret')} ~* &* +@all" in lines
    assert {f"user member on #{hashed(own)} ~* &* +@all", "masteruser member", f"masterauth {own}"} <= {*lines}
    assert {line.split("@")[0] for line in member.asked} == {"member"}


def test_a_new_sentinel_watches_the_first_server_by_names_that_stay(member: SentinelMember) -> None:
    lines = member.sentinel()
    assert {
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        "sentinel announce-ip redis-0.nodes",
        "sentinel monitor redis redis-0.nodes 6379 4",
    } <= {*lines}
    asked = [line for line in lines if line.startswith("user default ")]
    assert all(" -@dangerous -publish " in line and "+sentinel|get-master-addr-by-name" in line for line in asked), asked
    assert not [line for line in lines if "failover " in line and line.startswith("user default")]


HERE = {"flags": "slave", "last-ok-ping-reply": 812, "info-refresh": 12}


def looked_round(member: SentinelMember, *replicas: dict[str, Any], up: int = 44, run: str = "1") -> bool:
    """Whether a sentinel of this age, in seconds, may begin a takeover; so it sees the replicas."""
    own = "127.0.0.1:26379"
    member.answers(own, "info server", f"redis_version:7.0\r\nrun_id:{run}\r\nuptime_in_seconds:{up}\r")
    lines = [f"{field}\n{value}" for one in replicas for field, value in {"name": "redis-1", **one}.items()]
    member.answers(own, "sentinel replicas redis", "\n".join(lines))
    member.answers(own, f"sentinel {LOOKED_ROUND}", "OK")
    done = member.run("looked-round.sh")
    refused = "not all replicas have answered it for 5 seconds\n"
    assert (done.returncode, done.stdout, done.stderr) in {(0, "", ""), (1, refused, "")}
    assert (LOOKED_ROUND in member.asked[-1]) == (done.returncode == 0)
    return done.returncode == 0


@pytest.mark.parametrize(
    ("replicas", "looked"),
    [
        ([HERE, HERE], True),
        ([HERE], True),
        ([], False),
        ([HERE, {**HERE, "flags": "s_down,slave,disconnected"}], False),
        ([{**HERE, "info-refresh": 0}, HERE], False),
        ([HERE, {**HERE, "last-ok-ping-reply": 1990}], True),
        ([HERE, {**HERE, "last-ok-ping-reply": 2010}], False),
    ],
    ids=["all", "one of one", "none", "away", "just found", "a slow one", "ended, and taken for connected"],
)
def test_a_new_sentinel_begins_no_takeover_until_it_has_looked_round(
    member: SentinelMember, replicas: list[dict[str, Any]], looked: bool
) -> None:
    """Where all have ended, it would choose the first replica that is back, and another one may have more."""
    lines = member.sentinel()
    assert "sentinel monitor redis redis-0.nodes 6379 4" in lines, "more than there are would have to agree"
    assert "sentinel down-after-milliseconds redis 10000" in lines
    member.answers("127.0.0.1:26379", "sentinel master redis", "name\nredis\nflags\nmaster\ninfo-refresh\n12")
    assert not looked_round(member, *replicas, up=30), "the primary that answers may be the earlier one, which is ending"
    assert looked_round(member, *replicas, up=35) == looked
    asked = "member@127.0.0.1:26379 sentinel debug info-period 1000 min-link-reconnect-period 5000"
    assert asked in member.asked, "what it compares replicas by is a second old, not ten; it asks DNS again after 5 seconds, not 15"
    probes = containers(three())["sentinel"]
    assert probes["startupProbe"]["exec"]["command"][-1] == "sh /etc/redis/looked-round.sh"


def test_replicas_answer_a_new_sentinel_for_five_seconds_without_a_break(member: SentinelMember) -> None:
    """Those that are ending answer too; and a primary that has all that they have leads meanwhile."""
    for run, up in (("1", 8), ("2", 3), ("3", 30)):  # its container may have ended meanwhile
        assert not looked_round(member, HERE, HERE, up=up, run=run)
        assert not looked_round(member, HERE, HERE, up=up + 4, run=run)
        assert looked_round(member, HERE, HERE, up=up + 5, run=run)
    assert not looked_round(member, HERE, HERE, up=1, run="4")
    assert not looked_round(member, HERE, {**HERE, "flags": "slave,disconnected"}, up=3, run="4")
    assert not looked_round(member, HERE, HERE, up=7, run="4")
    assert looked_round(member, HERE, HERE, up=12, run="4")


def test_a_new_sentinel_looks_for_longer_than_dns_keeps_that_a_name_is_not_there(member: SentinelMember) -> None:
    """The other replica's name is found after 30 seconds; a sentinel that has waited as long would choose just then."""
    assert not looked_round(member, up=44)
    assert looked_round(member, up=45)


def test_a_sentinel_keeps_what_it_has_agreed_on_and_no_password(member: SentinelMember) -> None:
    agreed = [
        "sentinel monitor redis redis-2.nodes 6379 4",
        f"sentinel myid {'a' * 40}",
        "sentinel current-epoch 4",
        "sentinel config-epoch redis 4",
        "sentinel leader-epoch redis 4",
        "sentinel known-replica redis redis-0.nodes 6379",
        f"sentinel known-sentinel redis redis-1.nodes 26379 {'b' * 40}",
    ]
    old = [
        "sentinel monitor redis redis-2.nodes 6379 2",
        "sentinel auth-pass redis earlier",
        "user default on #00 &* +@all",
        "sentinel down-after-milliseconds redis 1",
        "sentinel known-replica redis 10.244.0.9 0",
    ]
    (member.folder / "data" / "sentinel.conf").write_text("\n".join([*old, *agreed[1:]]) + "\n")
    lines = member.sentinel()
    assert {*agreed} <= {*lines}
    assert not {*old} & {*lines}
    assert len([line for line in lines if line.startswith("sentinel monitor")]) == 1


def test_a_sentinel_forgets_nothing_on_a_full_volume(member: SentinelMember) -> None:
    """It would name the first server as the primary, and when the others forget too that one leads with what data it has."""
    agreed = f"sentinel monitor redis redis-2.nodes 6379 2\nsentinel myid {'a' * 40}\n"
    file = member.folder / "data" / "sentinel.conf"
    file.write_text(agreed)
    (member.folder / "data" / "sentinel.conf.new").symlink_to("/dev/full")
    assert member.run("sentinel.sh").returncode != 0
    assert file.read_text() == agreed
    assert not (member.folder / "started").exists()


@pytest.mark.parametrize("name", ["redis-1.nodes", "redis-0.nodes"])
def test_a_sentinel_waits_until_its_own_name_and_the_first_are_known(tmp_path: Path, name: str) -> None:
    member = SentinelMember(tmp_path, number=1)
    (tmp_path / "unknown").write_text(name)
    member.sentinel()
    assert member.slept


def leaving(member: SentinelMember) -> None:
    """It is the primary, all sentinels take it for that, and both replicas have all of its data."""
    for question, answer in (
        ("role", "master\n100"),
        ("info replication", f"role:master\r\nmaster_repl_offset:{POSITION}\r"),
    ):
        member.answers("127.0.0.1:6379", question, answer)
    member.named(*[member.own] * 3)
    for number in (1, 2):
        member.copies(number)
        member.takes_for(number, member.own)
        member.chooses_from(number, *(server_seen(f"redis-{one}.nodes", "slave") for one in (1, 2)))


def begun(member: SentinelMember) -> list[str]:
    """What was asked of servers and sentinels, other than who the primary is."""
    return [line for line in member.asked if "failover" in line or "client" in line]


def test_a_primary_that_leaves_holds_writers_back_until_another_one_is_named(member: SentinelMember) -> None:
    leaving(member)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "NOGOODSLAVE No suitable replica to promote")
    member.answers("redis-2.nodes:26379", "sentinel failover redis", "OK")
    member.named(*["redis-1.nodes"] * 3, later=True)
    member.takes_for(2, member.own, replacing=True, later=True)
    assert member.run("leave.sh").returncode == 0
    assert begun(member) == [
        "member@127.0.0.1:6379 client pause 4000 write",
        "member@redis-1.nodes:26379 sentinel failover redis",
        "member@redis-2.nodes:26379 sentinel failover redis",
    ], "nobody writes to the old primary any more, and one sentinel alone is at it"


@pytest.mark.parametrize("replacing", [True, False])
def test_a_takeover_is_asked_for_once_and_not_back_again(member: SentinelMember, replacing: bool) -> None:
    """The sentinel may be done before the others know: asked again then, it would choose the server that leaves."""
    leaving(member)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    member.takes_for(1, member.own if replacing else "redis-2.nodes", replacing=replacing, later=True)
    member.named(member.own, "redis-2.nodes", member.own, later=True)
    assert member.run("leave.sh").returncode == 0
    assert begun(member) == [
        "member@127.0.0.1:6379 client pause 4000 write",
        "member@redis-1.nodes:26379 sentinel failover redis",
    ]


def test_a_sentinel_that_still_takes_an_earlier_server_for_the_primary_is_passed_over(member: SentinelMember) -> None:
    leaving(member)
    member.takes_for(1, "redis-2.nodes")
    member.answers("redis-2.nodes:26379", "sentinel failover redis", "OK")
    member.takes_for(2, member.own, replacing=True, later=True)
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert member.run("leave.sh").returncode == 0
    assert begun(member)[1:] == ["member@redis-2.nodes:26379 sentinel failover redis"]


def test_a_takeover_that_came_to_nothing_is_asked_for_again(member: SentinelMember) -> None:
    leaving(member)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    assert member.run("leave.sh").returncode == 0
    assert begun(member).count("member@redis-1.nodes:26379 sentinel failover redis") > 1


def test_a_sentinel_that_falls_silent_may_still_be_at_it(member: SentinelMember) -> None:
    """Asked meanwhile, another one would take the role from the server that has just got it, with all that it acknowledged."""
    (member.folder / "step").write_text("2\n")
    leaving(member)
    for number in (1, 2):
        member.answers(f"redis-{number}.nodes:26379", "sentinel failover redis", "OK")
    member.answers("redis-1.nodes:26379", "sentinel master redis", "", later=True)
    assert member.run("leave.sh").returncode == 0
    first, second, *_ = (at for at, line in enumerate(member.asked) if "failover" in line)
    assert [member.asked[at].split(":")[0] for at in (first, second)] == ["member@redis-1.nodes", "member@redis-2.nodes"]
    assert member.asked[first:second].count(f"member@redis-2.nodes:26379 {ASK_PRIMARY}") == 3, "at once, after 2 and 4 seconds"


@pytest.mark.parametrize(("other", "seconds"), [("", 10), ("redis-0.nodes", 20)], ids=["silent", "of another mind"])
def test_the_sentinel_that_was_asked_is_believed_where_no_other_one_answers(
    member: SentinelMember, other: str, seconds: int
) -> None:
    """A third one is away, and its own has ended before it."""
    leaving(member)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    member.takes_for(1, "redis-2.nodes", later=True)
    member.named("", "redis-2.nodes", other, later=True)
    assert member.run("leave.sh").returncode == 0
    assert int((member.folder / "clock").read_text()) == seconds


def test_a_primary_that_leaves_asks_the_next_sentinel_where_a_takeover_came_to_nothing(member: SentinelMember) -> None:
    leaving(member)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "NOGOODSLAVE No suitable replica to promote", later=True)
    assert member.run("leave.sh").returncode == 0
    assert "member@redis-2.nodes:26379 sentinel failover redis" in member.asked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"offset": POSITION - 1}, {}),
        ({"offset": POSITION - 1}, {"link": "down"}),
        ({"link": "down"}, {"primary": "redis-3.nodes"}),
    ],
)
def test_no_sentinel_may_choose_a_replica_that_lacks_what_was_acknowledged(
    member: SentinelMember, one: dict[str, Any], other: dict[str, Any]
) -> None:
    leaving(member)
    for number, state in ((1, one), (2, other)):
        member.copies(number, **state)
    assert member.run("leave.sh").returncode == 0
    assert [line for line in member.asked if "failover" in line or "priority" in line] == []


@pytest.mark.parametrize("state", [{"link": "down"}, {"primary": "redis-2.nodes"}])
def test_a_replica_that_copies_from_nobody_or_another_server_is_ruled_out_first(
    member: SentinelMember, state: dict[str, Any]
) -> None:
    """A sentinel would choose it for its priority, or where it has not heard of the other one for some seconds."""
    leaving(member)
    member.copies(1, **state)
    member.answers("redis-1.nodes:6379", "config set replica-priority 0", "OK")
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    ruled_out = (server_seen("redis-1.nodes", "slave", priority=0), server_seen("redis-2.nodes", "slave"))
    member.chooses_from(1, *ruled_out, later=True)
    assert member.run("leave.sh").returncode == 0
    asked = [line for line in member.asked if "failover" in line or "priority" in line]
    before = asked.index("member@redis-1.nodes:26379 sentinel failover redis")
    assert before > 0
    assert {*asked[:before]} == {"member@redis-1.nodes:6379 config set replica-priority 0"}


@pytest.mark.parametrize("flags", ["s_down,slave", "slave,disconnected"])
def test_a_replica_that_the_sentinel_does_not_reach_is_no_hindrance(member: SentinelMember, flags: str) -> None:
    leaving(member)
    member.copies(1, link="down")
    member.chooses_from(1, server_seen("redis-1.nodes", flags), server_seen("redis-2.nodes", "slave"))
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    assert member.run("leave.sh").returncode == 0
    assert begun(member)[1] == "member@redis-1.nodes:26379 sentinel failover redis"


OPENED = "config set min-replicas-to-write 1"
"""As in redis.conf."""

SEEN_AS_REPLICA, SEEN_AS_PRIMARY = (server_seen("redis-0.nodes", flags, run="run") for flags in ("slave", "master"))


def started(member: SentinelMember, role: str) -> None:
    """Its server runs, in this role."""
    member.answers("127.0.0.1:6379", OPENED, "OK")
    member.answers("127.0.0.1:6379", "info server", "redis_version:7.0\r\nrun_id:run\r")
    member.answers("127.0.0.1:6379", "info replication", f"role:{role}\r\nconnected_slaves:0\r")


@pytest.mark.parametrize(
    ("role", "own", "status"),
    [
        ("slave", SEEN_AS_REPLICA, 0),
        ("master", SEEN_AS_PRIMARY, 0),
        ("slave", server_seen("redis-0.nodes", "slave", run="earlier"), 1),
        ("slave", server_seen("redis-0.nodes", "s_down,slave", run="run"), 1),
        ("slave", server_seen("redis-0.nodes", "slave,disconnected", run="run"), 1),
        ("slave", server_seen("redis-0.nodes", "slave", run="run", priority=1683288578), 1),
        ("slave", server_seen("redis-0.nodes", "slave", run="run", priority=0), 1),
        ("slave", server_seen("redis-2.nodes", "slave", run="run"), 1),
        ("slave", SEEN_AS_PRIMARY, 1),
        ("master", server_seen("redis-0.nodes", "s_down,master", run="run"), 1),
        ("master", server_seen("redis-0.nodes", "master", run="earlier"), 1),
        ("master", SEEN_AS_REPLICA, 1),
        ("", SEEN_AS_REPLICA, 1),
    ],
)
def test_a_server_that_has_started_is_ready_once_sentinels_see_it(member: SentinelMember, role: str, own: str, status: int) -> None:
    """The next server of a rollout would end before any sentinel could choose this one, or tell it who the primary is."""
    started(member, role)
    other = server_seen("redis-1.nodes", "slave" if "master" in own else "master")
    primary, replica = sorted((own, other), key=lambda seen: "master" not in seen)
    for number in (1, 2):
        member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", primary)
        member.chooses_from(number, replica)
    done = member.run("seen.sh")
    assert (done.returncode, done.stdout) == (status, "of 3 sentinels 0 see it and 2 do not yet\n" * status)
    probes = containers(three())["redis"]
    assert probes["startupProbe"]["exec"]["command"][-1] == "sh /etc/redis/ready.sh && sh /etc/redis/seen.sh"
    assert probes["readinessProbe"]["exec"]["command"][-1] == "sh /etc/redis/ready.sh", (
        "sentinels that end take no server with them"
    )


@pytest.mark.parametrize(
    ("seen", "unseen", "status", "said"),
    [
        ([0, 1, 2], [], 0, ""),
        ([0, 2], [], 0, ""),
        ([0, 1], [2], 1, "of 3 sentinels 2 see it and 1 do not yet\n"),
        ([1], [], 1, "of 3 sentinels 1 see it and 0 do not yet\n"),
        ([], [], 1, "of 3 sentinels 0 see it and 0 do not yet\n"),
    ],
)
def test_all_sentinels_that_answer_see_it_and_most_of_all(
    member: SentinelMember, seen: list[int], unseen: list[int], status: int, said: str
) -> None:
    """One that does not would leave it with the old primary when it chooses another."""
    started(member, "master")
    for numbers, run in ((seen, "run"), (unseen, "earlier")):
        for number in numbers:
            member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", server_seen("redis-0.nodes", "master", run=run))
    done = member.run("seen.sh")
    assert (done.returncode, done.stdout) == (status, said)


@pytest.mark.parametrize(
    ("flags", "opened"),
    [
        (["master", "master", "master"], True),
        (["master", "master", "s_down,master"], True),
        (["master", "master", ""], True),
        (["master", "s_down,master", "s_down,master"], False),
        (["master", "master", "master,failover_in_progress"], False),
        (["slave", "slave", "slave"], False),
        (["master", "master", "slave"], False),
    ],
)
def test_a_primary_takes_writes_once_most_sentinels_see_it_and_none_replaces_it(
    member: SentinelMember, flags: list[str], opened: bool
) -> None:
    """What it took during a takeover, or after one, would be lost, confirmed by a replica or not."""
    member.named(*[member.own] * 3)
    member.replicas(0, 0, 0)
    assert [line for line in member.start() if line.startswith("min-replicas-to-write")][-1] == "min-replicas-to-write 1000"
    started(member, "master")
    for number, seen in enumerate(flags):
        own, other = server_seen("redis-0.nodes", seen, run="run"), server_seen("redis-1.nodes", "master")
        if seen:
            member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", other if seen == "slave" else own)
            member.chooses_from(number, own if seen == "slave" else server_seen("redis-1.nodes", "slave"))
    done = member.run("seen.sh")
    assert (f"member@127.0.0.1:6379 {OPENED}" in member.asked) == opened
    assert opened or done.returncode == 1, "the probe asks again"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("min-replicas-to-write 2", 2), ("min-slaves-to-write 0", 0), ("Min-Replicas-To-Write 2\nmin-slaves-to-write 1", 1)],
)
def test_a_primary_asks_for_as_many_replicas_as_the_last_line_says(member: SentinelMember, line: str, wanted: int) -> None:
    started(member, "master")
    file = member.folder / "etc" / "redis.conf"
    file.write_text(f"{file.read_text()}\n{line}\n")
    opened = f"config set min-replicas-to-write {wanted}"
    member.answers("127.0.0.1:6379", opened, "OK")
    for number in range(3):
        member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", SEEN_AS_PRIMARY)
    assert member.run("seen.sh").returncode == 0
    assert member.asked[-1] == f"member@127.0.0.1:6379 {opened}"


def test_a_server_that_does_not_say_which_it_is_is_not_seen(member: SentinelMember) -> None:
    """Sentinels that have not heard of it either have no more to say."""
    started(member, "master")
    member.answers("127.0.0.1:6379", "info server", "")
    for number in range(3):
        member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", server_seen("redis-0.nodes", "master", run=""))
    assert member.run("seen.sh").returncode == 1


def test_a_primary_that_does_not_take_writes_again_is_not_ready(member: SentinelMember) -> None:
    started(member, "master")
    for number in range(3):
        member.answers(f"redis-{number}.nodes:26379", "sentinel master redis", SEEN_AS_PRIMARY)
    member.answers("127.0.0.1:6379", OPENED, "LOADING Redis is loading the dataset in memory")
    assert member.run("seen.sh").returncode == 1
    member.answers("127.0.0.1:6379", OPENED, "OK")
    assert member.run("seen.sh").returncode == 0


def test_a_primary_that_nobody_can_follow_takes_no_more_writes_to_its_end(member: SentinelMember) -> None:
    """What it held back would be confirmed by a replica that follows the next primary a moment later, and drops it.

    Held back for longer than sentinels wait for one another's words, they would take it for lost, and choose by themselves.
    """
    leaving(member)
    assert member.run("leave.sh").returncode == 0
    refused = "member@127.0.0.1:6379 config set min-replicas-to-write 1000"
    wait_for(refused, lambda: refused in member.asked, timeout=10)
    assert not [line for line in member.asked if "unpause" in line]
    (paused,) = (int(line.split()[-2]) for line in member.asked if "client pause" in line)
    assert looked_round(member, up=45)
    (lost,) = (int(line.split()[-3]) for line in member.asked if "down-after-milliseconds" in line)
    assert 2000 < paused < lost, "seconds until writes are refused, held back, and until a silent server is lost"
    assert int((member.folder / "clock").read_text()) < 30, "well within the time that a pod has to end"


def test_the_page_says_how_the_first_server_is_preferred_before_there_is_one_alone(member: SentinelMember) -> None:
    """Services may not do it, and sentinels know no administrator."""
    (command,) = (one for one in commands_of("docs/redis.md") if "replica-priority" in one)
    *begin, pod, end, shell, option, script = words(command)
    assert (begin, pod, end, shell, option) == (["kubectl", "exec", "-n", "castiel"], "redis-0", "--", "sh", "-c")
    member.answers("127.0.0.1:6379", "config set replica-priority 1", "OK")
    assert member.typed(script) == "OK\n"
    assert member.asked == ["member@127.0.0.1:6379 config set replica-priority 1"]


def test_a_primary_that_is_silent_for_a_moment_hands_over_too(member: SentinelMember) -> None:
    """It may be busy with one long command."""
    leaving(member)
    member.answers("127.0.0.1:6379", "role", "")
    member.answers_again("127.0.0.1:6379", "role", "master\n100")
    member.answers("127.0.0.1:6379", "info replication", "")
    member.answers("127.0.0.1:6379", "info replication", f"role:master\r\nmaster_repl_offset:{POSITION}\r", later=True)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    done = member.run("leave.sh")
    assert (done.returncode, done.stderr) == (0, "")
    assert "member@redis-1.nodes:26379 sentinel failover redis" in member.asked


def test_one_that_has_not_started_leaves_at_once(member: SentinelMember) -> None:
    member.answers("127.0.0.1:6379", "role", "")
    assert member.run("leave.sh").returncode == 0
    assert {*member.asked} == {"member@127.0.0.1:6379 role"}


def test_a_replica_leaves_at_once(member: SentinelMember) -> None:
    member.answers("127.0.0.1:6379", "role", "slave")
    assert member.run("leave.sh").returncode == 0
    assert member.asked == ["member@127.0.0.1:6379 role"]
