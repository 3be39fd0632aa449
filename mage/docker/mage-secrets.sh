#!/bin/sh
exec python3 "$USER_CODE_PATH/mage_secrets.py" "$@"
