"""Mage's log, with levels."""

from __future__ import annotations

from typing import Any

from .events import Log


def open_log(logger: Any) -> Log:
    """Lines go to the logger that Mage passes to a block. `mage run` passes none; the lines are then printed."""
    if logger is None:
        return lambda level, text: print(f'{level.upper():<7} {text}', flush=True)
    return lambda level, text: getattr(logger, level)(text)
