"""What a node of a cluster does before it starts, before clients reach it, and before it leaves.

The scripts read the variables POD_NAME, MEMBERS, which is how many nodes there are, NODES, the domain of their names, and those of
RabbitMQ.
"""

from __future__ import annotations

PORT_MAPPER = 4369
"""Where the machine of a node tells others on which port that listens to them."""

PATIENCE = 120
"""Seconds for which a node waits until it reaches others. A resolver may keep for 30 that a name is not there."""

LEAVING = 60
"""Seconds after which a node leaves, though queues would be without a majority then."""


def prepare(*, home: str) -> str:
    """Lines of a shell script, before the server is started, whose data is below the folder `home`.

    Until a new node has been a member with all others, a file beside its data says so. The first node is the one that may have the
    data of a single one. So the others do not begin before they can reach it: they might make a cluster without it.
    """
    return f"""\
{reach()}[ -d {home}/mnesia/"$RABBITMQ_NODENAME" ] || : > {new_mark(home)}
if [ -e {new_mark(home)} ] && [ "$own" != 0 ]; then
  {_wait_for_first()}
fi
"""


def prepare_operated(*, data: str) -> str:
    """The same where an operator runs the node, before the container of the server starts; its data is in the folder `data`.

    Nobody counts the members there before a node is ready. So a node is new as long as it has no data.
    """
    return f"""\
{reach()}if [ ! -d {data}/"$RABBITMQ_NODENAME" ] && [ "$own" != 0 ]; then
  {_wait_for_first()}
fi
"""


def reach() -> str:
    """Lines of a shell script that wait until a node could reach enough others for a majority."""
    return f"""\
own=${{POD_NAME##*-}} name=${{POD_NAME%-*}}
reached() {{
  getent hosts "$1" > /dev/null || return 1
  answer=0
  {_open(f'"$1/{PORT_MAPPER}"')} || answer=$?
  [ "$answer" -lt 124 ]
}}
connected() {{
  number=0 others=0
  while [ "$number" -lt "$MEMBERS" ]; do
    if [ "$number" != "$own" ] && reached "$name-$number.$NODES"; then others=$((others + 1)); fi
    number=$((number + 1))
  done
  [ "$others" -ge $((MEMBERS / 2)) ]
}}
# A node connects to the others once, when it starts. If no two found each other then, all would wait for minutes. So DNS must
# know others, and policies must know this pod: one that refuses a connection is reached, one that does not answer is not.
end=$(($(date +%s) + {PATIENCE}))
until connected || [ "$(date +%s)" -ge "$end" ]; do sleep 1; done
"""


def _wait_for_first() -> str:
    """Wait until the first node runs."""
    return f"""\
echo "a new node: waiting for $name-0"
  until {_open(f'"$name-0.$NODES/{PORT_MAPPER}"')}; do sleep 1; done"""


def whole(port: int, *, home: str) -> str:
    """A shell script that succeeds once the node listens on `port` and all nodes are members, here or away.

    New queues are quorum queues if their clients ask for no type. Where the virtual host had queues before the node came, it stays
    as it is: a client that declares a classic queue again, without a type, would be refused.
    """
    return f"""\
{_open(f"127.0.0.1/{port}")} || exit 1
listed=$(rabbitmqctl -q cluster_status --formatter json | sed -n 's/.*"disk_nodes":\\[\\([^]]*\\)\\].*/\\1/p')
members=$(echo "$listed" | tr , '\\n' | grep -c @)
[ "$members" -ge "$MEMBERS" ] || {{ echo "$members of $MEMBERS nodes are members"; exit 1; }}
[ -e {new_mark(home)} ] || exit 0
queues=$(rabbitmqctl -q eval '{_VHOST} rabbit_amqqueue:list_names(V).') || exit 1
quorum() {{
  rabbitmqctl -q update_vhost_metadata "${{RABBITMQ_DEFAULT_VHOST:-/}}" --default-queue-type quorum ||
    rabbitmqctl -q eval '{_VHOST} {_OLDER}'
}}
[ "$queues" != "[]" ] || quorum > /dev/null 2>&1 || exit 1
rm {new_mark(home)}
"""


def lives() -> str:
    """A shell script that succeeds while a node runs, starts, or pauses until others are back.

    A node that returns from a pause starts its broker within the Erlang machine that goes on. Where that fails, nobody tries again.
    """
    pauses = "whereis(rabbit_outside_app_process) =/= undefined"
    return f"""[ "$(rabbitmqctl -q eval 'rabbit:is_running() orelse rabbit:is_booting() orelse {pauses}.')" = true ]"""


def leave() -> str:
    """A shell script that waits until no queue loses its majority with this node, then lets go of clients and of queues."""
    ready = "rabbitmq-upgrade await_online_quorum_plus_one && rabbitmq-upgrade drain"
    return f"timeout {LEAVING} sh -c '{ready}' || true"


def new_mark(home: str) -> str:
    """The file that says that a node has not been a member with all others yet; its data is below the folder `home`."""
    return f"{home}/.new"


def _open(address: str) -> str:
    """Whether somebody listens at an address, `HOST/PORT`."""
    return f"timeout 2 bash -c ': > /dev/tcp/'{address} 2> /dev/null"


_VHOST = 'V = list_to_binary(os:getenv("RABBITMQ_DEFAULT_VHOST", "/")),'

# RabbitMQ 3.10 knows the type of new queues, but has no command that changes it.
_OLDER = (
    'Quorum = fun(Is) -> vhost:merge_metadata(Is, #{default_queue_type => <<"quorum">>}) end, '
    "rabbit_misc:execute_mnesia_transaction(fun() -> rabbit_vhost:update(V, Quorum) end)."
)
