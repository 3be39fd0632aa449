"""Checks the parameters and the specs, and says what will run. Loads nothing."""

from mage.utils.mage_log import open_log
from mage.utils.plan import read_plan, split_by_month
from mage.utils.runner import Runner

if 'data_loader' not in globals():
    from mage_ai.data_preparation.decorators import data_loader


@data_loader
def check_specs(*args, **kwargs):
    """Returns the plan. If the block is dynamic, returns one plan for each month, and a name for each of them."""
    log = open_log(kwargs.get('logger'))
    configuration = kwargs.get('configuration') or {}
    plan = read_plan(kwargs, configuration)
    runner = Runner.beside(kwargs['repo_path'])
    files = runner.validate(plan.specs)
    log('info', f'{len(files)} {"spec is" if len(files) == 1 else "specs are"} valid.')
    for line in runner.describe(plan.specs):
        log('info', f'Will run {line}.')
    log(
        'info',
        f'Range [{plan.fecha_inicio}, {plan.fecha_fin}) in UTC: the end is exclusive, '
        f'{plan.fecha_fin} is the first instant that is not read.',
    )
    log('info', f'Page size: {plan.page_size or "that of each spec"}.')
    if not configuration.get('dynamic'):
        return plan.to_dict()
    months = split_by_month(plan)
    names = [{'block_uuid': month.fecha_inicio[:10].replace('-', '_')} for month in months]
    log('info', f'{len(months)} children, one for each month: {", ".join(name["block_uuid"] for name in names)}.')
    return [[month.to_dict() for month in months], names]
