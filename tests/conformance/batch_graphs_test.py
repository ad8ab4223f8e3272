"""Rule 5.6: batches among other steps, and outcomes that can't be followed."""

import unittest

from batch_words import (batchable, batch_worker, batches, converges, create_batches, cursor, no_batches)
from scenario import (FAILED, Scenarios, create_steps, decides, for_each_store, names_of, no_branches,
                      rule, step)

load_tests = for_each_store

TWO_BATCHES = (batchable("left", worker="l"), batchable("right", worker="r"), batch_worker("l", "left"),
               batch_worker("r", "right"), converges("sum", "l", "r"))


class GraphScenarios(Scenarios):
    def ended(self, *steps, **answers):
        self.given(*steps)
        self.workers(dict(answers, sum=lambda run: sorted(run.dependency_results)))
        task = self.submitted()
        return task, self.ends(task)

    @rule("5.6", "5.5")
    def test_a_batch_behind_a_decision(self):
        steps = (step("start"), decides("d", "start"), batchable("analyze", "d"),
                 batch_worker("work", "analyze"), step("plain", "d"), converges("sum", "work", "plain"))
        task, _ = self.ended(*steps, d=create_steps("analyze", "plain"), analyze=create_batches(1, 2))
        self.assertEqual(self.result(task, "sum"), ["plain", "work_1", "work_2"])

    @rule("5.6", "5.5")
    def test_a_batch_that_no_decision_names(self):
        task, done = self.ended(step("start"), decides("d", "start"), batchable("analyze", "d"),
                                batch_worker("work", "analyze"), step("plain", "d"),
                                converges("sum", "work", "plain"), d=create_steps("plain"))
        self.assertEqual(self.result(task, "sum"), ["plain"])
        self.assertEqual(names_of(done), ["d", "plain", "start", "sum"])

    @rule("5.6", "5.5")
    def test_a_decision_behind_a_batch(self):
        for number, chosen in enumerate((create_steps("more"), no_branches())):
            with self.subTest(chosen=chosen):
                name = "t%d" % number
                self.given(*batches(), decides("d", "sum"), step("more", "d"), name=name)
                worker = self.workers({"analyze": create_batches(1, 2), "d": chosen})
                done = self.ends(self.submitted(name=name))
                worker.stop()
                self.assertEqual(names_of(done), sorted(
                    ["analyze", "d", "sum", "work_1", "work_2"] + ["more"] * (number == 0)))

    @rule("5.6", "5.5")
    def test_two_batches_above_one_convergence(self):
        for number, order in enumerate((("left", "right"), ("right", "left"))):
            name = "t%d" % number
            self.given(*TWO_BATCHES, name=name)
            hands = self.by_hand()
            task = self.submitted(name=name)
            hands.succeeds(hands.take(order[0]), create_batches(1, 2))
            self.assertNotIn("sum", self.states(task))
            first = order[0][0]
            hands.succeeds(hands.take(first + "_1"))
            hands.succeeds(hands.take(order[1]), no_batches())
            hands.succeeds(hands.take(first + "_2"))
            hands.succeeds(hands.take(order[1][0] + "_000"))
            run = hands.take("sum")
            self.assertEqual(sorted(run.dependency_results),
                             sorted([first + "_1", first + "_2", order[1][0] + "_000"]))
            hands.succeeds(run)
            self.ends(task)
            hands.close()

    @rule("5.6")
    def test_workers_that_wait_for_another_step_too(self):
        self.given(batchable("analyze"), step("slow"), batch_worker("work", "analyze", "slow", parallelism=1),
                   converges("sum", "work"))
        hands = self.by_hand()
        task = self.submitted()
        slow = hands.take("slow")
        hands.succeeds(hands.take("analyze"), create_batches(1, 2))
        self.assertTrue(hands.takes_nothing_more())
        hands.succeeds(slow)
        run = hands.take("work_1")
        self.assertEqual(sorted(run.dependency_results), ["analyze", "slow"])
        self.assertTrue(hands.takes_nothing_more())
        hands.succeeds(run)
        hands.succeeds(hands.take("work_2"))
        hands.succeeds(hands.take("sum"))
        self.ends(task)

    @rule("5.6", "6.4")
    def test_a_batchable_that_is_resolved_makes_no_workers(self):
        self.given(*batches(), step("beside", "analyze"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take("analyze")
        self.client.ok("STEP.RESOLVE", {"step_uuid": run.step_uuid, "action": "resolve_manually"})
        hands.succeeds(hands.take("beside"))
        self.assertEqual(names_of(self.ends(task)), ["analyze", "beside"])

    @rule("5.6", "6.4")
    def test_a_batchable_that_is_completed_by_hand_makes_them(self):
        self.given(*batches())
        hands = self.by_hand()
        task = self.submitted()
        analyze = {"step_uuid": hands.take("analyze").step_uuid, "action": "complete_manually",
                   "result": {"frame": 0}}
        bad = create_batches(1, 1)
        self.refused_with(self.client.request("STEP.RESOLVE", analyze, [bad]), 400, "invalid_batch",
                          "/batch_processing_outcome/cursor_configs/1/batch_id")
        self.assertEqual(names_of(self.task(task)), ["analyze"])
        self.client.ok("STEP.RESOLVE", analyze, [create_batches(1)])
        hands.succeeds(hands.take("work_1"))
        hands.succeeds(hands.take("sum"))
        self.ends(task)


class InvalidScenarios(Scenarios):
    STEPS = (*batches(), step("work_taken"), batchable("other", worker="theirs"),
             batch_worker("theirs", "other"))

    def refuses(self, answer, *words, steps=STEPS):
        """The batchable fails for good, nothing is made; its error says what is wrong."""
        name = "t%d" % len(self.client.ok("TASK.LIST", {"namespace": self.namespace}).body["tasks"])
        self.given(*steps, name=name)
        worker = self.workers({"analyze": answer, "other": no_batches()})
        task = self.submitted(name=name)
        done = self.blocks(task)
        analyze = self.step(task, "analyze")
        worker.stop()
        self.assertFalse({each for each in names_of(done) if each.startswith("work")} - {"work_taken"})
        self.assertEqual((analyze["error"]["code"], analyze["error"]["retryable"], analyze["attempts"]),
                         ("invalid_batch", False, 1))
        self.assertEqual(self.history(task, "analyze"), FAILED)
        for word in words:
            self.assertIn(word, analyze["error"]["message"])

    @rule("5.6")
    def test_a_result_that_says_nothing_of_batches(self):
        outcome = "batch_processing_outcome"
        for answer in (None, {}, 1, [[]], {outcome: None}, {outcome: 1}):
            with self.subTest(answer=answer):
                self.refuses(answer, outcome)
        for answer in ({outcome: {}}, {outcome: {"type": "some_batches"}}):
            with self.subTest(answer=answer):
                self.refuses(answer, "no_batches")

    @rule("5.6")
    def test_cursors_that_can_not_be(self):
        configs = "cursor_configs"
        for cursors, *words in (
                (None, "not an array"), ([], "empty"), ({}, "not an array"), ([1], "item 0", "object"),
                ([cursor("a"), {}], "item 1", "batch_id is missing"),
                ([cursor("a"), cursor("b"), cursor("a")], "item 2", "earlier one: a"),
                ([{"batch_id": 1}], "item 0", "not a text"), ([cursor("")], "item 0", "1 to 64"),
                ([cursor("a b")], "a b"), ([cursor("x" * 65)], "x" * 65), ([cursor("a\0b")], "not a text"),
                ([cursor("taken")], "item 0", "work_taken")):
            with self.subTest(cursors=cursors):
                outcome = {"type": "create_batches", configs: cursors}
                self.refuses({"batch_processing_outcome": outcome}, *words)

    @rule("5.6")
    def test_what_else_can_not_be(self):
        for fields, *words in (({"worker_count": 3}, "2"), ({"worker_count": "2"}, "2"),
                               ({"worker_template_name": "nobody"}, "nobody"),
                               ({"worker_template_name": "sum"}, "sum"),
                               ({"worker_template_name": "theirs"}, "theirs"),
                               ({"worker_template_name": 7}, "not a step's name")):
            with self.subTest(fields=fields):
                self.refuses(create_batches("a", "b", **fields), *words)

    @rule("5.6")
    def test_more_than_ten_thousand(self):
        self.refuses(create_batches(*range(10001)), "10000")

    @rule("5.6")
    def test_more_than_a_task_can_hold(self):
        """Each worker of one batch waits for each of the other: that would be a million and more."""
        steps = (batchable("first", worker="a"), batch_worker("a", "first"),
                 batchable("analyze", "first"), batch_worker("work", "analyze", "a"))
        self.given(*steps, name="product")
        answer = create_batches(*range(1100))
        self.workers({"first": answer, "analyze": answer}, capacity=4)
        task = self.submitted(name="product")
        self.becomes(task, "analyze", "error")
        error = self.step(task, "analyze")["error"]
        self.assertEqual(error["code"], "invalid_batch")
        self.assertIn("dependencies", error["message"])

    @rule("5.6", "5.5")
    def test_a_name_with_a_nul_is_no_name(self):
        self.given(step("a"), decides("d", "a"), step("b", "d"))
        self.workers({"d": create_steps("b\0c")})
        task = self.submitted()
        self.blocks(task)
        self.assertEqual(self.step(task, "d")["error"]["code"], "invalid_decision")


if __name__ == "__main__":
    unittest.main()
