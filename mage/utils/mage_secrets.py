"""Reads the runner's secrets from Mage Secrets."""

from __future__ import annotations

from typing import Callable

from .names import SECRETS


class MissingSecrets(Exception):
    """Some secrets are not in Mage Secrets, or cannot be decrypted."""


def read_secrets(get: Callable[[str], str | None] | None = None) -> dict[str, str]:
    """Returns all secrets. Raises MissingSecrets with every name that is missing."""
    read = get or _from_mage
    values = {name: read(name) for name in SECRETS}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise MissingSecrets(
            f'Mage Secrets holds no readable value for {", ".join(missing)}. Set each one with '
            f'`mage-secrets set {missing[0]}` inside the container, with the value on standard input'
        )
    return {name: value for name, value in values.items() if value}


def _from_mage(name: str) -> str | None:
    from mage_ai.data_preparation.shared.secrets import get_secret_value

    return get_secret_value(name, suppress_warning=True)
