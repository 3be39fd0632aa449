"""Keeps Mage's pool of workers awake.

Mage starts the pool when a block is queued and lets it end as soon as it looks idle. Both can go wrong. A new pool that
looks before the block has arrived in its queue ends at once. A block that is queued while the pool is ending is no
longer seen. The block then stays "queued", and its run with it, until something else is queued. On a machine with two
cores this happened in about one of ten runs. A pool that stays awake has neither problem.
"""

from __future__ import annotations

import os
import time
from typing import Any, Callable

_LOOK_SECONDS = 0.5


def keep_pool_awake(process_queue: Any) -> bool:
    """Changes Mage's module `mage_ai.orchestration.queue.process_queue`. Returns False if it has an unknown form."""
    poll = getattr(process_queue, 'poll_job_and_execute', None)
    if not callable(poll) or not hasattr(getattr(process_queue, 'ProcessQueue', None), 'start_worker_pool'):
        return False
    process_queue.poll_job_and_execute = _stay(poll)
    return True


def _stay(poll: Callable[..., None]) -> Callable[..., None]:
    def poll_as_long_as_the_scheduler_lives(queue: Any, *arguments: Any) -> None:
        scheduler = os.getppid()
        while os.getppid() == scheduler:
            if queue.empty():
                time.sleep(_LOOK_SECONDS)
            else:
                poll(queue, *arguments)

    return poll_as_long_as_the_scheduler_lives
