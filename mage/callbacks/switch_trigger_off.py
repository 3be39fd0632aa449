"""Switches the one-time trigger of this run off, however the run ends.

The callback is attached to both blocks. The loader finishes within seconds, so the trigger is off before the long work
begins. Even a run that is killed, and can no longer call anything, therefore leaves no active trigger.
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


# One function for each outcome: Mage's decorator returns nothing, so one function cannot be decorated twice.
@callback('success')
def after_success(*args, **kwargs):
    switch_off_trigger(**kwargs)


@callback('failure')
def after_failure(*args, **kwargs):
    switch_off_trigger(**kwargs)


@callback('cancelled')
def after_cancel(*args, **kwargs):
    switch_off_trigger(**kwargs)
