"""One quick way through everything: daemon, templates, command line, a program as worker, a restart.
Also run under the sanitizers."""

import json
import sys
import unittest

from harness import HERE, EndToEndTest, steps_by_name


class SmokeTest(EndToEndTest):
    def test_a_diamond_through_the_command_line(self):
        daemon = self.start_daemon(templates=HERE / "templates")
        self.start_cli_worker(daemon, "e2e_diamond", [sys.executable, "-B", HERE / "arithmetic.py"],
                              "--capacity", "2")
        done = daemon.cli("submit", "e2e_diamond/diamond", "--context", '{"even_number": 6}',
                          "--wait=120", "--json", timeout=150)
        self.assertEqual(done.code, 0, (done, daemon.worker_log()))
        task = json.loads(done.stdout)
        steps = steps_by_name(task)
        self.assertEqual([str(steps[name]["results"])
                          for name in ("start", "branch_b", "branch_c", "finish")],
                         ["36", "1296", "1296", "2821109907456"])
        self.assertEqual(daemon.cli("worker", "list").code, 0)

        daemon.restart()
        shown = daemon.cli("task", "get", task["task_uuid"], "--steps", "--json")
        self.assertEqual(json.loads(shown.stdout), task)
        self.assertEqual(daemon.cli("submit", "e2e_diamond/diamond", "--context",
                                    '{"even_number": 6}').code, 4)
        again = daemon.cli("submit", "e2e_diamond/diamond", "--context", '{"even_number": 2}',
                           "--wait=120", "--json", timeout=150)
        self.assertEqual(json.loads(again.stdout)["status"], "complete", daemon.worker_log())
        self.assertEqual(daemon.cli("health").code, 0)


if __name__ == "__main__":
    unittest.main()
