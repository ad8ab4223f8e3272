"""Rules 7.1 and 7.2: what somebody should look into, and tasks that live, or rest, for too long."""

import time
import unittest

from scenario import Scenarios, eventually, fails, for_each_store, rule, step

load_tests = for_each_store
AT_ONCE = {"backoff": "none"}
SHORT = {"heartbeat_ms": 100, "lost_after_ms": 300}  # for workers that are going to vanish


class DlqScenarios(Scenarios):
    def entries(self, task, **filters):
        return self.client.ok("DLQ.LIST", dict(filters, task_uuid=task)).body["entries"]

    def reasons(self, task):
        return sorted(entry["dlq_reason"] for entry in self.entries(task))

    def entered(self, task):
        """The one entry of the task, when it is there."""
        eventually(lambda: self.entries(task), "an entry")
        entry, = self.entries(task)
        return entry

    def adding(self, task, **fields):
        return self.client.request("DLQ.ADD", dict(fields, task_uuid=task))

    def updating(self, entry, **fields):
        return self.client.request("DLQ.UPDATE", dict(fields, dlq_entry_uuid=entry))


class EntryScenarios(DlqScenarios):
    @rule("7.1")
    def test_the_last_attempt_fails(self):
        self.given(step("a", retry={"max_attempts": 2, **AT_ONCE}))
        self.workers({"a": fails("broken")})
        task = self.submitted({"n": 1})
        self.blocks(task)
        entry, = self.entries(task)  # in the commit that blocked it, so at once
        a = self.step(task, "a")
        self.assertEqual((entry["dlq_reason"], entry["resolution_status"], entry["step_uuid"]),
                         ("max_retries_exceeded", "pending", a["step_uuid"]))
        snapshot = entry["task_snapshot"]
        self.assertEqual((snapshot["task_uuid"], snapshot["namespace"], snapshot["task_name"],
                          snapshot["step_name"], snapshot["step_state"], snapshot["attempts"],
                          snapshot["max_attempts"], snapshot["error_code"]),
                         (task, self.namespace, "flow", "a", "error", 2, 2, "broken"))
        failed = [event for event in self.events(task) if event["to"] == "error"][-1]
        self.assertEqual(entry["dlq_timestamp"], failed["at"])

    @rule("7.1")
    def test_a_failure_for_good(self):
        self.given(step("a"), step("b"))
        self.workers({"a": fails(retryable=False), "b": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        eventually(lambda: len(self.entries(task)) == 2, "an entry for each step")
        self.assertEqual(self.reasons(task), ["permanent_failure"] * 2)

    @rule("7.1", "4.6")
    def test_a_step_that_takes_its_workers_down(self):
        self.given(step("a", retry={"max_attempts": 10, **AT_ONCE}))
        task = self.submitted()
        for _ in range(3):
            gone = self.by_hand(**SHORT)
            gone.take()
            gone.vanish()
        self.blocks(task)
        self.assertEqual(self.reasons(task), ["poison_step"])

    @rule("7.1")
    def test_a_person_asks_for_it(self):
        self.given(step("a"))
        task = self.submitted()
        added = self.adding(task, reason="manual_dlq", notes="look at this", by="ann")
        self.assertEqual((added.status, added.body["resolution_status"]), (201, "pending"))
        self.refused_with(self.adding(task), 409, "duplicate_entry")
        time.sleep(0.002)  # ids sort by milliseconds
        of_step = self.adding(task, step_uuid=self.step(task, "a")["step_uuid"])
        self.assertEqual(of_step.status, 201)
        entry = self.client.ok("DLQ.GET", {"dlq_entry_uuid": added.body["dlq_entry_uuid"]}).body
        self.assertEqual((entry["dlq_reason"], entry["resolution_notes"], entry["metadata"]["added_by"],
                          entry["step_uuid"]), ("manual_dlq", "look at this", "ann", None))
        newest = self.client.ok("DLQ.GET", {"task_uuid": task}).body
        self.assertEqual(newest["dlq_entry_uuid"], of_step.body["dlq_entry_uuid"])
        other = self.submitted({"other": True})
        self.refused_with(self.adding(other, step_uuid=entry["task_uuid"][:-4] + "0001"), 404, "unknown_step",
                          "/step_uuid")
        self.refused_with(self.adding(entry["dlq_entry_uuid"]), 404, "unknown_task", "/task_uuid")
        self.refused_with(self.adding(task, reason="poison_step"), 400, "unknown_value", "/reason")
        self.assertEqual(self.entries(other), [])
        self.refused_with(self.client.request("DLQ.GET", {"task_uuid": other}), 404, "unknown_dlq_entry")

    @rule("7.1")
    def test_what_is_said_of_an_entry_does_not_change_its_task(self):
        self.given(step("a", retry={"max_attempts": 1}))
        self.workers({"a": fails()})
        task = self.submitted()
        self.blocks(task)
        before, (entry,) = self.task(task), self.entries(task)
        number = entry["dlq_entry_uuid"]
        told = self.updating(number, resolution_status="permanently_failed", resolution_notes="bad data",
                             resolved_by="ben", metadata={"ticket": 7})
        self.assertEqual(told.status, 200)
        self.updating(number, resolved_by="carl")
        entry, = self.entries(task)
        self.assertEqual((entry["resolution_status"], entry["resolution_notes"], entry["resolved_by"],
                          entry["metadata"], entry["priority"]),
                         ("permanently_failed", "bad data", "carl", {"ticket": 7}, None))
        self.assertEqual(entry["resolution_timestamp"], told.body["resolution_timestamp"])
        self.assertGreaterEqual(entry["resolution_timestamp"], entry["dlq_timestamp"])
        self.assertEqual(self.task(task), before)
        again = self.updating(number, resolution_status="pending")
        self.assertEqual(again.body["resolution_timestamp"], None)

    @rule("7.1", "6.4")
    def test_a_retry_leaves_entries_as_they_are(self):
        self.given(step("a", retry={"max_attempts": 1}))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take(), retryable=True)
        before = self.entries(task)
        self.client.ok("TASK.RESOLVE", {"task_uuid": task, "action": "retry"})
        run = hands.take()
        self.assertEqual(self.entries(task), before)
        hands.succeeds(run)
        self.ends(task)
        self.assertEqual(self.entries(task), before)

    @rule("7.1")
    def test_a_second_entry_of_the_kind_comes_only_when_the_first_is_resolved(self):
        self.given(step("a", retry={"max_attempts": 1}))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take(), retryable=True)
        first, = self.entries(task)
        for count in (1, 2):
            self.client.ok("TASK.RESOLVE", {"task_uuid": task, "action": "retry"})
            hands.fails(hands.take(), retryable=True)
            self.blocks(task)
            self.assertEqual(len(self.entries(task)), count)
            self.updating(first["dlq_entry_uuid"], resolution_status="manually_resolved")
        self.refused_with(self.updating(first["dlq_entry_uuid"], resolution_status="pending"), 409,
                          "duplicate_entry")

    @rule("7.1")
    def test_entries_are_listed_page_by_page_and_summed_up(self):
        self.given(*[step("s%d" % number, retry={"max_attempts": 1}) for number in range(5)])
        self.workers({"s%d" % number: fails() for number in range(5)})
        task = self.submitted()
        self.blocks(task)
        eventually(lambda: len(self.entries(task)) == 5, "an entry for each step")
        self.adding(task)
        pages, after = [], {}
        while True:  # ends with the last page
            page = self.client.ok("DLQ.LIST", {"task_uuid": task, "limit": 2, **after}).body
            pages += page["entries"]
            after = {"after": page["next"]}
            if page["next"] is None:
                break
        self.assertEqual([entry["dlq_entry_uuid"] for entry in pages],
                         [entry["dlq_entry_uuid"] for entry in self.entries(task)])
        self.assertEqual(len(self.entries(task, reason="max_retries_exceeded")), 5)
        self.assertEqual(len(self.entries(task, status="pending")), 6)
        self.assertEqual(self.entries(task, status="cancelled"), [])
        stats = self.client.ok("DLQ.STATS", {"limit": 100}).body
        of_reason = {(row["dlq_reason"], row["resolution_status"]): row for row in stats["stats"]}
        row = of_reason["max_retries_exceeded", "pending"]
        self.assertGreaterEqual(row["count"], 5)
        self.assertLessEqual(row["oldest_at"], row["newest_at"])
        priorities = [entry["priority"] for entry in stats["investigation_queue"]]
        self.assertEqual(priorities, sorted(priorities, reverse=True))
        self.assertGreaterEqual(priorities[0], 500)


class UnclaimedScenarios(DlqScenarios):
    """A step that nobody takes for a second is reported here."""

    options = {"unclaimed_warning_ms": 1000}

    @rule("7.1", "2.5")
    def test_a_step_that_no_worker_takes(self):
        self.given(step("a"))
        task = self.submitted()
        self.assertEqual(self.entries(task), [])
        entry = self.entered(task)
        self.assertEqual((entry["dlq_reason"], entry["step_uuid"]),
                         ("worker_unavailable", self.step(task, "a")["step_uuid"]))
        enqueued = [event["at"] for event in self.events(task) if event["to"] == "enqueued"]
        self.assertGreaterEqual(entry["dlq_timestamp"], enqueued[0] + 1000)
        self.workers()  # it waits on, and is taken
        self.ends(task)
        self.assertEqual(self.reasons(task), ["worker_unavailable"])


class StaleScenarios(DlqScenarios):
    """A task to which nothing happens for 300 ms is stale here."""

    options = {"stale_steps_in_process_ms": 300, "stale_waiting_for_retry_ms": 300,
               "stale_waiting_for_dependencies_ms": 300}

    @rule("7.2", "7.1")
    def test_a_task_that_rests_for_too_long_is_entered_and_goes_on(self):
        self.given(step("a"))
        task = self.submitted()
        entry = self.entered(task)
        self.assertEqual((entry["dlq_reason"], entry["step_uuid"]), ("staleness_timeout", None))
        self.assertEqual(entry["metadata"]["detection_method"], "automatic_staleness")
        self.assertEqual(entry["task_snapshot"]["current_state"], "steps_in_process")
        self.assertEqual(self.task(task)["status"], "steps_in_process")
        self.workers()
        self.ends(task)

    @rule("7.2", "1.5")
    def test_the_template_may_end_it(self):
        self.given(step("a"), lifecycle={"staleness_action": "error"})
        task = self.submitted()
        self.assertEqual(self.ends(task, "error")["steps"][0]["current_state"], "cancelled")
        self.assertEqual(self.events(task)[-1]["event"], "Timeout")
        self.assertEqual(self.reasons(task), ["staleness_timeout"])
        self.assertEqual(self.submitting().status, 201)  # its identity is free

    @rule("7.2", "1.5")
    def test_or_let_it_rest_or_allow_it_more_time(self):
        self.given(step("a"), lifecycle={"staleness_action": "none"})
        self.given(step("a"), name="patient", lifecycle={"max_steps_in_process_minutes": 1})
        self.given(step("a"), name="late")
        tasks = [self.submitted(), self.submitted(name="patient")]
        self.entered(self.submitted(name="late"))  # later than they would have been
        self.assertEqual([self.entries(task) for task in tasks], [[], []])

    @rule("7.2")
    def test_what_runs_or_has_a_time_to_come_is_not_stale(self):
        self.given(step("a", timeout_seconds=0))
        self.given(step("b", retry={"backoff_base_ms": 3600000, "max_backoff_ms": 3600000}), name="waits")
        self.given(step("c"), name="paused")
        self.given(step("c"), name="late")
        hands = self.by_hand(callables=["a", "b"])
        runs, waits, paused = self.submitted(), self.submitted(name="waits"), self.submitted(name="paused")
        hands.take("a")
        hands.fails(hands.take("b"), retryable=True)
        self.client.ok("TASK.PAUSE", {"task_uuid": paused})
        self.entered(self.submitted(name="late"))
        self.assertEqual([self.entries(task) for task in (runs, waits, paused)], [[], [], []])
        self.assertEqual(self.task(waits)["status"], "waiting_for_retry")

    @rule("7.2")
    def test_a_run_that_was_handed_over_without_a_time_limit_is(self):
        self.given(step("a", timeout_seconds=0), step("b", timeout_seconds=3600))
        hands = self.by_hand()
        self.given(step("b", timeout_seconds=3600), name="limited")
        task, limited = self.submitted(), self.submitted(name="limited")
        runs = [hands.take(), hands.take(), hands.take()]
        for run in runs:
            self.assertEqual(hands.says(run, pending=True)["status"], 200)
        b = [run for run in runs if run.task_uuid == task and run.step_name == "b"][0]
        hands.succeeds(b)
        self.assertEqual(self.entered(task)["dlq_reason"], "staleness_timeout")
        self.assertEqual(self.entries(limited), [])


class DryRunScenarios(DlqScenarios):
    options = {"stale_steps_in_process_ms": 300, "staleness_dry_run": "true"}

    @rule("7.2")
    def test_a_dry_run_only_says_what_it_would_do(self):
        self.given(step("a"), lifecycle={"staleness_action": "error"})
        self.given(step("a"), name="kept")
        task, kept = self.submitted(), self.submitted(name="kept")
        for number, action in ((task, "would_transition_to_dlq_and_error"),
                               (kept, "would_move_to_dlq_only")):
            eventually(lambda: "task=%s state=steps_in_process reason=staleness_timeout action=%s"
                       % (number, action) in self.server.log(), "it is logged")
            self.assertEqual(self.task(number)["status"], "steps_in_process")
            self.assertEqual(self.entries(number), [])
        self.workers()
        self.ends(task)


if __name__ == "__main__":
    unittest.main()
