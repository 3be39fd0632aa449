"""Turns the runner's output, one JSON object per line, into lines of Mage's log and rows of a table."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterable

Log = Callable[[str, str], None]

#: Columns of the table of windows, in display order.
WINDOW_COLUMNS = (
    'entity', 'table', 'window_start_utc', 'window_end_utc', 'status', 'pages', 'rows',
    'inserted', 'updated', 'unchanged', 'stale', 'duration_ms', 'error',
)
_TOTALS = ('windows', 'pages', 'rows', 'inserted', 'updated', 'unchanged', 'stale', 'calls', 'duration_ms')
_LEVELS = {'debug': 'debug', 'info': 'info', 'warn': 'warning', 'error': 'error'}
#: Shorter values are ordinary words such as `vault`. Hiding them would make sentences unreadable.
_SHORTEST_SECRET = 6
_TAIL_LINES = 20
_MAX_LINE = 4000


class RunLog:
    """Listens to one call of the runner. Logs every event at its level and keeps what is needed afterwards."""

    def __init__(self, log: Log, hidden: Iterable[str] = ()) -> None:
        self._log = log
        self._hidden = sorted({value for value in hidden if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._tail: list[str] = []
        self.windows: list[dict[str, Any]] = []
        self.failures: list[dict[str, Any]] = []
        self.summary: dict[str, Any] | None = None

    def take_line(self, raw: str) -> None:
        line = self._hide(raw.rstrip('\n'))
        if not line.strip():
            return
        event = _parse(line)
        if event is None:
            self._tail = [*self._tail, line[:_MAX_LINE]][-_TAIL_LINES:]
            self._log('info', line[:_MAX_LINE])
            return
        self._keep(event)
        level = _LEVELS.get(str(event.get('level')), 'info')
        for part in _text(event)[:_MAX_LINE].splitlines():
            if part.strip():
                self._log(level, f"{event.get('code', '')} {part}".strip())

    def _keep(self, event: dict[str, Any]) -> None:
        if event['type'] == 'window_closed':
            self.windows.append({**{column: event.get(column) for column in WINDOW_COLUMNS}, 'table': _table(event)})
        elif event['type'] == 'entity_finished':
            failure = (event.get('result') or {}).get('failure')
            if failure:
                self.failures.append({**failure, 'entity': event.get('entity')})
        elif event['type'] == 'problem':
            self.failures.append({'code': 'SPEC_INVALID', 'message': event.get('text'), 'hint': None, 'entity': None})
        elif event['type'] == 'summary':
            self.summary = event

    def _hide(self, line: str) -> str:
        for value in self._hidden:
            line = line.replace(value, '***')
        return line

    def totals_text(self) -> str:
        """Returns the metrics of the whole run in one line."""
        totals = (self.summary or {}).get('totals')
        if not totals:
            return 'No window was read.'
        return 'Totals: ' + ', '.join(f'{name} {totals[name]}' for name in _TOTALS if name in totals)

    def failure_text(self, exit_code: int) -> str | None:
        """Returns why the run failed, in the runner's own words, or None if it did not fail."""
        summary = self.summary
        if exit_code == 0 and summary is not None and summary.get('status') == 'success':
            return None
        status = 'ended without a summary' if summary is None else f"ended with status {summary.get('status')}"
        own = (summary or {}).get('failure')
        failures = ([own] if own else []) + [each for each in self.failures if each != own]
        lines = [f'The runner {status} (exit code {exit_code}).']
        lines += [_describe(failure) for failure in failures]
        if not failures:
            lines += self._tail
        return '\n'.join(lines)


def _parse(line: str) -> dict[str, Any] | None:
    if not line.startswith('{'):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and 'type' in event else None


def _text(event: dict[str, Any]) -> str:
    """Returns the text of an event. Pages and windows have no message of their own, so their numbers are written out."""
    if event['type'] == 'window_closed':
        numbers = ', '.join(f'{name} {event.get(name)}' for name in WINDOW_COLUMNS[5:12])
        error = f": {event['error']}" if event.get('error') else ''
        place = f"[{event.get('window_start_utc')}, {event.get('window_end_utc')}) of {_table(event)}"
        return f"Window {place} {event.get('status')}{error} ({numbers})"
    if event['type'] == 'page_loaded':
        return f"Page {event.get('page')} of {_table(event)}: {event.get('read')} read, through {event.get('through')}"
    return str(event.get('msg') or event['type'])


def _table(event: dict[str, Any]) -> str:
    """Returns the name of the table. `table` is the name, or an object with its parts."""
    table = event.get('table')
    return '.'.join(str(part) for part in table.values()) if isinstance(table, dict) else str(table)


def _describe(failure: dict[str, Any]) -> str:
    where = f"{failure['entity']}: " if failure.get('entity') else ''
    hint = f"\n  what to do: {failure['hint']}" if failure.get('hint') else ''
    return f"{where}{failure.get('code')}: {failure.get('message')}{hint}"
