import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from mage.utils.triggers import set_status, switch_off  # noqa: E402

PROJECT = Path(__file__).resolve().parents[3] / 'mage'

# The file as Mage writes it: keys sorted, long text folded, lists inside items.
DUMPED = '''triggers:
- description: 'Long text that goes on
    status: active
    in the next line'
  envs:
  - prod
  name: first
  settings:
    timeout_status: failed
  status: active
  variables: {}
- description: null
  name: "second"
  status: active # on
'''


class SetStatus(unittest.TestCase):
    def test_changes_one_status_and_no_other_byte(self):
        self.assertEqual(
            set_status(DUMPED, 'first', 'inactive'),
            DUMPED.replace('  status: active\n  variables', '  status: inactive\n  variables'),
        )
        self.assertEqual(
            set_status(DUMPED, 'second', 'inactive'), DUMPED.replace('active # on', 'inactive # on')
        )

    def test_adds_the_status_if_there_is_none(self):
        text = 'triggers:\n  - name: a\n    sla: 1\n\n  # about b\n  - name: b\n'
        expected = 'triggers:\n  - name: a\n    sla: 1\n    status: inactive\n\n  # about b\n  - name: b\n'
        self.assertEqual(set_status(text, 'a', 'inactive'), expected)

    def test_returns_none_for_a_name_that_is_not_there(self):
        self.assertIsNone(set_status(DUMPED, 'third', 'inactive'))
        self.assertIsNone(set_status('triggers: []\n', 'first', 'inactive'))
        self.assertIsNone(set_status('', 'first', 'inactive'))

    def test_works_on_every_file_that_is_shipped(self):
        files = sorted(PROJECT.glob('pipelines/*/triggers.yaml'))
        self.assertGreater(len(files), 0)
        for file in files:
            text = file.read_text()
            name = text.split('- name: ')[1].splitlines()[0]
            active = set_status(text, name, 'active')
            self.assertEqual(active, text.replace('status: inactive', 'status: active'))
            self.assertEqual(set_status(active, name, 'inactive'), text)


class FakeSchedule(SimpleNamespace):
    def update(self, **values):
        self.__dict__.update(values)


class SwitchOff(unittest.TestCase):
    def run_with(self, interval: str, name: str = 'first'):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / 'pipelines' / 'p' / 'triggers.yaml'
            file.parent.mkdir(parents=True)
            file.write_text(DUMPED)
            file.chmod(0o640)
            schedule = FakeSchedule(schedule_interval=interval, pipeline_uuid='p', name=name, status='active')
            said = []
            run = SimpleNamespace(pipeline_schedule=schedule)
            result = switch_off(run, folder, lambda level, text: said.append(text), inactive='inactive')
            self.assertEqual([path.name for path in file.parent.iterdir()], ['triggers.yaml'])
            self.assertEqual(file.stat().st_mode & 0o777, 0o640)
            return result, schedule.status, file.read_text(), said

    def test_switches_a_one_time_trigger_off_in_both_places(self):
        result, status, text, said = self.run_with('@once')
        self.assertEqual((result, status), (True, 'inactive'))
        self.assertEqual(text, set_status(DUMPED, 'first', 'inactive'))
        self.assertIn('off in the database and in triggers.yaml', said[0])

    def test_says_so_if_the_file_does_not_name_the_trigger(self):
        result, status, text, said = self.run_with('@once', name='made in the browser')
        self.assertEqual((result, status, text), (True, 'inactive', DUMPED))
        self.assertIn('triggers.yaml does not name it', said[0])

    def test_leaves_a_recurring_trigger_alone(self):
        self.assertEqual(self.run_with('@daily'), (False, 'active', DUMPED, []))

    def test_does_nothing_in_a_run_without_a_trigger(self):
        self.assertFalse(switch_off(None, '/nowhere', print, inactive='inactive'))
        self.assertFalse(switch_off(SimpleNamespace(pipeline_schedule=None), '/nowhere', print, inactive='inactive'))


if __name__ == '__main__':
    unittest.main()
