"""`taskmesh task cancel | retry | pause ...` of many tasks: ids, filters, dry runs, a question first."""

import json
import os
import pty
import subprocess
import unittest
import uuid

from harness import EndToEndTest, Failure, bin_path, one_step, spawn

USAGE, CONFLICT, SOME_REFUSED, FAILED, UNAVAILABLE = 2, 4, 7, 1, 5
BOUND_S = 30


class BulkTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("t", "one"))
        self.client.put_template(one_step("u", "one"))
        self.repaired = False

    def run_cli(self, *arguments, **options):
        return self.daemon.cli("task", *arguments, **options)

    def submit(self, count, namespace="t"):
        return [self.client.submit(namespace, "one", {"n": n}) for n in range(count)]

    def statuses(self, tasks):
        return [self.client.get(task)["status"] for task in tasks]

    def work(self, run):
        if not self.repaired:
            raise Failure("out of order", code="broken", retryable=False)

    def blocked(self, count):
        self.start_worker(self.daemon, "t", {"*": self.work})
        tasks = self.submit(count)
        for task in tasks:
            self.client.wait(task, "settled")
        return tasks

    # ---- By ids ------------------------------------------------------------------------------------

    def test_one_task_is_retried(self):
        task, = self.blocked(1)
        self.repaired = True
        done = self.run_cli("retry", task, "--reason", "repaired", "--by", "ann")
        self.assertEqual((done.code, done.stdout),
                         (0, f"{task} steps_in_process, 0 steps cancelled, 1 reset\n"), done)
        self.assertEqual(self.client.wait(task, "ended")["status"], "complete")
        again = self.run_cli("retry", task)
        self.assertEqual((again.code, again.stdout), (CONFLICT, ""))
        self.assertIn("task_ended", again.stderr)

    def test_several_by_their_ids(self):
        tasks = self.submit(3)
        unknown = str(uuid.uuid4())
        done = self.run_cli("cancel", *tasks[:2], unknown, "--by", "ann")
        self.assertEqual(done.code, SOME_REFUSED, done)
        rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
        self.assertEqual(rows[:4], [
            ["TASK", "BEFORE", "OUTCOME"], [tasks[0], "steps_in_process", "cancelled"],
            [tasks[1], "steps_in_process", "cancelled"],
            [unknown, "-", "refused: there is no such task (unknown_task)"]])
        self.assertTrue(done.stdout.endswith("\n2 done, 1 refused\n"), done.stdout)
        self.assertEqual(self.statuses(tasks), ["cancelled", "cancelled", "steps_in_process"])
        self.assertEqual(self.run_cli("pause", *tasks[1:]).code, SOME_REFUSED)
        self.assertEqual(self.run_cli("resume", tasks[2], tasks[2]).code, 0)

    # ---- By a filter -------------------------------------------------------------------------------

    def test_a_filter_is_looked_at_and_then_done(self):
        mine, others = self.blocked(3), self.submit(2, "u")
        before, commits = self.daemon.contents(), self.daemon.commits()
        wanted = ("--namespace", "t", "--status", "blocked_by_failures", "--older-than", "0")
        look = self.run_cli("retry", *wanted, "--dry-run")
        self.assertEqual(look.code, 0, look)
        self.assertIn("3 would be done, 0 refused", look.stdout)
        self.assertEqual((self.daemon.contents(), self.daemon.commits()), (before, commits))
        self.repaired = True
        done = self.run_cli("retry", *wanted, "--yes", "--reason", "repaired", "--json")
        self.assertEqual(done.code, 0, done)
        body = json.loads(done.stdout)
        self.assertEqual((body["matched"], body["allowed"], body["dry_run"]), (3, 3, False))
        self.assertEqual({each["task_uuid"] for each in body["tasks"]}, set(mine))
        for task in mine:
            self.assertEqual(self.client.wait(task, "ended")["status"], "complete")
        self.assertEqual(self.statuses(others), ["steps_in_process"] * 2)
        nothing = self.run_cli("retry", *wanted, "--yes")
        self.assertEqual((nothing.code, nothing.stdout), (0, "no tasks\n"))

    def test_the_same_filter_lists(self):
        tasks = self.submit(2) + self.submit(1, "u")
        for options, count in ((("--namespace", "t"), 2), (("--version", "1.0.0"), 3),
                               (("--version", "9.0.0"), 0), (("--newer-than", "3600"), 3),
                               (("--older-than", "3600"), 0), (("--correlation-id", "x"), 0)):
            with self.subTest(options=options):
                listed = json.loads(self.run_cli("list", *options, "--json").stdout)["tasks"]
                self.assertEqual(len(listed), count)
                trial = self.run_cli("cancel", *options, "--dry-run", "--json")
                self.assertEqual([each["task_uuid"] for each in json.loads(trial.stdout)["tasks"]],
                                 [each["task_uuid"] for each in listed])
        self.assertEqual(self.statuses(tasks), ["steps_in_process"] * 3)

    def test_a_refusal_of_a_dry_run_has_the_exit_code_of_the_real_one(self):
        tasks = self.submit(2)
        self.run_cli("cancel", tasks[0])
        look = self.run_cli("resolve", "--namespace", "t", "--dry-run")
        self.assertEqual(look.code, SOME_REFUSED, look)
        self.assertIn("refused: the task has ended: cancelled (task_ended)", look.stdout)
        self.assertIn("1 would be done, 1 refused", look.stdout)
        alone = self.run_cli("resolve", tasks[0], "--dry-run")
        self.assertEqual(alone.code, SOME_REFUSED, alone)
        self.assertEqual(self.statuses(tasks), ["cancelled", "steps_in_process"])

    def test_all_and_page_by_page(self):
        tasks = self.submit(3)
        first = self.run_cli("cancel", "--all", "--yes", "--limit", "2")
        self.assertEqual(first.code, 0, first)
        cursor = first.stdout.split("--after ")[1].strip()
        self.assertEqual(self.statuses(tasks).count("cancelled"), 2)
        rest = self.run_cli("cancel", "--all", "--yes", "--after", cursor)
        self.assertEqual((rest.code, rest.stdout.count("cancelled")), (0, 1), rest)
        self.assertEqual(self.statuses(tasks), ["cancelled"] * 3)

    # ---- The question ------------------------------------------------------------------------------

    def answer(self, word, *arguments):
        """Runs it with a terminal as standard input, on which somebody says `word`."""
        try:
            ours, theirs = pty.openpty()
        except OSError as error:
            raise unittest.SkipTest(f"no terminal can be had here: {error}") from error
        process = spawn([bin_path("taskmesh"), "--endpoint", self.daemon.endpoint, "task",
                         *arguments], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(theirs)
        os.write(ours, word.encode())
        out, err = process.communicate(timeout=BOUND_S)
        os.close(ours)
        return process.returncode, out.decode(), err.decode()

    def test_a_filter_asks_first(self):
        tasks = self.submit(2)
        code, out, err = self.answer("n\n", "cancel", "--namespace", "t")
        self.assertEqual((code, err), (FAILED, "cancel 2 tasks? [y/N] taskmesh: nothing was done\n"))
        self.assertIn("2 would be done, 0 refused", out)
        self.assertEqual(self.statuses(tasks), ["steps_in_process"] * 2)
        code, out, err = self.answer("y\n", "cancel", "--namespace", "t")
        self.assertEqual((code, err), (0, "cancel 2 tasks? [y/N] "))
        self.assertIn("2 done, 0 refused", out)
        self.assertEqual(self.statuses(tasks), ["cancelled"] * 2)
        code, out, err = self.answer("", "cancel", "--namespace", "t")  # there is nothing to ask
        self.assertEqual((code, err), (SOME_REFUSED, ""))
        self.assertIn("0 would be done, 2 refused", out)

    def test_nobody_to_ask_is_a_mistake(self):
        tasks = self.submit(1)
        for arguments, says in ((("cancel", "--namespace", "t"), "--yes"),
                                (("cancel",), "An id, a filter or --all"),
                                (("cancel", tasks[0], "--all"), "by their ids, or those of a filter"),
                                (("pause", "--limit", "5"), "--limit and --after go with"),
                                (("retry", "--all", "--limit", "1001"), "1 to 1000"),
                                (("list", "--older-than", "99999999999"), "--older-than"),
                                (("retry", "--all", "--older-than", "soon"), "--older-than")):
            with self.subTest(arguments=arguments):
                done = self.run_cli(*arguments)
                self.assertEqual((done.code, done.stdout), (USAGE, ""), done)
                self.assertIn(says, done.stderr)
        wrong = self.run_cli("cancel", "--status", "asleep", "--yes")
        self.assertEqual((wrong.code, wrong.stdout), (FAILED, ""))
        self.assertIn("/filter/status", wrong.stderr)
        self.assertEqual(self.statuses(tasks), ["steps_in_process"])
        nobody = self.daemon.cli("--endpoint", "ipc:///nonexistent/x", "--timeout", "0.2", "task",
                                 "cancel", "--all", "--yes")
        self.assertEqual(nobody.code, UNAVAILABLE, nobody)

    def test_help(self):
        for word in ("cancel", "retry", "resolve", "give-up", "reset", "pause", "resume"):
            shown = self.run_cli(word, "--help")
            self.assertEqual(shown.code, 0, word)
            for option in ("--dry-run", "--all", "--yes", "--namespace", "--older-than", "--limit"):
                self.assertIn(option, shown.stdout)
        self.assertIn("7 some of several tasks were refused", self.daemon.cli("--help").stdout)


if __name__ == "__main__":
    unittest.main()
