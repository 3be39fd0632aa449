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

# Mage, its scheduler and the workers are one process group. When the container is told to stop they go first; each
# keeper sees that, and its runner finishes or rolls back the page in hand.
setsid python3 "$USER_CODE_PATH/start.py" --host 0.0.0.0 --port 6789 &
mage=$!
stop() {
  kill -KILL "-$mage"
  for _ in $(seq 80); do
    grep -qa 'keeper[.]py' /proc/[0-9]*/cmdline 2>/dev/null || exit 0
    sleep 0.5
  done
  exit 1
}
trap stop TERM INT
wait "$mage"
