"""Rules 5.3, 5.4, 5.7 and 4.5 where a run goes on: handed over, with checkpoints, with heartbeats, with
results from far above."""

import json
import unittest

from scenario import DONE, Scenarios, eventually, for_each_store, rule, step
from tm1 import payload

load_tests = for_each_store
SHORT = {"heartbeat_ms": 100, "lost_after_ms": 300}  # for workers that are going to vanish
NO_WAIT = {"max_attempts": 3, "backoff": "none"}


class Runs(Scenarios):
    def reports(self, run, **fields):
        """What somebody without a session says of a run; the server's word on it."""
        payloads = [json.dumps(fields.pop("value")).encode()] if "value" in fields else []
        if payloads:
            fields.update(success=True, result={"frame": 0})
        reply = self.client.request("STEP.RESULT", {"results": [dict(run.fence(), **fields)]}, payloads)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body["results"][0]

    def is_gone(self, name):
        workers = self.client.ok("WORKER.LIST").body["workers"]
        return all(each["name"] != name for each in workers)

    def audit(self, task, name):
        return self.client.ok("STEP.AUDIT", {"step_uuid": self.step(task, name)["step_uuid"]})


class HandOverScenarios(Runs):
    @rule("5.4")
    def test_somebody_else_reports_by_the_token(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        answer = hands.hands_over(run)
        self.assertEqual((answer["status"], answer["state"]), (200, "in_progress"))
        self.assertEqual(self.states(task)["a"], "in_progress")
        self.assertEqual(self.reports(run, value=7)["state"], "complete")
        after = hands.take("b")
        self.assertEqual(after.dependency_results["a"], b"7")
        hands.succeeds(after)
        self.ends(task)
        self.assertEqual(self.history(task, "a"), DONE)

    @rule("5.4")
    def test_the_slot_of_the_worker_is_free(self):
        self.given(step("a"))
        hands = self.by_hand(capacity=1)
        tasks = [self.submitted({"n": n}) for n in range(3)]
        runs = []
        for _ in tasks:
            runs.append(hands.take())
            hands.hands_over(runs[-1])
        for run in runs:
            self.reports(run, value=None)
        for task in tasks:
            self.ends(task)

    @rule("5.4")
    def test_it_is_answered_the_same_when_it_is_said_again(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.assertEqual(hands.hands_over(run), hands.hands_over(run))
        self.reports(run, value=1)
        self.assertEqual(hands.hands_over(run)["state"], "complete")
        self.assertEqual(self.reports(run, value=2)["state"], "complete")
        self.assertEqual(self.result(task, "a"), 1)
        self.assertEqual(self.step(task, "a")["attempts"], 1)

    @rule("5.4", "4.6")
    def test_the_loss_of_its_worker_does_not_touch_it(self):
        self.given(step("a"))
        hands = self.by_hand(name="leaver", **SHORT)
        task = self.submitted()
        run = hands.take()
        hands.hands_over(run)
        hands.vanish()
        eventually(lambda: self.is_gone("leaver"), "the worker is lost")
        other = self.by_hand()
        marker = self.submitted({"n": 2})  # of the same kind: what was lost would have come before it
        hands_run = other.take()
        self.assertEqual(hands_run.task_uuid, marker)
        self.assertTrue(other.takes_nothing_more())
        self.assertEqual(self.states(task)["a"], "in_progress")
        self.assertEqual(self.reports(run, value=1)["state"], "complete")
        self.ends(task)
        self.assertEqual(self.step(task, "a")["run"], 1)

    @rule("5.4")
    def test_the_time_limit_goes_on_and_then_the_token_is_worth_nothing(self):
        self.given(step("a", timeout_seconds=1, retry=NO_WAIT))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        hands.hands_over(run)
        again = hands.take()
        self.assertEqual((again.run, again.attempt), (2, 2))
        self.assertEqual(self.step(task, "a")["error"]["code"], "step_timeout")
        answer = self.reports(run, value=1)
        self.assertEqual((answer["status"], answer["error"]["code"]), (409, "stale_run"))
        hands.succeeds(again)
        self.ends(task)

    @rule("5.4")
    def test_a_failure_by_the_token_is_tried_again(self):
        self.given(step("a", retry=NO_WAIT))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        hands.hands_over(run)
        forged = dict(run.fence(), run_token="0" * 32)
        reply = self.client.request("STEP.RESULT", {"results": [dict(forged, success=True)]})
        self.assertEqual(reply.body["results"][0]["error"]["code"], "stale_run")
        answer = self.reports(run, success=False, error={"message": "no", "retryable": True})
        self.assertEqual(answer["state"], "waiting_for_retry")
        again = hands.take()
        self.assertEqual(again.attempt, 2)
        hands.succeeds(again)
        self.ends(task)

    @rule("5.4", "8.1")
    def test_the_waiting_reason_says_so(self):
        self.given(step("a", timeout_seconds=3600), step("b", timeout_seconds=0))
        hands = self.by_hand()
        task = self.submitted()
        for name in "ab":
            hands.hands_over(hands.take(name))
        self.assertRegex(self.step(task, "a")["waiting_reason"],
                         r"^handed over: .* run_token .* time is over in \d+ ms$")
        self.assertRegex(self.step(task, "b")["waiting_reason"], r"^handed over: .* run_token reports$")

    @rule("5.4", "6.5")
    def test_cancelling_ends_it(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        hands.hands_over(run)
        self.cancelling(task)
        self.assertEqual(self.reports(run, value=1)["error"]["code"], "step_cancelled")
        self.ends(task, "cancelled")


class CheckpointScenarios(Runs):
    @rule("5.7")
    def test_the_newest_goes_to_the_next_attempt(self):
        self.given(step("a", retry=NO_WAIT))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.assertIsNone(run.checkpoint)
        hands.saves(run, {"row": 10}, items_processed=10, accumulated_results={"sum": 1})
        status, body = hands.saves_bytes(
            run, b' {"items_processed": 20, "cursor": 12345678901234567890.10, '
                 b'"accumulated_results": [ "\\u00e9" ]}')
        self.assertEqual((status, body), (200, {"step_uuid": run.step_uuid, "run": 1}))
        self.assertEqual(self.states(task)["a"], "in_progress")
        self.assertEqual(self.step(task, "a")["attempts"], 1)  # the same run, the same attempt
        hands.fails(run, retryable=True)
        again = hands.take()
        self.assertEqual((again.run, again.attempt), (2, 2))
        self.assertIn(b'"cursor":12345678901234567890.10', again.checkpoint)
        self.assertIn(b'"accumulated_results":[ "\\u00e9" ]', again.checkpoint)
        seen = json.loads(again.checkpoint)
        self.assertEqual((seen["items_processed"], seen["number"]), (20, 2))
        self.assertGreaterEqual(seen["at_ms"], self.task(task)["created_at"])
        hands.fails(again, retryable=True)  # this attempt saved none: the newest is still the same
        third = hands.take()
        self.assertEqual(third.checkpoint, again.checkpoint)
        hands.succeeds(third)
        self.ends(task)

    @rule("5.7", "4.6")
    def test_also_after_its_worker_is_lost(self):
        self.given(step("a"))
        hands = self.by_hand(**SHORT)
        self.submitted()
        run = hands.take()
        hands.saves(run, 5)
        hands.vanish()
        other = self.by_hand()
        again = other.take()
        self.assertEqual(json.loads(again.checkpoint)["cursor"], 5)
        other.succeeds(again)

    @rule("5.7", "6.4")
    def test_also_after_a_person_has_reset_the_step(self):
        self.given(step("a", retry={"max_attempts": 1}))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        hands.saves(run, "here")
        hands.fails(run)
        self.blocks(task)
        self.client.ok("STEP.RESOLVE", {"step_uuid": run.step_uuid, "action": "reset_for_retry"})
        self.assertEqual(json.loads(hands.take().checkpoint)["cursor"], "here")

    @rule("5.7")
    def test_the_last_hundred_are_kept_and_accumulated_results_of_the_newest(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        for number in range(1, 104):
            hands.saves(run, number, items_processed=number, accumulated_results=[number])
        reply = self.audit(task, "a")
        kept = reply.body["checkpoints"]
        self.assertEqual([each["number"] for each in kept], list(range(4, 104)))
        self.assertEqual([each["items_processed"] for each in kept], list(range(4, 104)))
        self.assertEqual({each["run"] for each in kept}, {1})
        self.assertEqual([payload(reply.frames, each["cursor"]) for each in kept],
                         [b"%d" % number for number in range(4, 104)])
        self.assertEqual([each["accumulated_results"] for each in kept[:-1]], [None] * 99)
        self.assertEqual(payload(reply.frames, kept[-1]["accumulated_results"]), b"[103]")

    @rule("5.7")
    def test_one_that_is_wrong_is_refused_and_not_kept(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        for checkpoint, code in ((b"{", "invalid_json"), (b"[1]", "wrong_type"), (b"{}", "missing_field"),
                                 (b'{"cursor": 1, "items_processed": -1}', "out_of_range"),
                                 (b'{"cursor": 1, "items_processed": "1"}', "out_of_range")):
            with self.subTest(checkpoint=checkpoint):
                status, body = hands.saves_bytes(run, checkpoint)
                self.assertEqual((status, body["error"]["code"]), (400, code))
                self.assertTrue(body["error"]["where"].startswith("/checkpoint"), body)
        status, body = hands.request("STEP.CHECKPOINT", dict(run.fence(), run_token="0" * 32,
                                                             checkpoint={"frame": 0}), [b'{"cursor":1}'])
        self.assertEqual((status, body["error"]["code"]), (409, "stale_run"))
        self.assertEqual(self.audit(task, "a").body["checkpoints"], [])
        hands.succeeds(run)
        self.assertEqual(hands.saves(run, 1)[0], 409)
        self.assertEqual(self.audit(task, "a").body["checkpoints"], [])


class BeatScenarios(Runs):
    options = {"step_timeout_default_ms": 1500}

    def outlives(self, features):
        """Beats for one of two steps until the other has passed two time limits: did it outlive them?"""
        self.given(step("a", retry=NO_WAIT), step("b", retry=NO_WAIT))
        hands = self.by_hand(features=features)
        self.submitted()
        run, silent = hands.take("a"), hands.take("b")
        alive = True
        while len([each for each in hands.cancels if each["step_uuid"] == silent.step_uuid]) < 2:
            alive = hands.beats(run)["status"] == 200
        return alive, hands, run, silent

    @rule("4.5")
    def test_beats_extend_the_time_limit_if_the_worker_asked_for_that(self):
        alive, hands, run, silent = self.outlives(["extend_time_limit", "something_new"])
        self.assertTrue(alive)
        late = hands.beats(silent)
        self.assertEqual((late["status"], late["code"]), (409, "stale_run"))
        self.assertEqual(hands.succeeds(run)["state"], "complete")

    @rule("4.5")
    def test_otherwise_they_do_not(self):
        alive, hands, run, _ = self.outlives([])
        self.assertFalse(alive)
        self.assertIn((run.step_uuid, "step_timeout"),
                      [(each["step_uuid"], each["reason"]) for each in hands.cancels])

    @rule("4.5")
    def test_the_last_progress_is_shown(self):
        self.given(step("a", timeout_seconds=0))
        hands = self.by_hand(name="shown")
        self.submitted()
        run = hands.take()
        hands.beats(run, progress={"done": 1})
        hands.beats(run, progress=[0.10, "two"])
        hands.beats(run, progress="x" * 5000)  # too long: the one before stays
        workers = self.client.ok("WORKER.LIST").body["workers"]
        shown, = [each for each in workers if each["name"] == "shown" and each["runs"]]
        one, = shown["runs"]
        self.assertEqual((one["step_uuid"], one["run"], one["progress"]), (run.step_uuid, 1, [0.10, "two"]))
        hands.succeeds(run)

    @rule("4.5")
    def test_a_beat_that_can_not_be_read_or_comes_from_nobody(self):
        self.given(step("a", timeout_seconds=0))
        hands = self.by_hand(name="unread")
        self.submitted()
        run = hands.take()
        fence = run.fence()
        status, body = hands.request("STEP.HEARTBEAT", {"session": hands.session, "runs": [
            dict(fence, progress=1), dict(fence, run="x")]})
        self.assertEqual((status, body["error"]["code"], body["error"]["where"]),
                         (400, "wrong_type", "/runs/1/run"))
        listed, = [each for each in self.client.ok("WORKER.LIST").body["workers"]
                   if each["name"] == "unread"]
        self.assertIsNone(listed["runs"][0]["progress"])
        reply = self.client.request("STEP.HEARTBEAT", {"session": hands.session, "runs": [fence]})
        self.refused_with(reply, 404, "unknown_session", "/session")


CHAIN = (step("a"), step("b", "a"), step("c", "b"), step("d", "c"))


class AncestorScenarios(Runs):
    def last_of_chain(self, hands, results=("A", "B", "C")):
        self.given(*CHAIN)
        self.task_uuid = self.submitted()
        for result in results:
            hands.succeeds(hands.take(), result)
        return hands.take()

    @rule("5.3")
    def test_further_ancestors_go_with_it_nearest_first(self):
        run = self.last_of_chain(self.by_hand())
        self.assertEqual(list(run.dependency_results.items()), [("c", b'"C"')])
        self.assertEqual(list(run.ancestor_results.items()), [("b", b'"B"'), ("a", b'"A"')])
        self.assertFalse(run.truncated)

    @rule("5.3")
    def test_a_worker_may_ask_for_parents_only(self):
        hands = self.by_hand(features=["parents_only"])
        run = self.last_of_chain(hands)
        self.assertEqual((run.ancestor_results, run.truncated), ({}, False))
        self.assertEqual(list(run.dependency_results), ["c"])

    @rule("5.3")
    def test_a_parent_is_no_further_ancestor(self):
        self.given(step("a"), step("b", "a"), step("c", "a", "b"))
        hands = self.by_hand()
        self.submitted()
        hands.succeeds(hands.take("a"))
        hands.succeeds(hands.take("b"))
        run = hands.take("c")
        self.assertEqual((sorted(run.dependency_results), run.ancestor_results), (["a", "b"], {}))

    @rule("5.3")
    def test_inputs_can_be_asked_for_by_name(self):
        hands = self.by_hand()
        run = self.last_of_chain(hands)
        self.assertEqual(hands.asks(run), ({"a": b'"A"', "b": b'"B"', "c": b'"C"'}, False))
        self.assertEqual(list(hands.asks(run)[0]), ["c", "b", "a"])
        self.assertEqual(hands.asks(run, "a", "d", "nobody"), ({"a": b'"A"'}, False))
        for wrong in ({"run_token": "0" * 32}, {"run": 2}):
            status, body = hands.request("STEP.INPUTS", dict(run.fence(), **wrong))
            self.assertEqual((status, body["error"]["code"]), (409, "stale_run"))
        hands.succeeds(run)
        status, body = hands.request("STEP.INPUTS", run.fence())
        self.assertEqual((status, body["error"]["code"]), (409, "stale_run"))
        self.ends(self.task_uuid)


class LimitedAncestorScenarios(AncestorScenarios):
    options = {"ancestor_bytes_max": 10}

    @rule("5.3")
    def test_further_ancestors_go_with_it_nearest_first(self):
        hands = self.by_hand()
        run = self.last_of_chain(hands, ("A" * 6, "B" * 6, "C" * 20))
        self.assertEqual(list(run.dependency_results), ["c"])  # parents are not counted
        self.assertEqual(list(run.ancestor_results), ["b"])
        self.assertTrue(run.truncated)
        self.assertEqual(sorted(hands.asks(run)[0]), ["a", "b", "c"])


if __name__ == "__main__":
    unittest.main()
