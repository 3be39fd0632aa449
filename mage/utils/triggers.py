"""Switches a one-time trigger off for good: in Mage's database, and in the file, which would switch it on again."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .events import Log

ONCE = '@once'


def switch_off(pipeline_run: Any, project: str | Path, log: Log, inactive: Any) -> bool:
    """Switches the trigger of a run off and returns whether there was one. Mage itself does this only when every block has
    completed, and never in the file. `inactive` is the value that Mage's database uses for that status."""
    schedule = getattr(pipeline_run, 'pipeline_schedule', None)
    if schedule is None or str(schedule.schedule_interval) != ONCE:
        return False
    file = Path(project) / 'pipelines' / schedule.pipeline_uuid / 'triggers.yaml'
    # Change the file first: if the two differ, Mage uses the file.
    in_file = _switch_off_in_file(file, schedule.name)
    schedule.update(status=inactive)
    where = 'in the database and in triggers.yaml' if in_file else 'in the database; triggers.yaml does not name it'
    log('info', f'The one-time trigger {schedule.name} is off {where}. For another backfill, add a trigger with a new name.')
    return True


def _switch_off_in_file(file: Path, name: str) -> bool:
    if not file.exists():
        return False
    before = file.read_text(encoding='utf-8')
    after = set_status(before, name, 'inactive')
    if after is None:
        return False
    if after != before:
        _replace(file, after)
    return True


def set_status(text: str, name: str, status: str) -> str | None:
    """Returns the text of a triggers.yaml with the status of one trigger changed and every other byte kept. Returns None
    if the file has no trigger of that name."""
    lines = text.splitlines(keepends=True)
    for start, end, indent in _items(lines):
        keys = {}
        for at in range(start, end):
            line = lines[at] if at > start else lines[at].replace('-', ' ', 1)
            match = re.match(rf' {{{indent}}}([a-z_]+):[ \t]*(.*?)[ \t]*(?:#.*)?$', line.rstrip('\r\n'))
            if match:
                keys[match[1]] = (at, match[2])
        if keys.get('name', (0, ''))[1].strip('\'"') != name:
            continue
        if 'status' not in keys:
            lines.insert(end, f'{" " * indent}status: {status}\n')
            return ''.join(lines)
        at = keys['status'][0]
        lines[at] = re.sub(r'(status:[ \t]*)[^\s#]*', rf'\g<1>{status}', lines[at], count=1)
        return ''.join(lines)
    return None


def _items(lines: list[str]) -> list[tuple[int, int, int]]:
    """Returns, for every item of the list: its first line, the line after its last, and the indentation of its keys."""
    starts = [at for at, line in enumerate(lines) if re.match(r' *- +[a-z_]+:', line)]
    if not starts:
        return []
    dash = min(len(lines[at]) - len(lines[at].lstrip(' ')) for at in starts)
    starts = [at for at in starts if len(lines[at]) - len(lines[at].lstrip(' ')) == dash]
    items = []
    for at, next_start in zip(starts, [*starts[1:], len(lines)]):
        end = next_start
        while end > at + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith('#')):
            end -= 1
        match = re.match(r' *- +', lines[at])
        items.append((at, end, len(match[0]) if match else dash + 2))
    return items


def _replace(file: Path, text: str) -> None:
    """Replaces the file in one step, because the scheduler reads it every few seconds. Keeps its owner and mode."""
    half = file.with_name(f'{file.name}.{os.getpid()}.temp')
    half.write_text(text, encoding='utf-8')
    kept = file.stat()
    os.chmod(half, kept.st_mode & 0o7777)
    if os.geteuid() == 0:
        os.chown(half, kept.st_uid, kept.st_gid)
    os.replace(half, file)
