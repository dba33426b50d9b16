# Finds PostgreSQL's programs where Debian and Red Hat put them; other scripts read this.
for programs in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
  PATH="$PATH:$programs"
done
export PATH
