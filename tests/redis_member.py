"""A member of a Redis with several servers: its scripts, beside programs that answer what a test tells them."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from tests.rendering import Rendered

PROGRAMS = {
    "redis-cli": r"""
host= port= user=default
while :; do case "$1" in
  -h) host=$2; shift 2 ;; -p) port=$2; shift 2 ;; --user) user=$2; shift 2 ;; *) break ;; esac; done
echo "$user@$host:$port $*" >> "$FOLDER/asked"
file="$FOLDER/answers/$host:$port $*"
[ -e "$file.later" ] && [ -e "$FOLDER/slept" ] && file="$file.later"
if [ -e "$file.again" ]; then [ ! -e "$file.once" ] || file="$file.again"; : > "${file%.again}.once"; fi
cat "$file"
""",
    "redis-server": r'echo "$*" > "$FOLDER/started"',
    "sleep": r"""
[ "$1" != 2 ] || exit 0 # of a shell beside the one that is looked at
: > "$FOLDER/slept"; echo $(($(cat "$FOLDER/clock") + $(cat "$FOLDER/step"))) > "$FOLDER/next"; mv "$FOLDER/next" "$FOLDER/clock"
""",
    "date": r'cat "$FOLDER/clock"',
    "getent": r'echo "$2" >> "$FOLDER/resolved"; [ -e "$FOLDER/slept" ] || [ "$2" != "$(cat "$FOLDER/unknown" 2> /dev/null)" ]',
    "timeout": r'shift; exec "$@"',
    "flock": "exit 0",
}


class Member:
    """The scripts of a member, on a volume of a test, beside programs that answer what they are told."""

    def __init__(self, folder: Path, rendered: Rendered, *, number: int = 0) -> None:
        """The scripts are those that are rendered."""
        self.folder, self.own = folder, f"redis-{number}.nodes"
        for made in ("bin", "answers", "data", "run", "etc", "tmp"):
            (folder / made).mkdir()
        for program, text in PROGRAMS.items():
            (folder / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
            (folder / "bin" / program).chmod(stat.S_IRWXU)
        for file, text in rendered.get("ConfigMap", "redis-config")["data"].items():
            for path, below in (("/tmp", "tmp"), ("/data", "data"), ("/run/redis", "run"), ("/etc/redis", "etc")):  # noqa: S108
                text = text.replace(f"{path}/", f"{folder}/{below}/")  # noqa: PLW2901
            (folder / "etc" / file).write_text(text)
        (folder / "clock").write_text("0\n")
        (folder / "step").write_text("10\n")
        self.variables = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "FOLDER": str(folder),
            "POD_NAME": f"redis-{number}",
            "NODES": "nodes",
            "PORT": "6379",
            "MEMORY_LIMIT": "1000",
            "MAX_MEMORY_PERCENT": "70",
            "SERVICES_COMMANDS": "+@all -@dangerous",
            "REDISCLI_AUTH": "pass word'\"",
            "ADMINISTRATOR_PASSWORD": "$secret",
        }

    def answers(self, where: str, question: str, text: str, *, later: bool = False) -> None:
        """What a server or sentinel answers; perhaps only after somebody has slept."""
        (self.folder / "answers" / f"{where} {question}{'.later' if later else ''}").write_text(f"{text}\n")

    def answers_again(self, where: str, question: str, text: str) -> None:
        """What a server or sentinel answers from the second time on."""
        self.answers(where, f"{question}.again", text)

    def typed(self, text: str) -> str:
        """What a member says to a command that somebody types into its container."""
        command = ["sh", "-c", text.replace("/etc/redis/", f"{self.folder}/etc/")]
        return subprocess.run(command, check=True, env=self.variables, capture_output=True, text=True, timeout=30).stdout

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """What a script says, and how it ends."""
        command = ["sh", str(self.folder / "etc" / script)]
        return subprocess.run(command, check=False, env=self.variables, capture_output=True, text=True, timeout=30)

    def start(self) -> list[str]:
        """The lines of the configuration with which the server starts."""
        done = self.run("server.sh")
        assert done.returncode == 0, done.stderr
        assert (self.folder / "started").read_text() == f"{self.folder}/run/redis.conf\n"
        return (self.folder / "run" / "redis.conf").read_text().splitlines()

    def has_data(self) -> None:
        """It has run on this volume before."""
        (self.folder / "data" / "appendonlydir").mkdir()

    @property
    def slept(self) -> bool:
        """Whether anybody had to wait."""
        return (self.folder / "slept").exists()

    @property
    def asked(self) -> list[str]:
        """What was asked: USER@HOST:PORT and the question."""
        return (self.folder / "asked").read_text().splitlines()
