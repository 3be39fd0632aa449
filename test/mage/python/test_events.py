import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from mage.utils.events import WINDOW_COLUMNS, RunLog  # noqa: E402


def event(kind: str, level: str = 'info', **fields) -> str:
    return json.dumps({'ts': '', 'level': level, 'code': 'Q000', 'type': kind, 'msg': '', **fields}) + '\n'


WINDOW = {
    'entity': 'Customer', 'table': 'raw.qb_customers', 'status': 'sealed', 'error': None,
    'window_start_utc': '2026-01-01T00:00:00Z', 'window_end_utc': '2026-01-02T00:00:00Z',
    'pages': 1, 'rows': 3, 'inserted': 2, 'updated': 1, 'unchanged': 0, 'stale': 0, 'duration_ms': 12,
}
SUCCESS = event('summary', status='success', counts={}, totals={'windows': 1, 'rows': 3}, failure=None)


class RunLogTest(unittest.TestCase):
    def setUp(self):
        self.lines = []
        self.log = RunLog(lambda level, text: self.lines.append((level, text)), hidden=['s3cret', 's3cret-and-more', 'vault', ''])

    def test_logs_every_event_at_its_level(self):
        for level in ('debug', 'info', 'warn', 'error'):
            self.log.take_line(event('notice', level, msg=f'said at {level}'))
        self.assertEqual(
            self.lines,
            [(level, f'Q000 said at {said}') for level, said in
             (('debug', 'debug'), ('info', 'info'), ('warning', 'warn'), ('error', 'error'))],
        )

    def test_keeps_a_row_of_numbers_for_each_window(self):
        self.log.take_line(event('window_closed', **WINDOW, index=1, total=1))
        self.assertEqual(self.log.windows, [WINDOW])
        self.assertEqual(set(self.log.windows[0]), set(WINDOW_COLUMNS))
        self.assertIn('rows 3, inserted 2, updated 1', self.lines[0][1])

    def test_summarises_the_run_in_one_line(self):
        self.log.take_line(SUCCESS)
        self.assertEqual(self.log.totals_text(), 'Totals: windows 1, rows 3')
        self.assertIsNone(self.log.failure_text(0))

    def test_fails_in_the_runners_own_words(self):
        failure = {'code': 'QBO_GRANT_DEAD', 'message': 'the refresh token is dead', 'hint': 'qbo auth login'}
        self.log.take_line(event('summary', 'error', status='error', counts={}, totals=None, failure=failure))
        self.assertEqual(
            self.log.failure_text(1),
            'The runner ended with status error (exit code 1).\n'
            'QBO_GRANT_DEAD: the refresh token is dead\n  what to do: qbo auth login',
        )

    def test_names_the_entities_that_failed_in_a_partial_run(self):
        failure = {'code': 'QBO_UNAVAILABLE', 'message': 'no answer', 'hint': None}
        self.log.take_line(event('entity_finished', 'error', entity='Invoice', result={'failure': failure}))
        self.log.take_line(event('summary', 'error', status='partial', counts={}, totals={}, failure=None))
        self.assertIn('Invoice: QBO_UNAVAILABLE: no answer', self.log.failure_text(1))

    def test_treats_a_runner_that_vanished_as_a_failure_whatever_its_exit_code(self):
        self.log.take_line('TypeError: something is not a function\n')
        self.assertIn('ended without a summary (exit code 0)', self.log.failure_text(0))
        self.assertIn('TypeError: something is not a function', self.log.failure_text(0))

    def test_treats_success_with_a_nonzero_exit_code_as_a_failure(self):
        self.log.take_line(SUCCESS)
        self.assertIn('exit code 137', self.log.failure_text(137))

    def test_hides_secrets_wherever_they_appear(self):
        self.log.take_line('connecting with s3cret-and-more and s3cret\n')
        self.log.take_line(event('notice', msg='password s3cret, not the vault'))
        self.assertEqual(
            [text for _, text in self.lines], ['connecting with *** and ***', 'Q000 password ***, not the vault']
        )

    def test_logs_lines_that_are_not_events_unchanged(self):
        for line in ('plain\n', '{"half": \n', '[1]\n', '{"no": "type"}\n', '\n'):
            self.log.take_line(line)
        self.assertEqual([text for _, text in self.lines], ['plain', '{"half": ', '[1]', '{"no": "type"}'])


if __name__ == '__main__':
    unittest.main()
