# Writes the definitions into a folder of /tmp/snapshot, by the first node that answers: NAME-0 and so on, as many as MEMBERS.
#
# Without what is secret, or may have secrets in it: users have hashes of passwords, parameters the URLs of shovels and federation.
# The users of the values are made anew by each start.
set -eu
umask 077
cp /run/erlang-cookie/erlang-cookie "$HOME/.erlang.cookie"
folder=/tmp/snapshot/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$folder"

export='D = maps:without([users, parameters, global_parameters], rabbit_definitions:all_definitions()),
  io:format("~ts~n", [rabbit_json:encode(D)]).'
number=0
while [ "$number" -lt "$MEMBERS" ]; do
  node=rabbit@$NAME-$number.$DOMAIN
  number=$((number + 1))
  rabbitmqctl -q -n "$node" eval "$export" > /tmp/answer || continue
  sed -n 1p /tmp/answer > "$folder/definitions.json" # the second line is the value of what was evaluated
  grep -q '"vhosts":\[{' /tmp/answer || { echo "error: $node gave no definitions: $(head -c 200 /tmp/answer)" >&2; exit 1; }
  echo "exported by $node"
  exit
done
echo "error: no node of $NAME answers" >&2
exit 1
