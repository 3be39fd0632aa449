"""Executes the runner: it extracts from QuickBooks what the loader planned, and loads it into RAW."""

import pandas as pd

from mage.utils.events import WINDOW_COLUMNS
from mage.utils.mage_log import open_log
from mage.utils.mage_secrets import read_secrets
from mage.utils.plan import Plan
from mage.utils.runner import DEFAULT_MAX_SECONDS, Runner

if 'data_exporter' not in globals():
    from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def run_qbo(plan, *args, **kwargs):
    """Returns the metrics, one row for each window."""
    log = open_log(kwargs.get('logger'))
    max_seconds = float((kwargs.get('configuration') or {}).get('max_seconds') or DEFAULT_MAX_SECONDS)
    runner = Runner.beside(kwargs['repo_path'])
    run_log = runner.run(Plan.from_dict(plan), read_secrets(), log, max_seconds)
    return pd.DataFrame(run_log.windows, columns=list(WINDOW_COLUMNS))
