"""Rule 5.5: decisions make steps exist, and convergences wait for exactly those."""

import json
import unittest

from scenario import (DONE, FAILED, Scenarios, create_steps, decides, for_each_store, names_of,
                      no_branches, rule, step, steps_by_name)

load_tests = for_each_store


def converges(name, *after):
    return step(name, *after, type="deferred_convergence")


class ApprovalScenarios(Scenarios):
    """The model's approval routing: the amount decides who has to approve."""

    def route(self, run):
        amount = json.loads(run.context)["amount"]
        if amount < 1000:
            return create_steps("auto_approve")
        if amount < 5000:
            return create_steps("manager_approval")
        return create_steps("manager_approval", "finance_review")

    @rule("5.5")
    def test_who_approves_depends_on_the_amount(self):
        self.given(step("validate_request"), decides("routing_decision", "validate_request"),
                   converges("finalize_approval", "auto_approve", "manager_approval", "finance_review"),
                   step("auto_approve", "routing_decision"), step("manager_approval", "routing_decision"),
                   step("finance_review", "routing_decision"))
        self.workers({"routing_decision": self.route,
                      "finalize_approval": lambda run: sorted(run.dependency_results)})
        auto, manager, both = ["auto_approve"], ["manager_approval"], ["finance_review", "manager_approval"]
        for amount, approvers in ((500, auto), (999.99, auto), (1000, manager), (3000, manager),
                                  (4999.99, manager), (5000, both), (10000, both)):
            with self.subTest(amount=amount):
                task = self.submitted({"amount": amount})
                done = self.ends(task)
                self.assertEqual(names_of(done), sorted(
                    ["validate_request", "routing_decision", "finalize_approval", *approvers]))
                self.assertEqual(self.result(task, "finalize_approval"), approvers)
                self.assertEqual(sorted(steps_by_name(done)["finalize_approval"]["dependencies"]), approvers)


class CreationScenarios(Scenarios):
    def decided(self, *steps, **answers):
        """The ended task of these steps; keywords are what the steps answer."""
        self.given(*steps)
        self.workers(answers)
        return self.ends(self.submitted())

    @rule("5.5")
    def test_at_the_start_nothing_behind_a_decision_exists(self):
        self.given(step("a"), decides("d", "a"), step("b", "d"), step("c", "b"), converges("e", "b", "c"),
                   step("f", "e"), step("g", "a"))
        self.assertEqual(self.submitting().body["step_count"], 3)

    @rule("5.5")
    def test_what_only_a_named_step_leads_to_comes_along(self):
        done = self.decided(step("a"), decides("d", "a"), step("b", "d"), step("b2", "b"), step("b3", "b2"),
                            step("c", "d"), step("c2", "c"), d=create_steps("b"))
        self.assertEqual(names_of(done), ["a", "b", "b2", "b3", "d"])

    @rule("5.5")
    def test_no_branches_creates_nothing_and_the_task_ends(self):
        done = self.decided(step("a"), decides("d", "a"), step("b", "d"), converges("e", "b"),
                            step("f", "e"), d=no_branches())
        self.assertEqual(names_of(done), ["a", "d"])
        self.assertEqual(done["completion_percentage"], 100)

    @rule("5.5")
    def test_an_empty_list_creates_nothing(self):
        done = self.decided(step("a"), decides("d", "a"), step("b", "d"), d=create_steps())
        self.assertEqual(names_of(done), ["a", "d"])

    @rule("5.5")
    def test_a_name_twice_is_one_step(self):
        done = self.decided(step("a"), decides("d", "a"), step("b", "d"), d=create_steps("b", "b"))
        self.assertEqual(names_of(done), ["a", "b", "d"])

    @rule("5.5")
    def test_steps_are_created_in_the_commit_of_the_result(self):
        self.given(step("a"), decides("d", "a"), step("b", "d"), converges("e", "b"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        run = hands.take("d")
        self.assertEqual(self.states(task), {"a": "complete", "d": self.states(task)["d"]})
        hands.succeeds(run, create_steps("b"))
        self.assertEqual(set(self.states(task)), {"a", "d", "b", "e"})
        self.assertEqual(self.history(task, "e"), "pending")
        hands.succeeds(hands.take("b"))
        hands.succeeds(hands.take("e"))
        self.ends(task)
        self.assertEqual(self.history(task, "e"), DONE)

    @rule("5.5", "5.3")
    def test_a_branch_hears_what_its_decision_said(self):
        """And an earlier step's result, which it depends on too."""
        self.given(step("a"), decides("d", "a"), step("b", "d", "a"))
        hands = self.by_hand()
        self.submitted()
        hands.succeeds(hands.take("a"), 1)
        hands.succeeds(hands.take("d"), create_steps("b"))
        self.assertEqual(set(hands.take("b").dependency_results), {"a", "d"})

    @rule("5.5")
    def test_a_child_of_a_branch_and_of_an_old_step_waits_for_both(self):
        self.given(step("a"), step("slow"), decides("d", "a"), step("b", "d"), step("j", "b", "slow"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        hands.succeeds(hands.take("d"), create_steps("b"))
        hands.succeeds(hands.take("b"))
        self.assertEqual(self.states(task)["j"], "pending")
        hands.succeeds(hands.take("slow"))
        run = hands.take("j")
        self.assertEqual(set(run.dependency_results), {"b", "slow"})
        hands.succeeds(run)
        self.ends(task)


class NestedScenarios(Scenarios):
    @rule("5.5")
    def test_a_decision_behind_a_decision(self):
        self.given(step("a"), decides("outer", "a"), step("b", "outer"), decides("inner", "outer"),
                   step("x", "inner"), step("y", "inner"), converges("end", "b", "x", "y"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        hands.succeeds(hands.take("outer"), create_steps("b", "inner"))
        self.assertEqual(set(self.states(task)), {"a", "outer", "b", "inner"})  # `end` is not settled
        hands.succeeds(hands.take("b"))
        self.assertEqual(self.task(task)["status"], "steps_in_process")
        hands.succeeds(hands.take("inner"), create_steps("y"))
        self.assertEqual(set(self.states(task)), {"a", "outer", "b", "inner", "y", "end"})
        hands.succeeds(hands.take("y"))
        run = hands.take("end")
        self.assertEqual(set(run.dependency_results), {"b", "y"})
        hands.succeeds(run)
        self.ends(task)

    @rule("5.5")
    def test_the_last_of_two_decisions_above_a_convergence_creates_it(self):
        for order in (("d1", "d2"), ("d2", "d1")):
            for chosen, expected in (({"d1": ["x"], "d2": ["y"]}, {"x", "y"}),
                                     ({"d1": ["x"], "d2": []}, {"x"}),
                                     ({"d1": [], "d2": ["y"]}, {"y"}),
                                     ({"d1": [], "d2": []}, None)):
                with self.subTest(order=order, chosen=chosen):
                    self.meet(order, chosen, expected)

    def meet(self, order, chosen, expected):
        self.given(step("a"), decides("d1", "a"), decides("d2", "a"), step("x", "d1"), step("y", "d2"),
                   converges("end", "x", "y"), step("after", "end"))
        hands = self.by_hand()
        self.addCleanup(hands.close)
        task = self.submitted({"order": order, "chosen": chosen})
        hands.succeeds(hands.take("a"))
        for number, name in enumerate(order):
            self.assertNotIn("end", self.states(task))
            hands.succeeds(hands.take(name), create_steps(*chosen[name]))
        self.assertEqual("end" in self.states(task), expected is not None)
        for name in sorted(expected or ()):
            hands.succeeds(hands.take(name))
        if expected:
            run = hands.take("end")
            self.assertEqual(set(run.dependency_results), expected)
            hands.succeeds(run)
            hands.succeeds(hands.take("after"))
        self.ends(task)
        hands.close()

    @rule("5.5", "5.3")
    def test_a_branch_that_is_done_before_the_other_decision_speaks(self):
        """The convergence is created with one of its parents complete already."""
        self.given(step("a"), decides("d1", "a"), decides("d2", "a"), step("x", "d1"), step("y", "d2"),
                   converges("end", "x", "y"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        hands.succeeds(hands.take("d1"), create_steps("x"))
        hands.succeeds(hands.take("x"))
        hands.succeeds(hands.take("d2"), no_branches())
        run = hands.take("end")
        self.assertEqual(set(run.dependency_results), {"x"})
        hands.succeeds(run)
        self.ends(task)


class InvalidScenarios(Scenarios):
    STEPS = (step("a"), decides("d", "a"), step("b", "d"), step("c", "b"), decides("inner", "b"),
             step("deep", "inner"))

    def refuses(self, answer, steps=STEPS):
        """The decision's step fails for good, nothing is created, the task is blocked."""
        name = "t%d" % len(self.client.ok("TASK.LIST", {"namespace": self.namespace}).body["tasks"])
        self.given(*steps, name=name)
        worker = self.workers({"d": answer})
        task = self.submitted(name=name)
        done = self.blocks(task)
        worker.stop()
        self.assertEqual(names_of(done), ["a", "d"])
        d = steps_by_name(done)["d"]
        self.assertEqual((d["error"]["code"], d["error"]["retryable"], d["attempts"]),
                         ("invalid_decision", False, 1))
        self.assertEqual(self.history(task, "d"), FAILED)
        return d["error"]["message"]

    @rule("5.5")
    def test_a_name_that_is_not_allowed_fails_the_decision_for_good(self):
        for name in ("nobody", "a", "d", "deep", ""):
            with self.subTest(name=name):
                self.assertIn(name, self.refuses(create_steps("b", name)))

    @rule("5.5")
    def test_a_result_that_decides_nothing_fails_the_decision(self):
        outcome = "decision_point_outcome"
        for answer in (None, {}, 1, "b", [[]], {outcome: None}, {outcome: {"type": "maybe"}}, {outcome: {}},
                       {outcome: {"type": "create_steps"}},
                       {outcome: {"type": "create_steps", "step_names": "b"}},
                       {outcome: {"type": "create_steps", "step_names": [1]}}):
            with self.subTest(answer=answer):
                self.refuses(answer)

    @rule("5.5")
    def test_a_hundred_names_are_allowed_and_one_more_is_not(self):
        names = ["b%d" % number for number in range(101)]
        steps = (step("a"), decides("d", "a"), *(step(name, "d") for name in names), converges("end", *names))
        self.assertIn("100", self.refuses(create_steps(*names), steps))
        self.given(*steps)
        self.workers({"d": create_steps(*names[:100]), "end": lambda run: len(run.dependency_results)})
        task = self.submitted()
        self.assertEqual(len(self.ends(task)["steps"]), 103)
        self.assertEqual(self.result(task, "end"), 100)


if __name__ == "__main__":
    unittest.main()
