"""Rules 4.4 to 4.7: due times, time limits, workers that are gone, and who comes next."""

import unittest

from scenario import (DONE, RETRIED, Scenarios, fails, for_each_store, hint, rule, step, steps_by_name)

load_tests = for_each_store
SHORT = {"heartbeat_ms": 100, "lost_after_ms": 300}  # for workers that are going to vanish


class DueScenarios(Scenarios):
    @rule("4.4")
    def test_a_retry_starts_when_it_is_due_and_not_before(self):
        self.given(step("a"), step("b"), step("c"))
        hands = self.by_hand()
        task = self.submitted()
        due = {}
        for name, seconds in (("a", 0.6), ("b", 0.3), ("c", 0.45)):
            hands.fails(hands.take(name), retryable=True, **hint(seconds))
            due[name] = self.step(task, name)["next_retry_at"]
        order = [hands.take().step_name for _ in due]
        self.assertEqual(order, sorted(due, key=due.get))
        for name, at in due.items():
            moved = [event for event in self.events(task) if event.get("step") == name
                     and event["event"] == "Retry"]
            self.assertEqual(len(moved), 1)
            self.assertGreaterEqual(moved[0]["at"], at)

    @rule("4.4")
    def test_a_retry_that_is_due_waits_for_a_worker(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take(), retryable=True, **hint(0.2))
        hands.close()
        self.becomes(task, "a", "enqueued")
        self.workers()
        self.ends(task)


class TimeLimitScenarios(Scenarios):
    """A step without timeout_seconds has a second here."""

    options = {"step_timeout_default_ms": 1000}

    @rule("4.5", "1.5")
    def test_the_limit_goes_with_the_run(self):
        self.given(step("a", timeout_seconds=2), step("b"), step("c", timeout_seconds=0))
        hands = self.by_hand()
        self.submitted()
        self.assertEqual([hands.take(name).timeout_ms for name in "abc"], [2000, 1000, 0])

    @rule("4.5")
    def test_expiry_is_a_retryable_failure_and_the_run_is_taken_back(self):
        self.given(step("a", retry={"max_attempts": 2, "backoff": "none"}))
        hands = self.by_hand()
        task = self.submitted()
        first = hands.take()
        taken_back = hands.cancelled()
        self.assertEqual((taken_back["step_uuid"], taken_back["run"], taken_back["reason"]),
                         (first.step_uuid, 1, "step_timeout"))
        second = hands.take()
        self.assertEqual((second.run, second.attempt), (2, 2))
        error = self.step(task, "a")["error"]
        self.assertEqual((error["code"], error["retryable"]), ("step_timeout", True))
        late = hands.succeeds(first, "late")
        self.assertEqual((late["status"], late["error"]["code"]), (409, "stale_run"))
        self.assertEqual(hands.succeeds(second, "in time")["state"], "complete")
        self.ends(task)
        self.assertEqual(self.result(task, "a"), "in time")

    @rule("4.5", "4.2")
    def test_a_step_that_is_late_at_every_attempt_fails_for_good(self):
        self.given(step("a", retry={"max_attempts": 2, "backoff": "none"}))
        self.by_hand()
        task = self.submitted()
        a = self.blocks(task)["steps"][0]
        self.assertEqual((a["error"]["code"], a["attempts"], a["current_state"]),
                         ("step_timeout", 2, "error"))

    @rule("4.5")
    def test_time_counts_from_when_a_run_was_sent(self):
        """The second step waits longer for its worker than its limit is."""
        self.given(step("a", timeout_seconds=0), step("b", retry={"max_attempts": 1}))
        hands = self.by_hand(capacity=1, callables=["a"])
        task = self.submitted(delay_ms=1)
        run = hands.take("a")
        later = self.submitted({"later": True}, delay_ms=1500)
        self.becomes(later, "a", "enqueued")
        self.assertEqual(self.states(task)["b"], "enqueued")
        other = self.by_hand(callables=["b"])
        other.succeeds(other.take())
        hands.succeeds(run)
        self.ends(task)


class WorkerScenarios(Scenarios):
    @rule("4.6")
    def test_a_worker_that_vanished_costs_its_step_no_attempt_the_first_time(self):
        self.given(step("a", retry={"max_attempts": 1}))
        gone = self.by_hand(**SHORT)
        task = self.submitted()
        self.assertEqual(gone.take().attempt, 1)
        gone.vanish()
        hands = self.by_hand()
        run = hands.take()
        self.assertEqual((run.run, run.attempt), (2, 1))
        error = self.step(task, "a")["error"]
        self.assertEqual((error["code"], error["retryable"], error["run"]), ("worker_lost", True, 1))
        hands.succeeds(run)
        self.assertEqual(self.ends(task)["steps"][0]["attempts"], 1)

    @rule("4.6")
    def test_the_second_time_counts(self):
        self.given(step("a", retry={"max_attempts": 1, "backoff": "none"}))
        task = self.submitted()
        for attempt in (1, 1):
            gone = self.by_hand(**SHORT)
            self.assertEqual(gone.take().attempt, attempt)
            gone.vanish()
        a = self.blocks(task)["steps"][0]
        self.assertEqual((a["error"]["code"], a["attempts"]), ("worker_lost", 1))

    @rule("4.6")
    def test_a_step_that_took_down_three_workers_is_poison(self):
        self.given(step("a", retry={"max_attempts": 10, "backoff": "none"}))
        task = self.submitted()
        for attempt in (1, 1, 2):
            gone = self.by_hand(**SHORT)
            self.assertEqual(gone.take().attempt, attempt)
            gone.vanish()
        a = self.blocks(task)["steps"][0]
        self.assertEqual((a["error"]["code"], a["current_state"]), ("poison_step", "error"))

    @rule("4.6")
    def test_bye_gives_back_what_was_not_answered(self):
        self.given(step("a"), step("b"), step("c"))
        hands = self.by_hand(capacity=1)
        task = self.submitted()
        started = hands.take()
        hands.close()
        other = self.by_hand()
        runs = {run.step_name: run for run in [other.take(), other.take(), other.take()]}
        self.assertEqual(set(runs), set("abc"))
        self.assertEqual({name: run.attempt for name, run in runs.items()}, dict.fromkeys("abc", 1))
        self.assertEqual(self.step(task, started.step_name)["error"]["code"], "worker_lost")
        unstarted = [name for name in "abc" if name != started.step_name]
        self.assertEqual([self.step(task, name)["error"] for name in unstarted], [None, None])
        for run in runs.values():
            other.succeeds(run)
        self.ends(task)
        for name in unstarted:
            self.assertEqual(self.history(task, name), DONE)

    @rule("4.6")
    def test_the_late_answer_of_a_lost_worker_is_stale(self):
        self.given(step("a"))
        gone = self.by_hand(**SHORT)
        task = self.submitted()
        run = gone.take()
        gone.vanish()
        hands = self.by_hand()
        second = hands.take()
        late = hands.succeeds(run, "late")
        self.assertEqual((late["status"], late["error"]["code"]), (409, "stale_run"))
        hands.succeeds(second, "good")
        self.ends(task)
        self.assertEqual(self.result(task, "a"), "good")


class OrderScenarios(Scenarios):
    def order(self, hands, count):
        """What the worker does one after the other, from the first that it has."""
        runs = []
        for _ in range(count):
            run = hands.take()
            runs.append(run)
            hands.succeeds(run)
        return runs

    @rule("4.7")
    def test_among_equals_the_first_comes_first(self):
        self.given(step("a"))
        tasks = []
        for number in range(6):  # a millisecond is the grain of time
            tasks.append(self.submitted({"n": number}))
            while self.client.ok("PING").body["time_at"] <= self.task(tasks[-1])["created_at"]:
                pass
        runs = self.order(self.by_hand(capacity=1), 6)
        self.assertEqual([run.task_uuid for run in runs], tasks)

    @rule("4.7")
    def test_priority_counts_for_what_waits(self):
        self.given(step("a"), identity_strategy="always_unique")
        for priority in (0, 5, -5, 100, -100, 50):
            self.submitted(priority=priority)
        runs = self.order(self.by_hand(capacity=1), 6)
        self.assertEqual([run.priority for run in runs], [100, 50, 5, 0, -5, -100])

    @rule("4.7")
    def test_a_namespace_with_much_work_does_not_keep_the_other_waiting(self):
        """One slot for two namespaces: eight tasks of the first came before one of the second."""
        crowd, lone = self.namespace, self.namespace + "_lone"
        self.given(step("a"), identity_strategy="always_unique")
        for _ in range(8):
            self.submitted()
        self.namespace = lone
        self.given(step("a"))
        self.submitted()
        runs = self.order(self.by_hand(capacity=1, namespaces=[crowd, lone]), 9)
        place = [run.namespace for run in runs].index(lone)
        self.assertLess(place, 4)

    @rule("4.4", "3.1")
    def test_retries_in_between_do_not_disturb_a_history(self):
        self.given(step("a", retry={"backoff": "none"}))
        self.workers({"a": [fails(), fails(), 1]})
        task = self.submitted()
        self.assertEqual(steps_by_name(self.ends(task))["a"]["attempts"], 3)
        self.assertEqual(self.history(task, "a"), f"{RETRIED} {RETRIED} {DONE}")


if __name__ == "__main__":
    unittest.main()
