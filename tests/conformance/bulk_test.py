"""Rule 6.4, its last sentence: retry, cancel and the other actions of many tasks, by filter, with a dry run."""

import unittest
import uuid

from scenario import FAILED, DONE, Scenarios, fails, for_each_store, rule, step

load_tests = for_each_store


def newest_first(tasks):
    """The order of lists: by id, which begins with the time; within one millisecond it is any."""
    return sorted(tasks, reverse=True)


class BulkScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.repaired = False

    def answer(self, run):
        return run.step_name if self.repaired else fails(retryable=False)

    def two_failures(self):
        """A template whose two first steps fail until they are repaired, and its workers."""
        self.given(step("a"), step("b"), step("c", "a", "b"))
        self.workers({"a": self.answer, "b": self.answer})

    def doing(self, command, expected=200, **body):
        reply = self.client.request(command, body)
        self.assertEqual(reply.status, expected, reply.body)
        return reply.body

    def retrying(self, **body):
        return self.doing("TASK.RESOLVE", action="retry", **body)

    def outcomes(self, body):
        """Task -> its state, "allowed" in a dry run, or the code of its refusal."""
        return {each["task_uuid"]: each["error"]["code"] if "error" in each
                else each.get("status", "allowed") for each in body["tasks"]}

    def commits(self):
        return self.client.stats()["store"]["commits"]

    @rule("6.4")
    def test_a_blocked_task_is_tried_again_as_a_whole(self):
        self.two_failures()
        task = self.submitted()
        self.blocks(task)
        self.becomes(task, "b", "error")
        self.repaired = True
        body = self.doing("TASK.RESOLVE", action="retry", task_uuid=task, reason="fixed", by="ann")
        self.assertEqual((body["reset_steps"], body["status"]), (2, "steps_in_process"))
        self.ends(task)
        for name in "ab":
            self.assertEqual(self.history(task, name), f"{FAILED} {DONE}")
            self.assertEqual(self.step(task, name)["attempts"], 1)
        notes = [event["metadata"] for event in self.events(task)
                 if event["event"] in ("ResetForRetry", "ManualIntervention")]
        self.assertEqual(notes, [{"reason": "fixed", "by": "ann"}] * 3)

    @rule("6.4", "3.3")
    def test_only_a_blocked_task_is_tried_again(self):
        self.given(step("a"))
        task = self.submitted()
        self.refused_with(self.client.request("TASK.RESOLVE", {"action": "retry", "task_uuid": task}),
                          409, "invalid_transition")
        self.cancelling(task)
        self.refused_with(self.client.request("TASK.RESOLVE", {"action": "retry", "task_uuid": task}),
                          409, "task_ended")

    @rule("6.4")
    def test_all_blocked_tasks_of_a_filter_are_retried(self):
        self.two_failures()
        tasks = [self.submitted({"n": n}) for n in range(5)]
        for task in tasks:
            self.blocks(task)
        self.repaired = True
        body = self.retrying(filter={"namespace": self.namespace, "status": "blocked_by_failures"})
        self.assertEqual((body["matched"], body["more"], body["allowed"], body["refused"]),
                         (5, False, 5, 0))
        self.assertEqual([each["task_uuid"] for each in body["tasks"]], newest_first(tasks))
        self.assertEqual({each["before"] for each in body["tasks"]}, {"blocked_by_failures"})
        for task in tasks:
            self.ends(task)

    @rule("6.4")
    def test_a_dry_run_says_what_would_be_and_changes_nothing(self):
        self.given(step("a"))
        tasks = [self.submitted({"n": n}) for n in range(4)]
        self.cancelling(tasks[0])
        histories = [self.events(task) for task in tasks]
        before = self.commits()
        mine = {"namespace": self.namespace}
        said = {}
        for command, fields in (("TASK.CANCEL", {}), ("TASK.PAUSE", {}), ("TASK.RESUME", {}),
                                ("TASK.RESOLVE", {"action": "resolve"}),
                                ("TASK.RESOLVE", {"action": "give_up"}),
                                ("TASK.RESOLVE", {"action": "reset"}),
                                ("TASK.RESOLVE", {"action": "retry"})):
            body = self.doing(command, filter=mine, dry_run=True, **fields)
            self.assertEqual((body["matched"], body["dry_run"]), (4, True))
            self.assertEqual(self.outcomes(body)[tasks[0]], "task_ended")
            said[fields.get("action", command)] = self.outcomes(body)[tasks[1]]
        self.assertEqual(said, {
            "TASK.CANCEL": "allowed", "TASK.PAUSE": "allowed", "TASK.RESUME": "allowed",
            "resolve": "allowed", "give_up": "invalid_transition", "reset": "invalid_transition",
            "retry": "invalid_transition"})
        self.assertEqual([self.events(task) for task in tasks], histories)
        self.assertEqual(self.commits(), before)
        dry = self.doing("TASK.CANCEL", filter=mine, dry_run=True)
        real = self.doing("TASK.CANCEL", filter=mine)
        self.assertEqual([each["allowed"] for each in dry["tasks"]],
                         [each["allowed"] for each in real["tasks"]])
        self.assertEqual([each.get("error") for each in dry["tasks"]],
                         [each.get("error") for each in real["tasks"]])

    @rule("6.4", "6.5")
    def test_each_task_is_judged_by_itself(self):
        self.given(step("a"), step("b", "a"))
        tasks = [self.submitted({"n": n}) for n in range(3)]
        self.cancelling(tasks[1])
        unknown = str(uuid.uuid4())
        body = self.doing("TASK.CANCEL", task_uuids=[*tasks, unknown, tasks[0]], reason="no use")
        self.assertEqual((body["matched"], body["allowed"], body["refused"]), (4, 2, 2))
        self.assertEqual(self.outcomes(body), {tasks[0]: "cancelled", tasks[1]: "task_ended",
                                               tasks[2]: "cancelled", unknown: "unknown_task"})
        self.assertEqual([each["before"] for each in body["tasks"]],
                         ["steps_in_process", "cancelled", "steps_in_process", None])
        self.assertEqual([each.get("cancelled_steps") for each in body["tasks"]], [2, None, 2, None])
        self.assertEqual(body["tasks"][3]["error"]["where"], "/task_uuids/3")
        self.assertEqual(self.states(tasks[2]), {"a": "cancelled", "b": "cancelled"})

    @rule("6.4")
    def test_a_filter_is_the_one_of_lists(self):
        """Whatever is listed is matched, field by field."""
        self.given(step("a"))
        self.given(step("a"), version="2.0.0")
        old = self.submitted({"n": 1}, version="1.0.0", correlation_id="mine")
        new = self.submitted({"n": 2}, version="2.0.0")
        self.doing("TASK.PAUSE", task_uuid=old)
        self.cancelling(new)
        made = self.task(new)["created_at"]
        first, last = newest_first([new, old])
        for fields, expected in (({"name": "flow"}, [first, last]), ({"name": "flows"}, []),
                                 ({"version": "2.0.0"}, [new]), ({"status": "cancelled"}, [new]),
                                 ({"correlation_id": "mine"}, [old]),
                                 ({"created_after_at": made + 1}, []), ({"after": first}, [last]),
                                 ({"created_before_at": made + 1}, [first, last]),
                                 ({"created_after_at": 1, "created_before_at": 2}, [])):
            with self.subTest(fields=fields):
                wanted = dict(fields, namespace=self.namespace)
                listed = self.client.ok("TASK.LIST", wanted).body["tasks"]
                matched = self.doing("TASK.RESUME", filter=wanted, dry_run=True)["tasks"]
                self.assertEqual([each["task_uuid"] for each in listed], expected)
                self.assertEqual([each["task_uuid"] for each in matched], expected)
                self.assertEqual([each["before"] for each in matched],
                                 [each["status"] for each in listed])

    @rule("6.4")
    def test_what_is_more_than_the_limit_comes_page_by_page(self):
        self.given(step("a"))
        tasks = [self.submitted({"n": n}) for n in range(5)]
        seen, after = [], {}
        while True:  # ends with the last page
            body = self.doing("TASK.CANCEL", filter=dict(after, namespace=self.namespace), limit=2)
            seen += [each["task_uuid"] for each in body["tasks"]]
            self.assertEqual(body["more"], body["next"] is not None)
            if not body["more"]:
                break
            after = {"after": body["next"]}
        self.assertEqual(seen, newest_first(tasks))
        self.assertEqual({self.task(task)["status"] for task in tasks}, {"cancelled"})

    @rule("6.4")
    def test_many_tasks_are_few_commits(self):
        self.given(step("a"))
        for _ in range(3):
            self.client.ok("TASK.SUBMIT", {"tasks": [
                {"namespace": self.namespace, "name": "flow", "idempotency_key": str(uuid.uuid4())}
                for _ in range(300)]})
        before = self.commits()
        body = self.doing("TASK.CANCEL", filter={"namespace": self.namespace}, limit=1000)
        self.assertEqual((body["matched"], body["allowed"]), (900, 900))
        commits = self.commits() - before
        print("900 tasks cancelled by %d commits" % commits)
        self.assertLess(commits, 100)  # as the batches fall; at best 4

    @rule("6.4")
    def test_every_task_has_to_be_meant(self):
        self.given(step("a"))
        task = self.submitted()
        self.refused_with(self.client.request("TASK.CANCEL", {"filter": {}}), 400, "empty_filter",
                          "/filter")
        self.refused_with(self.client.request("TASK.CANCEL", {
            "filter": {"namespace": self.namespace, "nam": "flow"}}), 400, "unknown_field", "/filter/nam")
        self.refused_with(self.client.request("TASK.CANCEL", {"task_uuid": task, "dry_run": True}), 400,
                          "contradiction", "/dry_run")
        self.assertEqual(self.task(task)["status"], "steps_in_process")
        body = self.doing("TASK.PAUSE", filter={}, all=True, limit=1)
        self.assertEqual(self.outcomes(body), {task: "steps_in_process"})
        self.assertIsNotNone(self.task(task)["paused_at"])


if __name__ == "__main__":
    unittest.main()
