#!/bin/sh
# Makes the passwords of the stack at its first start, in a volume that only its containers see. Runs as root in the
# image of PostgreSQL; what is there already stays as it is.
set -eu
umask 077
cd /run/passwords

# password NAME OWNER: one line of 32 random characters that need no escaping, readable by the owner alone.
password() {
  if [ ! -s "$1" ]; then
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"$1.half"
    mv "$1.half" "$1"
  fi
  chown "$2" "$1"
  chmod 400 "$1"
}

# 5050 is the user of pgAdmin in its image.
password postgres postgres
password mage-database postgres
password mage-login root
password mage-session root
password pgadmin 5050

# libpq takes Mage's password for its own database from here, so that no address holds it.
printf 'postgres:5432:mage:mage:%s\n' "$(cat mage-database)" >mage-pgpass
chmod 600 mage-pgpass

# pgAdmin may open the registered server without asking.
printf '%s' "$(cat postgres)" >pgadmin-postgres
chown 5050 pgadmin-postgres
chmod 400 pgadmin-postgres

# Others must get to their own file, and to no list of them.
chmod 711 .
