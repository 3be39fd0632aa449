"""What a pipeline has to do: its parameters, checked and written out in full."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Mapping

MAX_PAGE_SIZE = 1000

_DAY = re.compile(r'\d{4}-\d{2}-\d{2}')
_INSTANT = re.compile(r'\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|\+00:?00)', re.IGNORECASE)


class ParameterError(Exception):
    """Parameters are missing or wrong. The message lists all of them."""


@dataclass(frozen=True)
class Plan:
    """One call of the runner. The range is half-open: `fecha_fin` is the first instant that is not read."""

    specs: tuple[str, ...]
    fecha_inicio: str
    fecha_fin: str
    page_size: int | None

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), 'specs': list(self.specs)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        return cls(tuple(data['specs']), data['fecha_inicio'], data['fecha_fin'], data['page_size'])


def read_plan(variables: Mapping[str, Any], configuration: Mapping[str, Any]) -> Plan:
    """Reads the plan from a block's variables. Specs in the block's configuration override the variable `specs`."""
    problems: list[str] = []

    def take(name: str, read: Any, value: Any) -> Any:
        try:
            return read(value)
        except ValueError as error:
            problems.append(f'{name} {error}')
            return None

    specs = take('specs', _read_specs, configuration.get('specs') or variables.get('specs'))
    start = take('fecha_inicio', _read_instant, variables.get('fecha_inicio'))
    end = take('fecha_fin', _read_instant, variables.get('fecha_fin'))
    page_size = take('page_size', _read_page_size, variables.get('page_size'))
    if start and end and start >= end:
        problems.append(
            f'fecha_inicio {_write(start)} is not before fecha_fin {_write(end)}: the end is exclusive, '
            'so a range of a single day ends on the next day'
        )
    if problems:
        raise ParameterError('The parameters are incomplete or wrong: ' + '; '.join(problems))
    return Plan(specs, _write(start), _write(end), page_size)


def split_by_month(plan: Plan) -> list[Plan]:
    """Splits the plan where months end in UTC. Together the pieces are the range, without gap or overlap."""
    start, end = _read_instant(plan.fecha_inicio), _read_instant(plan.fecha_fin)
    pieces = []
    while start < end:
        next_month = (start.replace(day=1, hour=0, minute=0, second=0) + timedelta(days=32)).replace(day=1)
        stop = min(next_month, end)
        pieces.append(replace(plan, fecha_inicio=_write(start), fecha_fin=_write(stop)))
        start = stop
    return pieces


def _read_instant(value: Any) -> datetime:
    text = str(value or '').strip()
    if not text:
        raise ValueError("is missing: write a day in UTC, '2026-01-31', or an instant, '2026-01-31T15:00:00Z'")
    if _DAY.fullmatch(text) or _INSTANT.fullmatch(text):
        iso = re.sub(r'(Z|\+00:?00)$', '', text, flags=re.IGNORECASE).replace(' ', 'T')
        try:
            return datetime.fromisoformat(iso).replace(tzinfo=timezone.utc)
        except ValueError:
            raise ValueError(f"is '{text}', and no such day or time exists") from None
    raise ValueError(
        f"is '{text}', not ISO in UTC: write a day, '2026-01-31', or an instant that ends in Z, "
        "'2026-01-31T15:00:00Z'"
    )


def _write(instant: datetime) -> str:
    return instant.strftime('%Y-%m-%dT%H:%M:%SZ')


def _read_specs(value: Any) -> tuple[str, ...]:
    """Reads a list, or what a person types into Mage's form: JSON, or names separated by commas or spaces."""
    if isinstance(value, str) and value.strip().startswith('['):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(f"is '{value}', which begins like a JSON list but is not one") from None
    names = re.split(r'[,\s]+', value.strip()) if isinstance(value, str) else list(value or [])
    names = [str(name) for name in names if str(name).strip()]
    if not names:
        raise ValueError("is missing: name spec files, folders or tags, such as 'entities/customers.yml' or 'tag:list'")
    options = [name for name in names if name.startswith('-')]
    if options:
        raise ValueError(f"contains '{options[0]}', which looks like an option and not like a spec")
    return tuple(names)


def _read_page_size(value: Any) -> int | None:
    text = '' if value is None else str(value).strip()
    if not text:
        return None
    if not re.fullmatch(r'\d{1,4}', text) or not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise ValueError(f"is '{text}', expected a whole number from 1 to {MAX_PAGE_SIZE}")
    return int(text)
