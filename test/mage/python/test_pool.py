import multiprocessing
import sys
import time
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from mage.utils.pool import keep_pool_awake  # noqa: E402


def poll(queue, done):
    """Like Mage's own pool: it ends when it finds nothing to do."""
    while not queue.empty():
        done.put(queue.get())
        time.sleep(0.05)


class KeepPoolAwake(unittest.TestCase):
    def test_sees_jobs_that_are_queued_after_it_was_idle(self):
        module = SimpleNamespace(poll_job_and_execute=poll, ProcessQueue=SimpleNamespace(start_worker_pool=None))
        self.assertTrue(keep_pool_awake(module))
        context = multiprocessing.get_context('fork')
        queue, done = context.Queue(), context.Queue()
        pool = context.Process(target=module.poll_job_and_execute, args=(queue, done), daemon=True)
        pool.start()
        try:
            for job in ('first', 'second'):
                time.sleep(1)
                queue.put(job)
                self.assertEqual(done.get(timeout=5), job)
        finally:
            pool.kill()
            pool.join()
            queue.close()
            done.close()

    def test_does_not_change_an_unknown_version_of_mage(self):
        module = SimpleNamespace(run_jobs=poll)
        self.assertFalse(keep_pool_awake(module))
        self.assertEqual(module, SimpleNamespace(run_jobs=poll))


if __name__ == '__main__':
    unittest.main()
