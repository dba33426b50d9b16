# Fetches a complete snapshot into /tmp/snapshot.
. /etc/backup/repository.sh

all=$(complete)
[ -n "$all" ] || fail "there is no complete snapshot in the repository"
name=$SNAPSHOT
[ "$name" != latest ] || name=$(echo "$all" | tail -n 1)
echo "$all" | grep -qx "$name" || fail "there is no complete snapshot $name; there are:" $all
remote copy "$target/$name" /tmp/snapshot
(cd /tmp/snapshot && sha256sum -c complete > /tmp/checked 2>&1) || fail "the snapshot $name is spoiled: $(grep -v ': OK$' /tmp/checked)"
echo "fetched: $name"
