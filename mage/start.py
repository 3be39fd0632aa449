#!/usr/bin/env python3
"""Starts Mage as `mage start` does, with a pool of workers that stays awake: python start.py [OPTION...]"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
# `mage.utils` is imported from the folder around the project. The project itself must not shadow other modules.
sys.path[:] = [str(PROJECT.parent), *(entry for entry in sys.path if Path(entry or '.').resolve() != PROJECT)]

from mage.utils.pool import keep_pool_awake  # noqa: E402


def main(options: list[str]) -> None:
    # Set the project before importing anything else: Mage reads the address of its database during import.
    from mage_ai.settings.repo import set_repo_path

    set_repo_path(str(PROJECT))
    from mage_ai.cli.main import app
    from mage_ai.orchestration.queue import process_queue

    if not keep_pool_awake(process_queue):
        print('This version of Mage queues blocks differently from the tested one, so its pool of workers is left unchanged.', flush=True)
    sys.argv = ['mage', 'start', str(PROJECT), *options]
    app()


if __name__ == '__main__':
    main(sys.argv[1:])
