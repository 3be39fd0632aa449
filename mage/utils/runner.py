"""Calls the runner, `qbo`, as a child process that never outlives its caller."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from .events import Log, RunLog
from .names import CONFIDENTIAL, SECRETS
from .plan import Plan

#: The variables of Mage's environment that the runner may see. The others include Mage's own passwords.
PASSED_ON = (
    'PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE',
    'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'QBO_API_URL', 'QBO_TOKEN_URL', 'POSTGRES_SSLMODE',
)
#: How long the runner may take to finish or roll back the current page, in seconds.
GRACE_SECONDS = 30.0
DEFAULT_MAX_SECONDS = 6 * 3600.0
_VALIDATE_SECONDS = 120
_KEEPER = Path(__file__).with_name('keeper.py')


class RunnerError(Exception):
    """The runner failed. The message is in its own words."""


@dataclass(frozen=True)
class Runner:
    """The command of the runner, and the folder that contains `entities/`."""

    command: tuple[str, ...]
    folder: Path

    @classmethod
    def beside(cls, project: str | Path, environment: Mapping[str, str] = os.environ) -> Runner:
        """Returns the runner of a Mage project: `qbo` on the PATH, working in the folder around the project. QBO_RUNNER
        and QBO_FOLDER override these."""
        command = tuple(shlex.split(environment.get('QBO_RUNNER') or 'qbo'))
        return cls(command, Path(environment.get('QBO_FOLDER') or Path(project).resolve().parent))

    def validate(self, specs: tuple[str, ...]) -> list[str]:
        """Returns the spec files that the arguments select. Raises an error with every problem in them."""
        asked = self._ask('validate', *specs, '--format', 'json')
        answer = _read_answer(asked, 'validate')
        errors = [problem for problem in answer['problems'] if problem.get('severity') == 'error']
        if errors:
            raise RunnerError('\n'.join(['The specs are wrong:', *(_place(problem) for problem in errors)]))
        return list(answer['files'])

    def describe(self, specs: tuple[str, ...]) -> list[str]:
        """Returns a line for each spec: what it reads, into which table, and in which windows."""
        answer = _read_answer(self._ask('ls', *specs, '--output', 'json'), 'ls')
        return [
            f"{spec['entity']} -> {spec['table']}, from {spec['file']}, one window per {spec['window']}"
            for spec in answer['specs']
        ]

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*self.command, *arguments],
                cwd=self.folder,
                env=child_environment({}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_VALIDATE_SECONDS,
                check=False,
            )
        except OSError as error:
            raise RunnerError(
                f'could not start {self.command[0]} in {self.folder}: {error.strerror}. '
                'Install the runner, or set QBO_RUNNER to its command'
            ) from error

    def run(
        self, plan: Plan, secrets: Mapping[str, str], log: Log, max_seconds: float = DEFAULT_MAX_SECONDS
    ) -> RunLog:
        """Extracts and loads. Returns what the runner said, or raises an error in its own words."""
        run_log = RunLog(log, [secrets[name] for name in CONFIDENTIAL if name in secrets])
        arguments = run_arguments(plan)
        log('info', 'Running: ' + shlex.join([Path(self.command[-1]).name, *arguments]))
        child = self._start(arguments, secrets)
        code, is_overdue = _listen(child, run_log, max_seconds)
        log('info', run_log.totals_text())
        failure = run_log.failure_text(code)
        if is_overdue:
            raise RunnerError(
                f'The runner was stopped after {max_seconds:.0f} seconds. Everything loaded so far is kept: run the same '
                'range again, or give the block more time in its max_seconds and timeout.\n' + (failure or '')
            )
        if failure is not None:
            raise RunnerError(failure)
        return run_log

    def _start(self, arguments: list[str], secrets: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, '-I', '-S', str(_KEEPER), str(GRACE_SECONDS), *self.command, *arguments],
            cwd=self.folder,
            env=child_environment(secrets),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding='utf-8',
            errors='replace',
            bufsize=1,
            start_new_session=True,
        )


def run_arguments(plan: Plan) -> list[str]:
    page_size = [] if plan.page_size is None else ['--page-size', str(plan.page_size)]
    return ['run', *plan.specs, '--from', plan.fecha_inicio, '--to', plan.fecha_fin, *page_size, '--log-format', 'json']


def child_environment(secrets: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    unknown = [name for name in secrets if name not in SECRETS]
    if unknown:
        raise ValueError(f'not a secret of the runner: {", ".join(unknown)}')
    return {**{name: environment[name] for name in PASSED_ON if environment.get(name)}, **secrets}


def _listen(child: subprocess.Popen[str], run_log: RunLog, max_seconds: float) -> tuple[int, bool]:
    """Reads the child's output to the end. Returns its exit code, and whether it ran out of time and was stopped."""
    assert child.stdin is not None and child.stdout is not None
    overdue = threading.Event()

    def stop() -> None:
        overdue.set()
        child.stdin.close()

    timer = threading.Timer(max_seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        for line in child.stdout:
            run_log.take_line(line)
        return child.wait(), overdue.is_set()
    finally:
        # However this ended, the keeper now sees the end of its input and ends the runner.
        timer.cancel()
        child.stdin.close()
        child.stdout.close()
        try:
            child.wait(timeout=GRACE_SECONDS + 10)
        except subprocess.TimeoutExpired:
            child.kill()


def _read_answer(asked: subprocess.CompletedProcess[str], command: str) -> dict[str, Any]:
    try:
        return json.loads(asked.stdout)
    except ValueError:
        words = (asked.stderr or asked.stdout).strip() or 'there was no output'
        raise RunnerError(f'qbo {command} ended with exit code {asked.returncode}: {words}') from None


def _place(problem: Mapping[str, Any]) -> str:
    place = ':'.join(str(problem.get(key)) for key in ('file', 'line', 'column') if problem.get(key) is not None)
    hint = f" (what to do: {problem['hint']})" if problem.get('hint') else ''
    return f"{place}  {problem.get('code', '')}  {problem.get('message', '')}{hint}"
