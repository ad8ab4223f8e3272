"""Batches from outside: datasets of many sizes, and each failure strategy, repaired in each way."""

import json
import unittest

from harness import EndToEndTest, Failure, eventually, fixture, results_by_name

NAMESPACE = "e2e_dataset"


def analyze(run):
    """As many batches of `batch_size` as it takes, or `max_workers` larger ones; none for a small dataset."""
    settings = json.loads(run.initialization)
    size, items = settings["batch_size"], json.loads(run.context)["dataset_size"]
    if items <= settings.get("too_small", 50):
        return {"batch_processing_outcome": {"type": "no_batches"}}
    count = min(-(-items // size), settings["max_workers"])
    size = -(-items // count)
    return {"batch_processing_outcome": {
        "type": "create_batches", "worker_template_name": settings["worker_template_name"],
        "worker_count": count, "total_items": items, "cursor_configs": [
            {"batch_id": "%03d" % (i + 1), "start_cursor": i * size,
             "end_cursor": min((i + 1) * size, items), "batch_size": size} for i in range(count)]}}


class Dataset:
    """The handlers; `failing` are the batch ids that do not work at present."""

    def __init__(self):
        self.failing = set()

    def work(self, run):
        inputs = json.loads(run.initialization)
        cursor = inputs["cursor"]
        if cursor["batch_id"] in self.failing:
            raise Failure("the disk of batch %s is gone" % cursor["batch_id"], retryable=False,
                          code="no_disk")
        return {"processed_count": cursor["end_cursor"] - cursor["start_cursor"]}

    def sum(self, run):
        results = [json.loads(result) for result in run.dependency_results.values()]
        counts = [each["processed_count"] for each in results if each]  # who was resolved has none
        return {"total": sum(counts), "workers": len(counts),
                "failed": sorted(getattr(run, "dependency_failures", {}))}

    def handlers(self):
        return {"analyze": analyze, "work": self.work, "sum": self.sum}


class BatchTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.dataset = Dataset()
        self.start_worker(self.daemon, NAMESPACE, self.dataset.handlers())

    def put(self, strategy="fail_fast"):
        self.client.put_template(fixture("dataset.yaml").replace("fail_fast", strategy))

    def submit(self, items):
        return self.client.submit(NAMESPACE, "dataset", {"dataset_size": items})

    def summed(self, task):
        done = self.client.wait(task, "ended")
        self.assertEqual(done["status"], "complete", done)
        self.assertEqual(self.daemon.cli("doctor").code, 0)
        return json.loads(results_by_name(done)["sum"])

    def failed(self, task):
        return [step for step in self.client.get(task)["steps"] if step["current_state"] == "error"]

    def act(self, step, action, value=None):
        body = {"step_uuid": step["step_uuid"], "action": action, "reason": "looked at it", "by": "me"}
        if value is None:
            return self.client.ok("STEP.RESOLVE", body)
        return self.client.ok("STEP.RESOLVE", dict(body, result={"frame": 0}), [value])


class SizesTest(BatchTest):
    def test_each_size_has_its_workers_and_the_exact_total(self):
        self.put()
        for items, workers in ((50, 1), (1000, 1), (1001, 2), (3500, 4), (5000, 5), (25000, 10)):
            with self.subTest(items=items):
                task = self.submit(items)
                total = 0 if items == 50 else items
                self.assertEqual(self.summed(task), {"total": total, "workers": workers, "failed": []})
                names = [step["name"] for step in self.client.get(task)["steps"]]
                self.assertEqual("work_000" in names, items == 50)
                self.assertEqual(len(names), workers + 2)


class FailuresTest(BatchTest):
    ITEMS, ALL = 5000, {"001", "002", "003", "004", "005"}

    def blocked(self, failing):
        """A task of fail_fast that is blocked, and its steps in error."""
        self.put()
        self.dataset.failing = set(failing)
        task = self.client.submit(NAMESPACE, "dataset", {"dataset_size": self.ITEMS},
                                  idempotency_key=str(id(failing)) + str(self.daemon.commits()))
        done = self.client.wait(task)
        self.assertEqual(done["status"], "blocked_by_failures")
        return task, self.failed(task)

    def test_fail_fast_repaired_by_a_reset(self):
        for failing in ({"003"}, self.ALL):
            task, steps = self.blocked(failing)
            self.assertEqual(len(steps), 1)
            self.dataset.failing = set()
            self.act(steps[0], "reset_for_retry")
            self.assertEqual(self.summed(task), {"total": self.ITEMS, "workers": 5, "failed": []})

    def test_fail_fast_repaired_by_a_retry_of_the_task(self):
        for failing in ({"003"}, self.ALL):
            task, _ = self.blocked(failing)
            self.dataset.failing = set()
            done = self.daemon.cli("task", "retry", task, "--reason", "new disks")
            self.assertEqual(done.code, 0, done)
            self.assertEqual(self.summed(task), {"total": self.ITEMS, "workers": 5, "failed": []})

    def test_fail_fast_retried_while_it_is_still_broken(self):
        task, _ = self.blocked({"003"})
        self.assertEqual(self.daemon.cli("task", "retry", task).code, 0)
        self.assertEqual(self.client.wait(task)["status"], "blocked_by_failures")
        self.assertEqual([step["name"] for step in self.failed(task)], ["work_003"])

    def test_fail_fast_repaired_by_hand_one_after_the_other(self):
        """Each resolution lets the others try: the next one fails in turn, until none is left."""
        for action, value in (("complete_manually", {"processed_count": 7}), ("resolve_manually", None)):
            task, steps = self.blocked(self.ALL)
            for _ in self.ALL:
                self.assertEqual(len(steps), 1)
                self.dataset.failing.discard(steps[0]["name"][-3:])
                self.act(steps[0], action, value)
                if self.client.wait(task)["status"] == "complete":
                    break
                steps = self.failed(task)
            done = self.client.wait(task, "ended")
            states = {step["name"]: step["current_state"] for step in done["steps"]}
            by_hand = "complete" if value else "resolved_manually"
            self.assertEqual({states["work_" + each] for each in self.ALL}, {by_hand})

    def tolerated(self, strategy, failing):
        self.put(strategy)
        self.dataset.failing = set(failing)
        task = self.submit(self.ITEMS)
        summed = self.summed(task)
        failed = ["work_" + each for each in sorted(failing)]
        self.assertEqual([step["name"] for step in self.failed(task)], failed)
        self.assertEqual(summed["total"], self.ITEMS - 1000 * len(failing))
        self.assertEqual(summed["workers"], 5 - len(failing))
        entries = self.daemon.query("SELECT step_number FROM dlq")
        self.assertEqual(len(entries), len(failing) if strategy == "isolate" else 0)
        return summed["failed"], failed

    def test_continue_on_failure_with_one(self):
        self.assertEqual(*self.tolerated("continue_on_failure", {"003"}))

    def test_continue_on_failure_with_all(self):
        self.assertEqual(*self.tolerated("continue_on_failure", self.ALL))

    def test_isolate_with_one(self):
        self.assertEqual(self.tolerated("isolate", {"003"})[0], [])

    def test_isolate_with_all(self):
        self.assertEqual(self.tolerated("isolate", self.ALL)[0], [])

    def test_a_tolerated_failure_is_repaired_before_the_sum(self):
        """While another worker still runs: with each action the sum has what that gave."""
        for action, value, total in (("reset_for_retry", None, 5000), ("resolve_manually", None, 4000),
                                     ("complete_manually", {"processed_count": 1}, 4001)):
            with self.subTest(action=action):
                self.repair(action, value, total)

    def repair(self, action, value, total):
        gate = self.gate()
        held = Dataset()
        held.failing = {"001"}
        namespace = "held_" + action
        self.client.put_template(fixture("dataset.yaml").replace("fail_fast", "continue_on_failure").replace(
            NAMESPACE, namespace))

        def work(run):
            if run.step_name == "work_005":
                gate.wait(30)
            return held.work(run)

        worker = self.start_worker(self.daemon, namespace, dict(held.handlers(), work=work), capacity=8)
        task = self.client.submit(namespace, "dataset", {"dataset_size": self.ITEMS})
        steps = eventually(lambda: self.failed(task), "the first has failed")
        held.failing = set()
        self.act(steps[0], action, value)
        gate.set()
        done = self.client.wait(task, "ended")
        self.assertEqual((done["status"], done["tolerated_steps"]), ("complete", 0))
        self.assertEqual(json.loads(results_by_name(done)["sum"])["total"], total)
        worker.stop()


class CliTest(BatchTest):
    """A batch of more than twenty workers is one line for people; programs get all of it."""

    def run_batch(self, count):
        self.client.put_template(fixture("dataset.yaml").replace("max_workers: 10", "max_workers: %d" % count)
                                 .replace("fail_fast", "continue_on_failure"))
        self.dataset.failing = {"002"}
        task = self.submit(count * 1000)
        self.summed(task)
        return task

    def lines(self, *command):
        done = self.daemon.cli(*command, env={"LC_ALL": "C.UTF-8"})
        self.assertEqual((done.code, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_a_large_one(self):
        task = self.run_batch(21)
        lines = self.lines("task", "graph", task)
        self.assertEqual(len(lines), 5, lines)
        self.assertRegex(lines[3], r"21 x work_\* \(batch_worker\) +complete +20 complete, 1 error "
                                   r"\(1 tolerated\)$")
        self.assertRegex(lines[4], r"^   └─ sum .*complete ")
        graph = json.loads(self.lines("task", "graph", task, "--json")[0])
        self.assertEqual(len(graph["nodes"]), 23)
        for form in ("mermaid", "dot"):
            text = "\n".join(self.lines("task", "graph", task, "--format", form))
            self.assertIn("21 x work_*", text)
            self.assertNotIn("work_001", text)
        self.assertEqual(len(self.lines("task", "steps", task)), 24)

    def test_a_small_one(self):
        task = self.run_batch(3)
        self.assertEqual(len(self.lines("task", "graph", task)), 7)
        steps = self.lines("task", "steps", task)
        self.assertRegex(steps[4], r"^work_002 +error .*tolerated: the disk of batch 002 is gone$")
        self.assertIn("1 failed and tolerated", "\n".join(self.lines("task", "get", task)))
        step = self.failed(task)[0]["step_uuid"]
        shown = "\n".join(self.lines("step", "get", step))
        self.assertRegex(shown, r"template +work\n")
        self.assertRegex(shown, r"tolerated +yes")


class ManyTest(BatchTest):
    def test_ten_thousand_workers(self):
        """Made in one commit, run to their end, added up, shown: nothing has a limit below that."""
        count = 10000
        self.client.put_template(fixture("dataset.yaml").replace("max_workers: 10", "max_workers: %d" % count)
                                 .replace("batch_size: 1000, max", "batch_size: 1, max")
                                 .replace("parallelism: 10", "parallelism: 500"))
        task = self.client.submit(NAMESPACE, "dataset", {"dataset_size": count})
        done = self.client.wait(task, "ended", timeout=120)
        self.assertEqual(len(done["steps"]), count + 2)
        self.assertEqual(json.loads(results_by_name(done)["sum"]),
                         {"total": count, "workers": count, "failed": []})
        self.assertEqual(self.daemon.cli("doctor").code, 0)
        # What a result costs does not depend on how many there are.
        statements = self.daemon.stats()["store"]["statements"]
        self.assertLess(statements, 45 * count)


if __name__ == "__main__":
    unittest.main()
