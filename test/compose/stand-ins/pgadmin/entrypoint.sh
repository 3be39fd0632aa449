#!/bin/sh
# The part of the real image's entry point that the project uses.
set -eu
env | sed -n 's/^PGADMIN_CONFIG_\([A-Z_]*\)=\(.*\)$/\1 = \2/p' >/pgadmin4/config_distro.py
echo 'SERVER_MODE = True' >>/pgadmin4/config_distro.py
if [ ! -f /var/lib/pgadmin/pgadmin4.db ]; then
  PGADMIN_SETUP_EMAIL=$PGADMIN_DEFAULT_EMAIL
  PGADMIN_SETUP_PASSWORD=$(cat "$PGADMIN_DEFAULT_PASSWORD_FILE")
  export PGADMIN_SETUP_EMAIL PGADMIN_SETUP_PASSWORD
  /venv/bin/python3 setup.py setup-db
  /venv/bin/python3 setup.py load-servers "$PGADMIN_SERVER_JSON_FILE" --user "$PGADMIN_DEFAULT_EMAIL"
  unset PGADMIN_SETUP_EMAIL PGADMIN_SETUP_PASSWORD
fi
exec /venv/bin/gunicorn --bind "0.0.0.0:$PGADMIN_LISTEN_PORT" --workers 1 --threads 25 --chdir /pgadmin4 pgAdmin4:app
