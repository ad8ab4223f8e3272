"""`taskmesh dlq`: tables for people, --json for programs, exit codes."""

import json
import unittest

from harness import EndToEndTest, Failure, template

UNKNOWN = "01a2010b-9be1-7a21-bed0-b4c9ae570000"


class DlqTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(template("t", "chain", {"a": [], "b": ["a"]}))

        def work(run):
            raise Failure("out of\norder", code="broken", retryable=False)

        self.start_worker(self.daemon, "t", {"*": work})
        self.task = self.client.submit("t", "chain")
        self.assertEqual(self.client.wait(self.task)["status"], "blocked_by_failures")

    def run_dlq(self, *arguments, code=0, **options):
        done = self.daemon.cli("dlq", *arguments, **options)
        self.assertEqual(done.code, code, done)
        return done.stderr if code else done.stdout

    def json(self, *arguments, **options):
        return json.loads(self.run_dlq(*arguments, "--json", **options))

    def test_from_the_list_to_a_resolution(self):
        shown = self.run_dlq("list")
        for word in ("ENTRY", "permanent_failure", "pending", self.task, "a"):
            self.assertIn(word, shown)
        entry, = self.json("list", "--status", "pending", "--reason", "permanent_failure",
                           "--task", self.task, "--limit", "10")["entries"]
        number = entry["dlq_entry_uuid"]
        one = self.run_dlq("get", number)
        for word in (number, "broken", "out of order", "steps_in_process", "chain"):
            self.assertIn(word, one)
        self.assertEqual(self.json("get", "--task", self.task), self.json("get", number))
        told = self.run_dlq("update", number, "--status", "manually_resolved", "--notes", "a typo",
                            "--by", "ann", "--metadata", "-", input='{"ticket": 0.10}')
        self.assertEqual(told, f"{number} manually_resolved, task {self.task}\n")
        after = self.json("get", number)
        self.assertEqual((after["resolution_notes"], after["resolved_by"], after["metadata"]),
                         ("a typo", "ann", {"ticket": 0.1}))
        self.assertIn("ann", self.run_dlq("get", number))
        self.assertEqual(self.run_dlq("list", "--status", "pending"), "no entries\n")
        self.assertEqual(self.client.get(self.task)["status"], "blocked_by_failures")

    def test_entries_by_hand_and_their_sum(self):
        first = self.json("add", self.task, "--notes", "why?", "--by", "ben")
        self.assertEqual((first["dlq_reason"], first["resolution_status"]), ("manual_dlq", "pending"))
        self.assertIn("duplicate_entry", self.run_dlq("add", self.task, code=4))
        step = self.client.get(self.task)["steps"][1]["step_uuid"]
        self.assertIn("pending", self.run_dlq("add", self.task, "--step", step))
        page = self.run_dlq("list", "--limit", "2")
        self.assertIn("--after ", page)
        cursor = page.split("--after ")[1].strip()
        self.assertIn("permanent_failure", self.run_dlq("list", "--after", cursor))
        shown = self.run_dlq("stats")
        for word in ("COUNT", "manual_dlq", "permanent_failure", "most urgent"):
            self.assertIn(word, shown)
        stats = self.json("stats", "--limit", "1")
        self.assertEqual(sum(row["count"] for row in stats["stats"]), 3)
        self.assertEqual(len(stats["investigation_queue"]), 1)

    def test_mistakes(self):
        for arguments, code, says in [
                (["get"], 2, "--task"),
                (["get", UNKNOWN, "--task", UNKNOWN], 2, "--task"),
                (["get", UNKNOWN], 3, "unknown_dlq_entry"),
                (["get", "--task", UNKNOWN], 3, "unknown_dlq_entry"),
                (["get", "x"], 1, "not_a_uuid"),
                (["list", "--limit", "501"], 2, "500"),
                (["list", "--status", "asleep"], 1, "unknown_value"),
                (["stats", "--limit", "101"], 2, "100"),
                (["add", UNKNOWN], 3, "unknown_task"),
                (["update", UNKNOWN], 1, "missing_field"),
                (["update", UNKNOWN, "--by", "ann"], 3, "unknown_dlq_entry"),
                (["update", UNKNOWN, "--metadata", "{"], 1, "metadata"),
                (["update", UNKNOWN, "--metadata", "5"], 1, "wrong_type")]:
            with self.subTest(arguments=arguments):
                self.assertIn(says, self.run_dlq(*arguments, code=code))
        for command in ("list", "get", "add", "update", "stats"):
            self.assertIn(f"dlq {command}", self.run_dlq(command, "--help"))

    def test_metrics(self):
        def numbers():
            families = self.client.ok("METRICS", {"format": "json"}).body["metrics"]
            return {(family["name"][13:], sample["labels"].get("dlq_reason")): sample["value"]
                    for family in families if family["name"].startswith("taskmesh_dlq_")
                    for sample in family["samples"]}
        entry = self.json("add", self.task)["dlq_entry_uuid"]
        self.assertEqual((numbers()["entries_created_total", "manual_dlq"],
                          numbers()["pending_investigations", "manual_dlq"],
                          numbers()["pending_investigations", "permanent_failure"]), (1, 1, 1))
        self.run_dlq("add", self.task, code=4)
        self.run_dlq("update", entry, "--status", "cancelled")
        self.assertEqual((numbers()["entries_created_total", "manual_dlq"],
                          numbers()["pending_investigations", "manual_dlq"]), (1, 0))
        self.daemon.restart()
        self.assertEqual((numbers()["entries_created_total", "permanent_failure"],
                          numbers()["pending_investigations", "permanent_failure"]), (0, 1))


if __name__ == "__main__":
    unittest.main()
