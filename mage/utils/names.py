"""The secrets that the runner needs, by name."""

from __future__ import annotations

SECRETS: dict[str, str] = {
    'QBO_CLIENT_ID': 'client id of the Intuit app',
    'QBO_CLIENT_SECRET': 'client secret of the Intuit app; the stored refresh token is encrypted with a key derived from it',
    'QBO_REFRESH_TOKEN': 'first refresh token; the runner keeps later ones in PostgreSQL',
    'QBO_REALM_ID': 'id of the QuickBooks company, digits only',
    'QBO_ENV': 'sandbox, prod or simulator',
    'POSTGRES_HOST': 'host of the RAW tables; in this stack the service name, postgres',
    'POSTGRES_PORT': 'its port, 5432',
    'POSTGRES_DB': 'database of the RAW tables',
    'POSTGRES_USER': 'role that owns the RAW tables',
    'POSTGRES_PASSWORD': 'its password',
}

#: Values that must never be shown. The others are addresses and names, which a log may contain.
CONFIDENTIAL = ('QBO_CLIENT_ID', 'QBO_CLIENT_SECRET', 'QBO_REFRESH_TOKEN', 'POSTGRES_PASSWORD')
