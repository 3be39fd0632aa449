#!/bin/sh
# Runs once, when PostgreSQL creates its cluster. Mage's own tables are kept apart from RAW, under a separate role.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$(cat /run/passwords/mage-database)" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role mage login password :'password';
create database mage owner mage;
revoke connect on database mage from public;
SQL
