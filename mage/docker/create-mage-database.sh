#!/bin/sh
# Runs once, when PostgreSQL makes its cluster: Mage's own tables live apart from RAW, under a role of their own.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$(cat /run/passwords/mage-database)" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role mage login password :'password';
create database mage owner mage;
revoke connect on database mage from public;
SQL
