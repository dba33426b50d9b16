"""What the files for Compose and Swarm take for granted: seen on the engine, so that a newer one that differs is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.cluster.waiting import wait_for
from tests.engine.engine import Engine

BUSYBOX, POSTGRES, REDIS, RABBITMQ = "busybox:1.37.0", "postgres:16", "redis:7-alpine", "rabbitmq:3-management"


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> Iterator[None]:
    engine.provide_images([BUSYBOX, POSTGRES, REDIS, RABBITMQ])
    yield
    engine.empty()


def _prints(engine: Engine, folder: Path, service: Mapping[str, object], command: str, **top: object) -> str:
    """What a command prints in a service of Compose that runs as user 1000."""
    web = {"image": BUSYBOX, "user": "1000:1000", "command": ["sh", "-c", command], **service}
    (folder / "compose.yaml").write_text(yaml.safe_dump({"name": "assumed", "services": {"web": web}, **top}))
    return engine.compose("run", "--rm", "web", folder=folder, environment={"WORD": "open sesame", "WHO": "world"})


_INLINE: dict[str, dict[str, object]] = {
    "config": {"configs": {"one": {"content": "hello ${WHO}, $$literal"}}},
    "secret": {"secrets": {"one": {"environment": "WORD"}}},
}


@pytest.mark.parametrize(("kind", "content"), [("config", "hello world, $literal"), ("secret", "open sesame")])
def test_compose_copies_what_stands_in_the_file_into_a_container_where_all_can_read_it(
    engine: Engine, tmp_path: Path, kind: str, content: str
) -> None:
    service = {f"{kind}s": [{"source": "one", "target": "/file"}]}
    printed = _prints(engine, tmp_path, service, "stat -c '%u:%g %a' /file; cat /file", **_INLINE[kind])
    assert printed == f"0:0 444\n{content}"


@pytest.mark.parametrize("kind", ["config", "secret"])
def test_compose_refuses_to_copy_into_a_read_only_container(engine: Engine, tmp_path: Path, kind: str) -> None:
    """So what goes into such a container is a file beside the Compose file."""
    service = {f"{kind}s": [{"source": "one", "target": "/file"}], "read_only": True}
    refusal = f'cannot create {kind} "assumed_one" in read-only service web: `file` is the sole supported option'
    with pytest.raises(RuntimeError, match=refusal):
        _prints(engine, tmp_path, service, "true", **_INLINE[kind])


def test_compose_mounts_a_file_with_the_owner_and_the_mode_that_it_has(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("hello")
    (tmp_path / "one").chmod(0o640)
    service = {"read_only": True, "configs": [{"source": "one", "target": "/file", "mode": "0444"}]}
    printed = _prints(engine, tmp_path, service, "stat -c '%u:%g %a' /file", configs={"one": {"file": "./one"}})
    assert printed == "0:0 640\n"


def test_a_tmpfs_is_writable_for_all_unless_its_mode_says_otherwise(engine: Engine, tmp_path: Path) -> None:
    """At a path that the image has, it is not asked: the path's own mode remains."""
    seen = {
        "/plain": "0:0 1777",
        "/sized:size=16m": "0:0 1777",
        "/closed:mode=0700": "0:0 700",
        "/own:mode=0700,uid=1000,gid=1000": "1000:1000 700",
        "/home:mode=0700": "0:0 755",
    }
    paths = " ".join(one.partition(":")[0] for one in seen)
    printed = _prints(engine, tmp_path, {"read_only": True, "tmpfs": list(seen)}, f"stat -c '%u:%g %a' {paths}")
    assert printed.splitlines() == list(seen.values())


@pytest.mark.parametrize(
    ("image", "path", "seen"),
    [
        (POSTGRES, "/var/lib/postgresql/data", "999:999 1777"),
        (REDIS, "/data", "999:1000 755"),
        (RABBITMQ, "/var/lib/rabbitmq", "999:999 1777"),
        (BUSYBOX, "/absent", "0:0 755"),
    ],
)
def test_a_new_volume_has_the_owner_of_the_path_in_the_image(engine: Engine, image: str, path: str, seen: str) -> None:
    """And root where the image has no such path: nobody else can write there."""
    command = ("run", "--rm", "--volume", f"new:{path}", "--entrypoint", "stat", image, "-c", "%u:%g %a", path)
    assert engine.docker(*command) == f"{seen}\n"


def _too_many_cores(engine: Engine) -> tuple[str, str]:
    """One more core than the machine has, and what the engine says to that."""
    cores = int(engine.docker("info", "--format", "{{.NCPU}}"))
    return str(cores + 1), f"range of CPUs is from 0.01 to {cores}.00, as there are only {cores} CPUs available"


def test_a_limit_of_cpu_above_that_of_the_machine_is_refused(engine: Engine, tmp_path: Path) -> None:
    more, refusal = _too_many_cores(engine)
    with pytest.raises(RuntimeError, match=refusal):
        _prints(engine, tmp_path, {"deploy": {"resources": {"limits": {"cpus": more}}}}, "true")


def _stack(folder: Path, service: Mapping[str, object], top: Mapping[str, object] | None = None, **others: object) -> None:
    """Write the stack of one service, called web, and of others by their names."""
    (folder / "one").write_text("hello\n")
    deploy = {"endpoint_mode": "dnsrr", "restart_policy": {"condition": "none"}}
    web = {"image": BUSYBOX, "init": True, "deploy": deploy, **service}
    files = {"configs": {"one": {"file": "./one"}}, "secrets": {"one": {"file": "./one"}}}
    (folder / "stack.yaml").write_text(yaml.safe_dump({"services": {"web": web, **others}, **files, **(top or {})}))


@pytest.mark.parametrize(
    ("service", "refusal"),
    [
        ({"depends_on": {"other": {"condition": "service_healthy"}}}, "services.web.depends_on must be a list"),
        ({"profiles": ["one"]}, "services.web Additional property profiles is not allowed"),
        ({"develop": {"watch": []}}, "services.web Additional property develop is not allowed"),
        ({"pull_policy": "never"}, "services.web Additional property pull_policy is not allowed"),
        (
            {"volumes": [{"type": "tmpfs", "target": "/x", "tmpfs": {"size": "1m"}}]},
            "services.web.volumes.0.tmpfs.size must be a integer",
        ),
        ({"configs": [{"source": "one", "mode": "0444"}]}, "services.web.configs.0.mode must be a number"),
    ],
)
def test_a_service_of_a_stack_may_not_say(engine: Engine, tmp_path: Path, service: dict[str, object], refusal: str) -> None:
    _stack(tmp_path, service)
    assert _refusal(engine, tmp_path) == f"{refusal}\n"


@pytest.mark.parametrize(
    ("top", "refusal"),
    [
        ({"name": "web"}, "(root) Additional property name is not allowed"),
        ({"configs": {"one": {"content": "hello"}}}, "configs.one Additional property content is not allowed"),
        ({"secrets": {"one": {"environment": "WORD"}}}, "secrets.one Additional property environment is not allowed"),
    ],
)
def test_a_stack_may_not_say(engine: Engine, tmp_path: Path, top: dict[str, object], refusal: str) -> None:
    _stack(tmp_path, {}, top)
    assert _refusal(engine, tmp_path) == f"{refusal}\n"


def _refusal(engine: Engine, folder: Path) -> str:
    done = engine.attempt("stack", "config", "--compose-file", "stack.yaml", folder=folder)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.usefixtures("swarm")
def test_swarm_names_some_of_what_it_leaves_out_and_drops_the_rest_in_silence(engine: Engine, tmp_path: Path) -> None:
    """An order of starting and a tmpfs in the short form are gone without a word; `stack config` names nothing at all."""
    _stack(tmp_path, {"depends_on": ["web"], "tmpfs": ["/scratch"], "command": ["ls", "/scratch"], **_NAMED})
    assert _stderr(engine, tmp_path, "config") == ""
    assert _stderr(engine, tmp_path, "deploy") == f"Ignoring unsupported options: {', '.join(sorted(_NAMED))}\n\n"
    ended = wait_for("its end", lambda: [one for one in engine.containers("assumed") if one.status == "exited"], timeout=30)
    assert engine.attempt("logs", ended[0].identity).stderr == "ls: /scratch: No such file or directory\n"


_NAMED = {"build": ".", "restart": "unless-stopped", "security_opt": ["no-new-privileges:true"], "shm_size": "64m"}
_LOOK = """
cat /proc/1/comm /sealed; hostname; id -u; touch /here 2>&1; grep -o 'CapBnd.*' /proc/1/status
stat -c '%u:%g %a' /sealed /run/secrets/one /long; df -m /dev/shm | awk 'END { print $2 }'
exec sleep 600
"""


@pytest.mark.usefixtures("swarm")
def test_swarm_does_what_it_takes_without_a_word(engine: Engine, tmp_path: Path) -> None:
    """A tmpfs in the long form, which has bytes for its size and no mode, can be shared memory too."""
    tmpfs = [{"type": "tmpfs", "target": path, "tmpfs": {"size": 2**27}} for path in ("/long", "/dev/shm")]  # noqa: S108
    service = {
        "command": ["sh", "-c", _LOOK.replace("$", "$$")],
        "read_only": True,
        "cap_drop": ["ALL"],
        "user": "1000:1000",
        "hostname": "own-name",
        "stop_grace_period": "3s",
        "networks": {"default": {"aliases": ["other"]}},
        "healthcheck": {"test": ["CMD", "true"], "start_period": "40s", "start_interval": "1s"},
        "volumes": tmpfs,
        "configs": [{"source": "one", "target": "/sealed", "mode": 0o440, "uid": "1000", "gid": "1000"}],
        "secrets": ["one"],
    }
    _stack(tmp_path, service)
    assert _stderr(engine, tmp_path, "config") == ""
    assert _stderr(engine, tmp_path, "deploy") == ""
    wait_for(
        "its health",
        lambda: engine.container("assumed", "web").health == "healthy",
        timeout=30,
        explain=lambda: engine.tasks("assumed"),
    )
    container = engine.container("assumed", "web")
    grace = engine.docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.StopGracePeriod}}", "assumed_web")
    assert grace == "3s\n"
    engine.docker("exec", container.identity, "nslookup", "other")
    assert engine.docker("logs", container.identity).split("\n") == [
        "docker-init",
        "hello",
        "own-name",
        "1000",
        "touch: /here: Read-only file system",
        "CapBnd:\t0000000000000000",
        "1000:1000 440",
        "0:0 444",
        "0:0 1777",
        "128",
        "",
    ]


@pytest.mark.usefixtures("swarm")
def test_a_node_of_a_swarm_rejects_a_limit_of_cpu_above_its_own(engine: Engine, tmp_path: Path) -> None:
    more, refusal = _too_many_cores(engine)
    deploy = {"endpoint_mode": "dnsrr", "resources": {"limits": {"cpus": more}}}
    _stack(tmp_path, {"deploy": deploy, "command": ["sleep", "600"]})
    assert _stderr(engine, tmp_path, "deploy") == ""
    wait_for("its refusal", lambda: refusal in engine.tasks("assumed"), timeout=30, explain=lambda: engine.tasks("assumed"))


@pytest.mark.usefixtures("swarm")
def test_a_name_of_swarm_is_known_once_its_container_is_healthy(engine: Engine, tmp_path: Path) -> None:
    """So what waits until a name answers waits for the health behind it; the container itself does not know it sooner."""
    asked = {"test": ["CMD", "test", "-e", "/tmp/well"], "start_period": "60s", "start_interval": "1s"}  # noqa: S108
    other = {"image": BUSYBOX, "init": True, "command": ["sleep", "600"], "deploy": {"endpoint_mode": "dnsrr"}}
    _stack(tmp_path, {"command": ["sleep", "600"], "healthcheck": asked}, other=other)
    assert _stderr(engine, tmp_path, "deploy") == ""

    def running(service: str) -> str:
        wait_for(service, lambda: engine.container("assumed", service).status == "running", timeout=30)
        return engine.container("assumed", service).identity

    web, asking = running("web"), running("other")
    for asker in (web, asking):
        assert engine.attempt("exec", asker, "nslookup", "web").returncode == 1
    assert engine.container("assumed", "web").health == "starting"
    engine.docker("exec", web, "touch", "/tmp/well")  # noqa: S108
    wait_for("the name", lambda: engine.attempt("exec", asking, "nslookup", "web").returncode == 0, timeout=30)
    assert engine.container("assumed", "web").health == "healthy"


def _stderr(engine: Engine, folder: Path, command: str) -> str:
    which = (
        ["--detach=true", "--compose-file", "stack.yaml", "assumed"] if command == "deploy" else ["--compose-file", "stack.yaml"]
    )
    done = engine.attempt("stack", command, *which, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stderr
