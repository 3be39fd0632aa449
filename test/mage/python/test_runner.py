import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from mage.utils.names import SECRETS  # noqa: E402
from mage.utils.plan import Plan  # noqa: E402
from mage.utils.runner import Runner, RunnerError, child_environment, run_arguments  # noqa: E402

PLAN = Plan(('entities/customers.yml',), '2026-01-01T00:00:00Z', '2026-01-31T00:00:00Z', None)
KEEPER = ROOT / 'mage' / 'utils' / 'keeper.py'
SUMMARY = '{"level": "info", "code": "Q099", "type": "summary", "msg": "done", "status": "success", "failure": null}'


def is_alive(pid: int) -> bool:
    """A zombie counts as dead: it only waits for its exit code to be read."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(is_true, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class FakeRunner:
    """A script in place of `qbo`. It stands for any program that writes events."""

    def __init__(self, test: unittest.TestCase, script: str) -> None:
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        file = self.folder / 'qbo.py'
        file.write_text(script)
        self.runner = Runner((sys.executable, str(file)), self.folder)
        self.lines: list[tuple[str, str]] = []

    def log(self, level: str, text: str) -> None:
        self.lines.append((level, text))

    def run(self, secrets=None, max_seconds: float = 20):
        return self.runner.run(PLAN, secrets or {}, self.log, max_seconds)


class RunTest(unittest.TestCase):
    def test_gives_secrets_only_to_the_child_and_never_on_the_command_line(self):
        fake = FakeRunner(self, f'''
import os, sys
print(os.environ['QBO_CLIENT_SECRET'] == 'canary', 'canary' in ' '.join(sys.argv), 'MAGE_PASSWORD' in os.environ)
print({SUMMARY!r})
''')
        with mock.patch.dict(os.environ, {'MAGE_PASSWORD': 'own'}):
            fake.run({'QBO_CLIENT_SECRET': 'canary'})
        self.assertIn(('info', 'True False False'), fake.lines)
        self.assertNotIn('QBO_CLIENT_SECRET', os.environ)
        self.assertNotIn('canary', str(fake.lines))

    def test_hides_a_secret_that_the_child_prints(self):
        fake = FakeRunner(self, f"import os\nprint(os.environ['POSTGRES_PASSWORD'])\nprint({SUMMARY!r})")
        fake.run({'POSTGRES_PASSWORD': 'canary'})
        self.assertIn(('info', '***'), fake.lines)

    def test_streams_lines_while_the_child_runs(self):
        fake = FakeRunner(self, f"import time\nprint('first', flush=True)\ntime.sleep(1)\nprint({SUMMARY!r})")
        seen = []
        started = time.monotonic()
        fake.log = lambda level, text: seen.append((text, time.monotonic() - started))
        fake.run()
        first = next(at for text, at in seen if text == 'first')
        self.assertGreater(seen[-1][1] - first, 0.8)

    def test_raises_with_the_last_lines_of_a_child_that_breaks(self):
        fake = FakeRunner(self, "raise SystemExit('this is a bug')")
        with self.assertRaisesRegex(RunnerError, 'without a summary .exit code 1.[\\s\\S]*this is a bug'):
            fake.run()

    def test_says_that_the_runner_is_missing(self):
        runner = Runner(('no-such-runner',), ROOT)
        with self.assertRaisesRegex(RunnerError, 'could not start no-such-runner'):
            runner.run(PLAN, {}, lambda *_: None)
        with self.assertRaisesRegex(RunnerError, 'could not start no-such-runner'):
            runner.validate(('entities',))

    def test_ends_a_child_that_runs_out_of_time_and_says_so(self):
        fake = FakeRunner(self, "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(60)")
        with self.assertRaisesRegex(RunnerError, 'stopped after 1 seconds'):
            fake.run(max_seconds=1)
        pid = int(next(text for _, text in fake.lines if text.startswith('pid')).split()[1])
        self.assertTrue(wait_until(lambda: not is_alive(pid)))

    def test_ends_the_child_when_reading_its_output_fails(self):
        fake = FakeRunner(self, "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(60)")
        pids = []

        def broken(_level, text):
            if text.startswith('pid'):
                pids.append(int(text.split()[1]))
                raise KeyboardInterrupt

        fake.log = broken
        with self.assertRaises(KeyboardInterrupt):
            fake.run()
        self.assertTrue(wait_until(lambda: not is_alive(pids[0])))


class KeeperTest(unittest.TestCase):
    CHILD = '''
import os, signal, sys, time
def stop(*_):
    open(sys.argv[1] + '.stopped', 'w').close()
    sys.exit(143)
signal.signal(signal.SIGTERM, {handler})
open(sys.argv[1], 'w').write(str(os.getpid()))
while True:
    time.sleep(0.1)
'''

    def start(self, handler: str = 'stop', grace: float = 20):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pid_file = Path(folder.name) / 'pid'
        child = [sys.executable, '-c', self.CHILD.format(handler=handler), str(self.pid_file)]
        keeper = [sys.executable, '-I', '-S', str(KEEPER), str(grace), *child]
        # Stands for the worker of Mage, between this test and the keeper.
        pipes = 'stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True'
        worker = f'import subprocess, time\nsubprocess.Popen({keeper!r}, {pipes})\ntime.sleep(60)'
        process = subprocess.Popen([sys.executable, '-c', worker])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertTrue(wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text() != ''))
        self.child = int(self.pid_file.read_text())
        self.keeper = int(subprocess.check_output(['ps', '-o', 'ppid=', '-p', str(self.child)]))
        return process

    def test_lets_the_child_finish_when_its_worker_is_killed(self):
        self.start().kill()
        self.assertTrue(wait_until(lambda: not is_alive(self.child)))
        self.assertTrue(Path(f'{self.pid_file}.stopped').exists())
        self.assertTrue(wait_until(lambda: not is_alive(self.keeper)))

    def test_kills_a_child_that_will_not_stop(self):
        self.start(handler='signal.SIG_IGN', grace=0.5).kill()
        self.assertTrue(wait_until(lambda: not is_alive(self.child)))
        self.assertTrue(wait_until(lambda: not is_alive(self.keeper)))

    @unittest.skipUnless(sys.platform == 'linux', 'only Linux signals a child when its parent dies')
    def test_stops_the_child_when_the_keeper_itself_is_killed(self):
        self.start()
        os.kill(self.keeper, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: not is_alive(self.child)))
        self.assertTrue(Path(f'{self.pid_file}.stopped').exists())

    def test_passes_the_exit_code_on(self):
        for code, expected in (('sys.exit(7)', 7), ('os.kill(os.getpid(), 9)', 137), ('None', 0)):
            with self.subTest(code):
                command = [sys.executable, '-c', f'import os, sys\n{code}']
                with subprocess.Popen([sys.executable, str(KEEPER), '5', *command], stdin=subprocess.PIPE) as keeper:
                    self.assertEqual(keeper.wait(timeout=10), expected)

    def test_says_why_the_child_cannot_be_started(self):
        keeper = subprocess.run([sys.executable, str(KEEPER), '5', '/no/such'], capture_output=True, text=True)
        self.assertEqual((keeper.returncode, keeper.stdout), (127, 'could not start /no/such: No such file or directory\n'))


class ArgumentsTest(unittest.TestCase):
    def test_writes_the_command_of_a_plan(self):
        self.assertEqual(
            run_arguments(Plan(('a.yml', 'tag:list'), 'A', 'B', 500)),
            'run a.yml tag:list --from A --to B --page-size 500 --log-format json'.split(),
        )
        self.assertNotIn('--page-size', run_arguments(PLAN))

    def test_passes_addresses_on_but_nothing_of_mage(self):
        mage = {'PATH': '/bin', 'QBO_API_URL': 'u', 'MAGE_DATABASE_CONNECTION_URL': 'x', 'JWT_SECRET': 'y'}
        secrets = {name: 'v' for name in SECRETS}
        self.assertEqual(child_environment(secrets, mage), {'PATH': '/bin', 'QBO_API_URL': 'u', **secrets})

    def test_refuses_any_other_secret(self):
        with self.assertRaisesRegex(ValueError, 'AWS_KEY'):
            child_environment({'AWS_KEY': 'x'})

    def test_finds_the_runner_and_the_folder_of_the_specs(self):
        self.assertEqual(Runner.beside('/srv/qbo/mage', {}), Runner(('qbo',), Path('/srv/qbo')))
        named = Runner.beside('/srv/qbo/mage', {'QBO_RUNNER': 'npx qbo', 'QBO_FOLDER': '/specs'})
        self.assertEqual(named, Runner(('npx', 'qbo'), Path('/specs')))


class ValidateTest(unittest.TestCase):
    def test_raises_with_every_problem_and_its_place(self):
        fake = FakeRunner(self, '''
import json
print(json.dumps({'files': ['a.yml'], 'problems': [
    {'file': 'a.yml', 'line': 3, 'column': 5, 'code': 'S001', 'severity': 'error', 'message': 'is wrong', 'hint': 'do'},
    {'file': 'a.yml', 'line': 4, 'column': 5, 'code': 'S002', 'severity': 'warning', 'message': 'is odd'}]}))
raise SystemExit(2)
''')
        with self.assertRaises(RunnerError) as caught:
            fake.runner.validate(('a.yml',))
        self.assertEqual(str(caught.exception), 'The specs are wrong:\na.yml:3:5  S001  is wrong (what to do: do)')

    def test_raises_with_the_output_of_a_runner_that_gives_no_answer(self):
        fake = FakeRunner(self, "raise SystemExit('no spec is named so')")
        with self.assertRaisesRegex(RunnerError, 'exit code 1: no spec is named so'):
            fake.runner.validate(('nothing',))


class SecretsTest(unittest.TestCase):
    def test_names_every_secret_that_is_missing(self):
        from mage.utils.mage_secrets import MissingSecrets, read_secrets

        values = {name: 'v' for name in SECRETS if name not in ('QBO_ENV', 'POSTGRES_DB')}
        with self.assertRaisesRegex(MissingSecrets, 'QBO_ENV, POSTGRES_DB'):
            read_secrets(values.get)
        self.assertEqual(read_secrets({name: name.lower() for name in SECRETS}.get)['QBO_ENV'], 'qbo_env')


if __name__ == '__main__':
    unittest.main()
