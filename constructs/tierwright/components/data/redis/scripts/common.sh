# What all scripts have in common. They read the variables POD_NAME; NODES, the domain of the members' names; PORT, on which a
# server listens; MEMBERS, how many there are; REDISCLI_AUTH, the password of the services; and ADMINISTRATOR_PASSWORD.
umask 077
name="${POD_NAME%-*}"
own="$POD_NAME.$NODES"

members=
number=0
while [ "$number" -lt "$MEMBERS" ]; do
  members="$members $name-$number.$NODES"
  number=$((number + 1))
done

hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

# Every member has the administrator's password, and derives from it the one by which members know one another. That may be
# written into files: a hash needs no quotes, whatever a password contains.
member_password() { hash "member $ADMINISTRATOR_PASSWORD"; }

# The line of an access list: the user, its password, what it may do.
user() { echo "user $1 on #$(hash "$2") $3"; }

# The lines of redis.conf that say who may do what. Clients that find the primary themselves ask whether it is one.
users() {
  password=$(member_password)
  echo "masteruser member"
  echo "masterauth $password"
  user default "$REDISCLI_AUTH" "~* &* $SERVICES_COMMANDS +role"
  user administrator "$ADMINISTRATOR_PASSWORD" "~* &* +@all"
  user member "$password" "~* &* +@all"
}

# Ask a server or sentinel, as a member: HOST PORT COMMAND...
ask() {
  host=$1 port=$2
  shift 2
  REDISCLI_AUTH=$(member_password) timeout 3 redis-cli --user member -h "$host" -p "$port" "$@" 2> /dev/null
}
