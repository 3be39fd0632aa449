#!/usr/bin/env python3
"""Mage Secrets from the command line. Values are read from standard input and are never printed.

  mage-secrets list                          lists the names, whether each is set, and what it is for
  mage-secrets set NAME < value              stores a value and replaces an older one
  mage-secrets import [--if-missing] < file  stores the lines NAME=value of a file
  mage-secrets delete NAME                   deletes a value
  mage-secrets exec COMMAND [ARGUMENT...]    runs a command with the secrets in its environment, such as qbo status
"""

from __future__ import annotations

import contextlib
import getpass
import io
import logging
import os
import sys
from pathlib import Path
from typing import Any, TextIO

PROJECT = Path(__file__).resolve().parent
# `mage.utils` is imported from the folder around the project. The project itself must not shadow the standard library.
sys.path[:] = [str(PROJECT.parent), *(entry for entry in sys.path if Path(entry or '.').resolve() != PROJECT)]

from mage.utils.names import SECRETS  # noqa: E402
from mage.utils.runner import child_environment  # noqa: E402


class UsageError(Exception):
    """The command line is wrong."""


def main(arguments: list[str], source: TextIO) -> int:
    try:
        if arguments == ['list']:
            open_mage()
            print(format_list(stored_names()))
        elif len(arguments) == 2 and arguments[0] == 'set':
            name, value = check_name(arguments[1]), read_value(arguments[1], source)
            open_mage()
            print(f'{name} is {store(name, value)}.')
        elif arguments in (['import'], ['import', '--if-missing']):
            values = read_lines(source)
            open_mage()
            for name, value in values.items():
                is_kept = '--if-missing' in arguments and name in stored_names()
                print(f'{name} is {"kept" if is_kept else store(name, value)}.')
        elif len(arguments) == 2 and arguments[0] == 'delete':
            name = check_name(arguments[1])
            open_mage()
            delete(name)
        elif len(arguments) >= 2 and arguments[0] == 'exec':
            open_mage()
            execute(arguments[1:])
        else:
            raise UsageError(__doc__ or '')
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def check_name(name: str) -> str:
    if name not in SECRETS:
        raise UsageError(f'{name} is not a secret of the runner. The secrets are {", ".join(SECRETS)}.')
    return name


def read_value(name: str, source: TextIO) -> str:
    """Reads the value without the line break at its end. A terminal is prompted without showing the input."""
    value = getpass.getpass(f'{name}: ') if source.isatty() else source.read()
    return check_value(name, value.rstrip('\r\n'))


def read_lines(source: TextIO) -> dict[str, str]:
    values = {}
    for number, raw in enumerate(source.read().splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith('#'):
            continue
        name, equals, value = line.partition('=')
        if not equals:
            raise UsageError(f'line {number} is not NAME=value.')
        values[check_name(name.strip())] = check_value(name.strip(), value.strip())
    return values


def check_value(name: str, value: str) -> str:
    if not value:
        raise UsageError(f'{name} has no value: pass it on standard input, `mage-secrets set {name} < file`.')
    if '\n' in value or '\r' in value or '\0' in value:
        raise UsageError(f'the value for {name} has more than one line: pass only the value.')
    return value


def format_list(stored: dict[str, Any]) -> str:
    """Names, state and purpose; never a value."""
    width = max(len(name) for name in SECRETS)
    lines = []
    for name, purpose in SECRETS.items():
        when = stored.get(name)
        state = 'missing' if when is None else f'set {when:%Y-%m-%d %H:%M}'
        lines.append(f'{name.ljust(width)}  {state.ljust(20)}  {purpose}')
    return '\n'.join(lines)


def open_mage() -> None:
    """Connects to Mage's database, and creates its tables if Mage has never been started."""
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(io.StringIO()):  # Mage prints while it is imported
        from mage_ai.settings.repo import set_repo_path

        # This must happen before Mage's orchestration is imported, because the import reads the database address.
        os.environ.setdefault('MAGE_REPO_PATH', str(PROJECT))
        set_repo_path(os.environ['MAGE_REPO_PATH'])
        from mage_ai.orchestration.db import db_connection
        from mage_ai.orchestration.db.database_manager import database_manager

        database_manager.run_migrations()
        db_connection.start_session()


def stored_names() -> dict[str, Any]:
    """Returns when each stored value was last written. Values that the current key cannot decrypt are left out."""
    from mage_ai.data_preparation.shared.secrets import get_secret_value
    from mage_ai.orchestration.db.models.secrets import Secret

    rows = Secret.query.filter(Secret.name.in_(list(SECRETS))).all()
    readable = [row for row in rows if get_secret_value(row.name, suppress_warning=True)]
    return {row.name: row.updated_at or row.created_at for row in readable}


def store(name: str, value: str) -> str:
    """Stores a value. Mage can create and delete a secret but not change it, so an existing row gets its new value in
    one statement. No run can then find the name without a value."""
    from cryptography.fernet import Fernet
    from mage_ai.data_preparation.shared.secrets import _get_encryption_key, create_secret
    from mage_ai.orchestration.constants import Entity
    from mage_ai.orchestration.db.models.secrets import Secret

    key, key_uuid = _get_encryption_key(Entity.GLOBAL)
    row = Secret.get_secret(name, key_uuid) if key and key_uuid else None
    if row is None:
        create_secret(name, value, repo_name=os.environ['MAGE_REPO_PATH'])
        return 'set'
    row.update(value=Fernet(key).encrypt(value.encode()).decode())
    return 'replaced'


def delete(name: str) -> None:
    from mage_ai.data_preparation.shared.secrets import delete_secret

    if name not in stored_names():
        print(f'{name} was not set.')
        return
    delete_secret(name)
    print(f'{name} is deleted.')


def execute(command: list[str]) -> None:
    """Replaces this process with the command. It sees as little of Mage's environment as the runner in a block."""
    from mage_ai.data_preparation.shared.secrets import get_secret_value

    values = {name: get_secret_value(name, suppress_warning=True) for name in SECRETS}
    environment = child_environment({name: value for name, value in values.items() if value})
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise UsageError(f'could not start {command[0]}: {error.strerror}') from None


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:], sys.stdin))
