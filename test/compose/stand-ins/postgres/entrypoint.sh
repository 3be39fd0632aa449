#!/bin/sh
# The part of the real image's entry point that the project uses.
set -eu
data=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  chown postgres:postgres "$data"
  chmod 700 "$data"
  mkdir -p /var/run/postgresql
  chown postgres:postgres /var/run/postgresql
  exec gosu postgres "$0" "$@"
fi
if [ ! -s "$data/PG_VERSION" ]; then
  # shellcheck disable=SC2086 # several arguments
  initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  pg_ctl --pgdata="$data" --options="-c listen_addresses=''" --wait start
  psql --username="$POSTGRES_USER" --dbname=postgres --command="create database $POSTGRES_DB"
  for script in /docker-entrypoint-initdb.d/*.sh; do
    sh "$script"
  done
  pg_ctl --pgdata="$data" --mode=fast --wait stop
fi
exec "$@" -D "$data" -c listen_addresses='*'
