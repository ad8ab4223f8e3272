"""Rule 9.3: ended tasks are removed after a time."""

import unittest

from scenario import Scenarios, eventually, fails, for_each_store, rule, step

load_tests = for_each_store


class RetentionScenarios(Scenarios):
    """Ended tasks are kept for a second here, and removed two at a time."""

    options = {"retention_ms": 1000, "retention_batch": 2}

    def is_gone(self, task):
        return self.client.request("TASK.GET", {"task_uuid": task}).status == 404

    @rule("9.3", "2.4")
    def test_ended_tasks_are_removed_with_all_that_they_have(self):
        self.given(step("a"), step("b", "a"))
        self.workers()
        tasks = [self.submitted({"n": number}) for number in range(7)]
        for task in tasks:
            self.ends(task)
        eventually(lambda: all(map(self.is_gone, tasks)), "they are gone")
        self.refused_with(self.client.request("TASK.EVENTS", {"task_uuid": tasks[0]}), 404, "unknown_task")
        self.assertEqual(self.client.ok("TASK.LIST", {"namespace": self.namespace}).body["tasks"], [])
        self.assertEqual(self.client.ok("DOCTOR").body["count"], 0)
        self.submitted({"n": 0})  # its identity is free

    @rule("9.3")
    def test_what_is_open_or_to_be_looked_into_stays(self):
        self.given(step("a"), step("b", "a"))
        self.given(step("c"), name="short")
        self.workers({"a": fails(retryable=False)})
        blocked = self.submitted()
        self.blocks(blocked)
        cancelled = self.submitted({"n": 1})
        self.blocks(cancelled)
        self.cancelling(cancelled)
        done = self.submitted(name="short")
        self.ends(done)
        eventually(lambda: self.is_gone(done), "it is gone")
        self.assertEqual(self.task(blocked)["status"], "blocked_by_failures")
        self.assertEqual(self.task(cancelled)["status"], "cancelled")
        entry = self.client.ok("DLQ.GET", {"task_uuid": cancelled}).body["dlq_entry_uuid"]
        self.client.ok("DLQ.UPDATE", {"dlq_entry_uuid": entry, "resolution_status": "manually_resolved"})
        eventually(lambda: self.is_gone(cancelled), "it is gone")
        self.refused_with(self.client.request("DLQ.GET", {"dlq_entry_uuid": entry}), 404,
                          "unknown_dlq_entry")
        self.assertEqual(self.task(blocked)["status"], "blocked_by_failures")


class KeepingScenarios(Scenarios):
    @rule("9.3")
    def test_nothing_is_removed_unless_somebody_wants_it(self):
        self.given(step("a"))
        self.workers()
        task = self.submitted()
        self.ends(task)
        self.submitted({"another": True})
        self.assertEqual(self.task(task)["status"], "complete")


if __name__ == "__main__":
    unittest.main()
