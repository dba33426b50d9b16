"""The texts around a stack: what it says to its reader, and the script that deploys it."""

from __future__ import annotations

from collections.abc import Iterable

from tierwright.outputs.containers.comments import comment
from tierwright.outputs.swarm.names import secret_name
from tierwright.outputs.swarm.stack import Stack

_HEADER = """\
{name} for Docker Swarm, from the same description as its Kubernetes manifests. It needs engines from version 25 on.

{commands}

A Swarm knows no order of a start. Where the whole command of a workload is known, its container first waits for all that it waits
for on a cluster. A task that is not ready for long is replaced. All containers reach one another, nothing is scaled, programs can
gain privileges unless each engine forbids it (`no-new-privileges` in its daemon.json), and no file in a folder in memory can be
executed.
"""

_DEPLOY = """\
# Deploys {name} to the Swarm of this engine; run it in the project's folder. Its options are those of `docker stack deploy`.
# Secrets of a Swarm never change: another SECRETS_VERSION in .env makes all of them anew.
set -eu
[ -f .env ] || {{ echo "there is no .env in this folder: run \\`tierwright env\\` in the project's folder" >&2; exit 1; }}
set -a
. ./.env
set +a
"""

_REQUIRED = """
for variable in {variables}; do
  eval "content=\\${{$variable-}}"
  [ -n "$content" ] || {{ echo "$variable is not set in .env: run \\`tierwright env\\`, or fill it in" >&2; exit 1; }}
done
"""

_CREATE = """
create() { # NAME, VARIABLE
  if docker secret inspect "$1" > /dev/null 2>&1; then return; fi
  eval "content=\\${$2-}"
  # A secret cannot be empty: a line break alone is nothing.
  if [ -n "$content" ]; then printf %s "$content"; else echo; fi | docker secret create "$1" - > /dev/null
  echo "made the secret $1"
}

"""

_LABELLED = """
nodes=$(docker node ls --quiet --filter node.label={label}=true | wc -l)
[ "$nodes" -eq 1 ] || {{
  echo "$nodes nodes have the label {label}=true, but exactly one can keep the volumes:" >&2
  echo "docker node update --label-add {label}=true NODE" >&2
  exit 1
}}
"""

_END = """
exec docker stack deploy --compose-file "${{0%/*}}/stack.yaml" "$@" {name}
"""


def header(stack: Stack, differences: Iterable[str]) -> str:
    """The comment at the top of the stack."""
    name = stack.inventory.name
    label = {f"docker node update --label-add {stack.label}=true NODE": "for the one node that keeps the volumes"}
    commands = {
        "tierwright env": "writes .env with random passwords, once",
        **(label if stack.volumes else {}),
        "sh dist/swarm/deploy.sh --with-registry-auth": f"makes the secrets that are absent, then deploys the stack {name}",
    }
    width = max(map(len, commands))
    lines = "\n".join(f"  {command:{width}}    {said}" for command, said in commands.items())
    return comment(_HEADER.format(name=name, commands=lines), differences)


def deploy_script(stack: Stack) -> str:
    """The text of deploy.sh."""
    inventory = stack.inventory
    text = _DEPLOY.format(name=inventory.name)
    if stack.required:
        text += _REQUIRED.format(variables=" ".join(stack.required))
    if stack.volumes:
        text += _LABELLED.format(label=stack.label)
    if stack.secrets:
        text += _CREATE + "".join(f'create "{secret_name(inventory, one)}" {one}\n' for one in stack.secrets)
    return text + _END.format(name=inventory.name)
