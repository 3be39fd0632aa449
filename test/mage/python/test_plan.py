import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from mage.utils.plan import ParameterError, Plan, read_plan, split_by_month  # noqa: E402

RANGE = {'fecha_inicio': '2026-01-01', 'fecha_fin': '2026-01-31'}
SPECS = {'specs': ['entities/customers.yml']}


class ReadPlan(unittest.TestCase):
    def test_writes_days_out_as_instants_in_utc(self):
        plan = read_plan(RANGE, SPECS)
        self.assertEqual(
            plan, Plan(('entities/customers.yml',), '2026-01-01T00:00:00Z', '2026-01-31T00:00:00Z', None)
        )

    def test_accepts_instants_in_utc(self):
        plan = read_plan({'fecha_inicio': '2026-01-01T15:30:00Z', 'fecha_fin': '2026-01-01 15:31:10+00:00'}, SPECS)
        self.assertEqual((plan.fecha_inicio, plan.fecha_fin), ('2026-01-01T15:30:00Z', '2026-01-01T15:31:10Z'))

    def test_accepts_the_text_that_a_form_returns(self):
        plan = read_plan({**RANGE, 'page_size': ' 500 ', 'specs': 'customers, tag:list  entities/items.yml'}, {})
        self.assertEqual((plan.page_size, plan.specs), (500, ('customers', 'tag:list', 'entities/items.yml')))
        self.assertEqual(read_plan({**RANGE, 'specs': '["a", "b"]'}, {}).specs, ('a', 'b'))

    def test_prefers_the_specs_that_a_pipeline_fixes(self):
        self.assertEqual(read_plan({**RANGE, 'specs': 'entities'}, SPECS).specs, ('entities/customers.yml',))

    def test_converts_to_plain_data_and_back(self):
        plan = read_plan({**RANGE, 'page_size': 10}, SPECS)
        self.assertEqual(Plan.from_dict(plan.to_dict()), plan)

    def test_names_everything_that_is_wrong_at_once(self):
        with self.assertRaises(ParameterError) as caught:
            read_plan({'fecha_fin': '31/01/2026', 'page_size': 5000}, {})
        for words in ('specs is missing', 'fecha_inicio is missing', "fecha_fin is '31/01/2026'", 'from 1 to 1000'):
            self.assertIn(words, str(caught.exception))

    def test_refuses_a_time_that_is_not_utc_an_invalid_day_and_an_empty_range(self):
        cases = {
            '2026-01-01T00:00:00': 'not ISO in UTC',
            '2026-01-01T00:00:00-05:00': 'not ISO in UTC',
            '2026-02-30': 'no such day',
            '2026-01-31': 'is not before fecha_fin',
        }
        for start, words in cases.items():
            with self.subTest(start), self.assertRaisesRegex(ParameterError, words):
                read_plan({**RANGE, 'fecha_inicio': start}, SPECS)

    def test_refuses_an_invalid_page_size(self):
        for size in ('0', 1001, 'all', '1.5', True):
            with self.subTest(size), self.assertRaisesRegex(ParameterError, 'page_size'):
                read_plan({**RANGE, 'page_size': size}, SPECS)

    def test_refuses_an_option_as_a_spec(self):
        with self.assertRaisesRegex(ParameterError, "'--demo', which looks like an option"):
            read_plan({**RANGE, 'specs': 'entities --demo'}, {})


class SplitByMonth(unittest.TestCase):
    def split(self, start: str, end: str):
        plan = read_plan({'fecha_inicio': start, 'fecha_fin': end}, SPECS)
        return [(piece.fecha_inicio, piece.fecha_fin) for piece in split_by_month(plan)]

    def test_splits_where_months_end_and_leaves_no_gap(self):
        pieces = self.split('2025-11-15T06:30:00Z', '2026-02-10')
        self.assertEqual(pieces[0], ('2025-11-15T06:30:00Z', '2025-12-01T00:00:00Z'))
        self.assertEqual(pieces[-1], ('2026-02-01T00:00:00Z', '2026-02-10T00:00:00Z'))
        self.assertEqual(len(pieces), 4)
        for (_, end), (start, _) in zip(pieces, pieces[1:]):
            self.assertEqual(end, start)

    def test_does_not_split_a_range_within_a_month(self):
        self.assertEqual(self.split('2026-01-31', '2026-02-01'), [('2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z')])

    def test_handles_leap_years(self):
        self.assertEqual(self.split('2024-02-01', '2024-03-01'), [('2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z')])


if __name__ == '__main__':
    unittest.main()
