"""Exits with 0 if Mage answers and its scheduler is running."""

import json
import sys
import urllib.request

with urllib.request.urlopen('http://127.0.0.1:6789/api/status', timeout=5) as answer:
    statuses = json.load(answer)['statuses']
sys.exit(0 if any(status.get('scheduler_status') == 'running' for status in statuses) else 1)
