# Stores the snapshot that was taken, and clears away those that are too many. It is complete when its checksums are there.
. /etc/backup/repository.sh

name=$(ls /tmp/snapshot)
(cd "/tmp/snapshot/$name" && sha256sum -- *) > /tmp/complete
remote copy "/tmp/snapshot/$name" "$target/$name"
remote copyto /tmp/complete "$target/$name/complete"
echo "complete: $name, $(du -sh "/tmp/snapshot/$name" | cut -f 1)"

all=$(snapshots)
whole=$(complete)
echo "$whole" | grep -qx "$name" || fail "$name is not in the repository after all: nothing is cleared away"
# The new one too, where a clock was ahead and others are named after later moments.
kept="$name $(echo "$whole" | sort -r | head -n "$RETENTION")"
# Another Job may be at one that began no longer ago than a Job may take.
begun=$(date -u -d "@$(($(date +%s) - DEADLINE_SECONDS))" +%Y%m%dT%H%M%SZ)
for one in $all; do
  case "$kept" in *"$one"*) continue ;; esac
  case "$whole" in
    *"$one"*) ;;
    *) [ "$one" \< "$begun" ] || continue ;;
  esac
  remote delete --include /complete "$target/$one" # half of one is no snapshot
  remote purge "$target/$one"
  echo "cleared away: $one"
done
