"""Switches the one-time trigger of this run off, whatever becomes of the run.

It hangs on both blocks. The loader is done within seconds, so the trigger is off before the long work begins: a run
that is killed, and can call nothing any more, leaves no active trigger either.
"""

from mage.utils.mage_log import open_log
from mage.utils.triggers import switch_off
from mage_ai.data_preparation.models.triggers import ScheduleStatus

if 'callback' not in globals():
    from mage_ai.data_preparation.decorators import callback


def switch_off_trigger(**kwargs):
    switch_off(
        kwargs.get('pipeline_run'),
        kwargs['repo_path'],
        open_log(kwargs.get('logger')),
        inactive=ScheduleStatus.INACTIVE,
    )


# One function for each outcome: Mage's decorator returns nothing, so it can not be put on one function twice.
@callback('success')
def after_success(*args, **kwargs):
    switch_off_trigger(**kwargs)


@callback('failure')
def after_failure(*args, **kwargs):
    switch_off_trigger(**kwargs)


@callback('cancelled')
def after_cancel(*args, **kwargs):
    switch_off_trigger(**kwargs)
