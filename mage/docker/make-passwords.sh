#!/bin/sh
# Generates the passwords of the stack at its first start, in a volume that only its containers can see. Runs as root in
# the image of PostgreSQL. Passwords that already exist are kept.
set -eu
umask 077
cd /run/passwords

# password NAME OWNER: one line of 32 random characters that need no escaping, readable only by the owner.
password() {
  if [ ! -s "$1" ]; then
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"$1.half"
    mv "$1.half" "$1"
  fi
  chown "$2" "$1"
  chmod 400 "$1"
}

# 5050 is the id of the pgAdmin user in its image.
password postgres postgres
password mage-database postgres
password mage-login root
password mage-session root
password pgadmin 5050

# libpq reads Mage's password for its own database from here, so that no address contains it.
printf 'postgres:5432:mage:mage:%s\n' "$(cat mage-database)" >mage-pgpass
chmod 600 mage-pgpass

# Lets pgAdmin open the registered server without a prompt.
printf '%s' "$(cat postgres)" >pgadmin-postgres
chown 5050 pgadmin-postgres
chmod 400 pgadmin-postgres

# Other users must be able to open their own file, but not to list the folder.
chmod 711 .
