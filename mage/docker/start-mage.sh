#!/bin/sh
# The command of the Mage container. Mage's own two passwords are only in the environment of its server, and not in that
# of any other container.
set -eu

JWT_SECRET=$(cat /run/passwords/mage-session)
DEFAULT_OWNER_PASSWORD=$(cat /run/passwords/mage-login)
export JWT_SECRET DEFAULT_OWNER_PASSWORD

# Stores the settings of the stack's database. The operator sets the QuickBooks secrets. Values that are already set are
# kept.
{
  printf 'POSTGRES_HOST=postgres\nPOSTGRES_PORT=5432\nPOSTGRES_DB=qbo\nPOSTGRES_USER=qbo\n'
  printf 'POSTGRES_PASSWORD=%s\n' "$(cat /run/passwords/postgres)"
} | mage-secrets import --if-missing

# Mage, its scheduler and the workers are one process group. When the container is stopped, they are
# killed first. Each keeper notices this, and its runner finishes or rolls back the current page.
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
