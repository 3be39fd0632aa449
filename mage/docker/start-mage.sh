#!/bin/sh
# What the container of Mage runs. Mage's own two passwords are in the environment of its server, and of no other container.
set -eu

JWT_SECRET=$(cat /run/passwords/mage-session)
DEFAULT_OWNER_PASSWORD=$(cat /run/passwords/mage-login)
export JWT_SECRET DEFAULT_OWNER_PASSWORD

# The database of the stack is known here; the QuickBooks secrets are the operator's. A value that is set already stays.
{
  printf 'POSTGRES_HOST=postgres\nPOSTGRES_PORT=5432\nPOSTGRES_DB=qbo\nPOSTGRES_USER=qbo\n'
  printf 'POSTGRES_PASSWORD=%s\n' "$(cat /run/passwords/postgres)"
} | mage-secrets import --if-missing

exec python3 "$USER_CODE_PATH/start.py" --host 0.0.0.0 --port 6789
