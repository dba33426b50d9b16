# Stores the snapshot that was taken, and clears away those that are too many. It is complete when its checksums are there.
. /etc/backup/repository.sh

name=$(ls /tmp/snapshot)
(cd "/tmp/snapshot/$name" && sha256sum -- *) > /tmp/complete
remote copy "/tmp/snapshot/$name" "$target/$name"
remote copyto /tmp/complete "$target/$name/complete"
echo "complete: $name, $(du -sh "/tmp/snapshot/$name" | cut -f 1)"

all=$(snapshots | sort -r)
kept=$(complete | sort -r | head -n "$RETENTION")
for one in $all; do
  case "$kept" in *"$one"*) continue ;; esac
  remote delete --include /complete "$target/$one" # half of one is no snapshot
  remote purge "$target/$one"
  echo "cleared away: $one"
done
