"""taskmesh-bench: every case runs, and its JSON says what it promises. Counts, never times."""

import json
import subprocess
import unittest

from harness import EndToEndTest, bin_path

FIELDS = {"case", "payload_bytes", "outstanding", "ns", "floor_ns", "ratio", "p50_ns", "p99_ns",
          "allocations_per_message", "wakeups_per_message"}
ACTOR_CASES = {"call": 1, "ask_64": 64, "ask_1024": 1024, "tell_1_to_1": 0, "tell_4_to_1": 0,
               "chain_of_4": 1, "chain_of_4_1024": 1024}


def bench(*arguments):
    return subprocess.run([bin_path("taskmesh-bench"), *arguments], capture_output=True, text=True,
                          timeout=240, check=False)


class BenchTest(EndToEndTest):
    def run_cases(self, *arguments):
        result = bench(*arguments, "--json", "--runs", "2", "--messages", "4000")
        self.assertEqual(result.returncode, 0, result.stderr)
        cases = [json.loads(line) for line in result.stdout.splitlines()]
        for case in cases:
            self.assertLessEqual(FIELDS, set(case))
            self.assertGreater(case["ns"], 0)
            self.assertGreater(case["floor_ns"], 0)
            self.assertGreaterEqual(case["p99_ns"], case["p50_ns"])
        return cases

    def test_actor_measures_every_pattern_in_both_sizes_and_places(self):
        cases = self.run_cases("actor")
        seen = {(case["case"], case["payload_bytes"]): case["outstanding"] for case in cases}
        self.assertEqual(seen, {("%s/%s" % (name, place), size): outstanding
                                for name, outstanding in ACTOR_CASES.items()
                                for place in ("one_core", "two_cores") for size in (8, 256)})

    def test_gateway_starts_a_server_of_its_own(self):
        cases = self.run_cases("gateway")
        self.assertEqual([(case["case"], case["outstanding"]) for case in cases],
                         [("%s/%s" % (command, transport), outstanding)
                          for transport in ("ipc", "tcp") for command in ("ping", "task_get")
                          for outstanding in (1, 1024)])

    def test_gateway_uses_a_server_that_runs(self):
        daemon = self.start_daemon(peer_queue_messages_max=10000)
        cases = self.run_cases("gateway", "--endpoint", daemon.endpoint, "--case", "ping")
        self.assertEqual([case["outstanding"] for case in cases], [1, 1024])

    def test_only_the_cases_that_were_asked_for(self):
        cases = self.run_cases("actor", "--case", "tell_4_to_1/one")
        self.assertEqual({case["case"] for case in cases}, {"tell_4_to_1/one_core"})

    def test_wrong_arguments_are_told(self):
        for arguments in ((), ("nothing",), ("actor", "--runs"), ("actor", "--runs", "0"),
                          ("actor", "--messages", "5"), ("actor", "--messages", "-1"),
                          ("actor", "--wrong")):
            self.assertEqual(bench(*arguments).returncode, 2, arguments)
        result = bench("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("--messages", result.stdout)


if __name__ == "__main__":
    unittest.main()
