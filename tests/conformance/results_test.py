"""Rules 5.1 to 5.3: which results count, which fail their step, and what a step hears of others."""

import json
import unittest

from scenario import DONE, Scenarios, fails, for_each_store, no_branches, rule, step

load_tests = for_each_store
MIB = 1024 * 1024
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class FenceScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.given(step("a", retry={"backoff": "none"}), step("b", "a"))
        self.hands = self.by_hand()
        self.flow = self.submitted()
        self.run_a = self.hands.take("a")

    def is_refused(self, answer, code, status=409):
        self.assertEqual((answer["status"], answer["error"]["code"]), (status, code))

    @rule("5.1")
    def test_the_same_run_again_gets_the_first_answer(self):
        """Also with other content, and nothing more is written."""
        first = self.hands.succeeds(self.run_a, "first")
        self.assertEqual((first["status"], first["state"]), (200, "complete"))
        run_b = self.hands.take("b")
        before = [event for event in self.events(self.flow) if event.get("step") == "a"]
        for again in (self.hands.succeeds(self.run_a, "first"), self.hands.succeeds(self.run_a, "other"),
                      self.hands.fails(self.run_a), self.hands.says(self.run_a)):
            self.assertEqual(again, first)
        self.assertEqual(self.result(self.flow, "a"), "first")
        self.assertEqual(self.history(self.flow, "a"), DONE)
        self.assertEqual([event for event in self.events(self.flow) if event.get("step") == "a"], before)
        self.assertEqual(run_b.dependency_results, {"a": b'"first"'})

    @rule("5.1")
    def test_the_same_failure_again_gets_the_first_answer(self):
        first = self.hands.fails(self.run_a)
        self.assertEqual((first["status"], first["state"]), (200, "error"))
        self.assertEqual(self.hands.succeeds(self.run_a, "after all"), first)
        self.assertEqual(self.states(self.flow)["a"], "error")

    @rule("5.1")
    def test_the_same_failure_before_its_retry_gets_the_first_answer(self):
        first = self.hands.fails(self.run_a, retryable=True, backoff_hint={"delay_seconds": 20})
        self.assertEqual(first["state"], "waiting_for_retry")
        self.assertEqual(self.hands.succeeds(self.run_a, "after all"), first)
        self.assertEqual(self.states(self.flow)["a"], "waiting_for_retry")

    @rule("5.1")
    def test_an_older_run_is_stale(self):
        self.hands.fails(self.run_a, retryable=True)
        second = self.hands.take("a")
        self.is_refused(self.hands.succeeds(self.run_a, "old"), "stale_run")
        self.hands.succeeds(second, "new")
        self.is_refused(self.hands.succeeds(self.run_a, "old"), "stale_run")
        self.assertEqual(self.result(self.flow, "a"), "new")

    @rule("5.1")
    def test_the_token_proves_the_right_to_answer(self):
        right = self.run_a.run_token
        for wrong in ("0" * 32, right[:-1] + ("0" if right[-1] != "0" else "1")):
            self.run_a.run_token = wrong
            self.is_refused(self.hands.succeeds(self.run_a, "forged"), "stale_run")
        self.run_a.run_token = right
        self.run_a.run = 2  # the run that does not exist yet
        self.is_refused(self.hands.succeeds(self.run_a, "too early"), "stale_run")
        self.run_a.run = 1
        self.assertEqual(self.hands.succeeds(self.run_a, "true")["state"], "complete")

    @rule("5.1")
    def test_a_cancelled_step_takes_no_result(self):
        self.cancelling(self.flow)
        self.is_refused(self.hands.succeeds(self.run_a), "step_cancelled")
        self.is_refused(self.hands.fails(self.run_a, retryable=True), "step_cancelled")
        self.assertEqual(self.states(self.flow), {"a": "cancelled", "b": "cancelled"})

    @rule("5.1")
    def test_an_unknown_step_is_404(self):
        self.run_a.step_uuid = UNKNOWN
        self.is_refused(self.hands.succeeds(self.run_a), "unknown_step", 404)

    @rule("5.1")
    def test_another_session_may_answer(self):
        other = self.by_hand(callables=["nothing"])
        self.assertEqual(other.succeeds(self.run_a, "by another")["state"], "complete")
        self.assertEqual(self.result(self.flow, "a"), "by another")

    @rule("5.1")
    def test_one_message_answers_many_runs_in_order(self):
        other = self.submitted({"n": 2})
        second = self.hands.take("a")
        status, body = self.hands.request("STEP.RESULT", {"session": self.hands.session, "results": [
            dict(second.fence(), success=True, result={"frame": 0}),
            dict(second.fence(), run=9, success=True),
            dict(self.run_a.fence(), success=False, error={"message": "no"})]}, [b"[1]"])
        self.assertEqual(status, 200)
        self.assertEqual([(each["step_uuid"], each["run"], each["status"], each.get("state"))
                          for each in body["results"]],
                         [(second.step_uuid, 1, 200, "complete"), (second.step_uuid, 9, 409, None),
                          (self.run_a.step_uuid, 1, 200, "error")])
        self.assertEqual((self.states(self.flow)["a"], self.states(other)["a"]), ("error", "complete"))


class UnusableScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.given(step("a"), identity_strategy="always_unique")
        self.hands = self.by_hand()

    def fails_for_good(self, code, *payloads, **fields):
        task = self.submitted()
        answer = self.hands.says(self.hands.take(), payloads, **fields)
        self.assertEqual((answer["status"], answer.get("state")), (200, "error"))
        a = self.blocks(task)["steps"][0]
        self.assertEqual((a["error"]["code"], a["error"]["retryable"], a["attempts"], a["results"]),
                         (code, False, 1, None))

    @rule("5.2")
    def test_an_unusable_body_fails_the_step_for_good(self):
        for payload in (b"", b"{", b"nothing", b'"\xff"', b"1 2", b'{"a":1,}', b"NaN", b"01"):
            with self.subTest(payload=payload):
                self.fails_for_good("invalid_result", payload, success=True, result={"frame": 0})

    @rule("5.2")
    def test_a_result_that_does_not_say_what_it_is_fails_the_step(self):
        retryable = {"retryable": True}
        for fields in ({}, {"success": None}, {"success": "yes"}, {"success": 1},
                       {"success": True, "result": {"frame": 3}}, {"success": True, "result": "text"},
                       {"success": False}, {"success": False, "error": "broken"},
                       {"success": False, "error": retryable},
                       {"success": False, "error": {"message": 5, "retryable": True}},
                       {"success": False, "metadata": retryable}):
            with self.subTest(**fields):
                self.fails_for_good("invalid_result", **fields)

    @rule("5.2")
    def test_a_result_of_one_mebibyte_is_taken_and_one_byte_more_is_not(self):
        fitting = b'"' + b"x" * (MIB - 2) + b'"'
        task = self.submitted()
        answer = self.hands.says(self.hands.take(), [fitting], success=True, result={"frame": 0})
        self.assertEqual((answer["status"], answer["state"]), (200, "complete"))
        self.assertEqual(self.ends(task)["steps"][0]["results"], fitting)
        self.fails_for_good("result_too_large", fitting[:-1] + b'x"', success=True, result={"frame": 0})

    @rule("5.2")
    def test_a_result_may_be_missing_and_is_null(self):
        task = self.submitted()
        self.assertEqual(self.hands.says(self.hands.take(), success=True)["state"], "complete")
        self.assertEqual(self.ends(task)["steps"][0]["results"], b"null")

    @rule("5.2")
    def test_only_an_unreadable_envelope_is_400(self):
        task = self.submitted()
        run = self.hands.take()
        fence = run.fence()
        for body in ({}, {"results": 1}, {"results": [1]}, {"results": [{"success": True}]},
                     {"results": [dict(fence, run="1", success=True)]},
                     {"results": [dict(fence, run_token="x", success=True)]},
                     {"results": [dict(fence, step_uuid="x", success=True)]}, b"{"):
            with self.subTest(body=body):
                status, reply = self.hands.request("STEP.RESULT", body)
                answers = reply.get("results", [])
                self.assertIn(400, [status, *(each["status"] for each in answers)], reply)
        self.assertIn(self.states(task)["a"], ("enqueued", "in_progress"))
        self.assertEqual(self.hands.succeeds(run, 1)["state"], "complete")

    @rule("5.2")
    def test_a_result_is_kept_byte_for_byte(self):
        body = b' {"n": 123456789012345678901234567890.10, "t": "\\u00e9\xc3\xa9" } '
        task = self.submitted()
        self.hands.says(self.hands.take(), [body], success=True, result={"frame": 0})
        self.assertEqual(self.ends(task)["steps"][0]["results"], body)


class InputScenarios(Scenarios):
    @rule("5.3")
    def test_a_step_hears_the_results_of_its_parents(self):
        self.given(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c", "a"))
        self.workers({"a": {"x": 1}, "b": lambda run: json.loads(run.dependency_results["a"])["x"] + 1,
                      "c": None, "d": lambda run: {name: json.loads(result) for name, result
                                                   in run.dependency_results.items()}})
        task = self.submitted()
        self.ends(task)
        self.assertEqual(self.result(task, "d"), {"a": {"x": 1}, "b": 2, "c": None})

    @rule("5.3")
    def test_also_after_a_retry_and_only_the_last_success(self):
        self.given(step("a", retry={"backoff": "none"}), step("b", "a", retry={"backoff": "none"}))
        heard = []
        def listen(run):
            heard.append(run.dependency_results["a"])
            if run.attempt < 3:
                raise fails()
        self.workers({"a": [fails(), "second"], "b": listen})
        self.ends(self.submitted())
        self.assertEqual(heard, [b'"second"'] * 3)

    @rule("5.3")
    def test_an_ordinary_steps_outcome_decides_nothing(self):
        """Only a decision's result is read; anybody else's is data."""
        self.given(step("a"), step("b", "a"))
        self.workers({"a": no_branches()})
        task = self.submitted()
        self.ends(task)
        self.assertEqual(self.states(task), {"a": "complete", "b": "complete"})


if __name__ == "__main__":
    unittest.main()
