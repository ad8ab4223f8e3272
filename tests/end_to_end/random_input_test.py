"""10,000 random messages: each gets an answer, nothing is written, the daemon goes on serving and does
not grow. TMESH_SEED repeats a run, TMESH_RANDOM_MESSAGES makes it longer or shorter."""

import collections
import json
import os
import random
import unittest

import zmq

from bad_input_test import FIELDS, UUID
from harness import EndToEndTest, one_step
from tm1 import open_dealer

MESSAGES = int(os.environ.get("TMESH_RANDOM_MESSAGES", 10_000))
WINDOW = 100          # messages whose answers are awaited together
PER_CONNECTION = 1000
ANSWERS_S = 60
GROWTH_KIB_MAX = 16 * 1024  # from the half to the end: what is kept per message would be more

COMMANDS = [*FIELDS, "PING", "HEALTH", "STATS", "WORKER.LIST", "TASK.NOTHING"]
HARMLESS = {"PING", "DLQ.LIST", "DLQ.STATS", "HEALTH", "STATS", "WORKER.LIST", "TASK.LIST", "TEMPLATE.LIST", "TEMPLATE.GET",
            "WORKER.HELLO", "STEP.RESULT",
            "TASK.RESUME"}  # may be answered 200 without writing anything
OVER_MANY = {"TASK.CANCEL", "TASK.RESOLVE", "TASK.PAUSE"}  # likewise, if all of them are refused
ATOMS = [None, True, False, 0, -1, 1, 0.5, 2**31, 2**63 - 1, "", "t", "none", "x" * 300, UUID,
         "0" * 32, [], {}, {"frame": 0}, {"frame": -1}, {"frame": 2**40}, ["none"], [[[]]]]


class Generator:
    """Messages that are random bytes, broken bodies, or good bodies with random fields. None of them
    is a good request to write: the templates that they name do not exist."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def bytes(self, most):
        return self.random.randbytes(self.random.randint(0, most))

    def value(self, depth=0):
        if depth < 3 and self.random.random() < 0.2:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 4))]
        if depth < 3 and self.random.random() < 0.2:
            return {self.random.choice(["frame", "a", "step_uuid", "run"]): self.value(depth + 1)
                    for _ in range(self.random.randint(0, 4))}
        return self.random.choice(ATOMS)

    def body(self, command):
        good, fields = FIELDS.get(command, ({}, {"x": []}))
        body = {key: "none" if key in ("name", "namespace") else value
                for key, value in good.items()}
        if "namespaces" in body:
            body["namespaces"] = ["none"]  # a worker that nothing comes to
        for field in self.random.sample(list(fields), self.random.randint(0, len(fields))):
            body[field] = self.value()
        if command == "TASK.SUBMIT":
            body["name"] = "none"  # whatever else it says: there is no such template
            body["tasks"] = self.random.choice([None, None, self.value()])
        return json.dumps(body).encode()

    def damaged(self, text):
        damaged = bytearray(text)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randrange(len(damaged) + 1)
            damaged[at:at + self.random.randint(0, 3)] = self.bytes(3)
        return bytes(damaged)

    def message(self, number):
        """Its frames, and the request id that must come back (None: any)."""
        kind = self.random.random()
        if kind < 0.25:
            frames = [self.bytes(40) for _ in range(self.random.randint(1, 8))]
            if kind < 0.1:
                frames[0] = b"TM1"
            return frames, None
        command = self.random.choice(COMMANDS)
        body = self.body(command)
        if kind < 0.5:
            body = self.damaged(body)
        elif kind < 0.6:
            body = self.bytes(300)
        elif kind < 0.65:
            command = self.damaged(command.encode()).decode("latin-1")
        payloads = [self.random.choice([b"{}", b"", b"[", self.bytes(200)])
                    for _ in range(self.random.randint(0, 4))]
        request = b"%d" % number
        return [b"TM1", command.encode("latin-1"), request, body, *payloads], request


class RandomInputTest(EndToEndTest):
    def setUp(self):
        self.seed = int(os.environ.get("TMESH_SEED", random.SystemRandom().getrandbits(32)))
        print("seed: TMESH_SEED=%d" % self.seed, flush=True)
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("t", "one"))
        self.client.submit("t", "one")  # so that there is something to lose

    def answers(self, peer, count):
        """The frames behind the version of that many answers; STEP.RUN does not come."""
        answers = []
        while len(answers) < count:  # ends with the bound of `poll`
            self.assertTrue(peer.poll(ANSWERS_S * 1000), "%d answers are missing"
                            % (count - len(answers)))
            frames = peer.recv_multipart()
            if frames[0] == b"":
                frames = frames[1:]
            self.assertEqual(frames[0], b"TM1")
            answers.append(frames[1:])
        return answers

    def check(self, sent, answers):
        wanted = collections.Counter(request for _, request in sent if request is not None)
        given = collections.Counter(answer[1] for answer in answers)
        self.assertEqual(wanted - given, collections.Counter(), "request ids without an answer")
        commands = {request: frames[1].decode("latin-1") for frames, request in sent if request}
        for status, request, body, *_ in answers:
            self.assertIn(int(status), (200, 400, 404, 409, 413), (request, body))
            body = json.loads(body)
            if status == b"200" and "tasks" in body and commands[request] == "TASK.SUBMIT":
                self.assertGreaterEqual(min(task["status"] for task in body["tasks"]), 400, body)
            elif status == b"200" and commands[request] in OVER_MANY:
                self.assertEqual(body["allowed"], 0, body)
            elif status == b"200":
                self.assertIn(commands.get(request), HARMLESS, body)
            else:
                self.assertTrue(body["error"]["code"] and body["error"]["message"], body)

    def test_each_gets_its_answer_and_nothing_is_written(self):
        before = (self.daemon.contents(), self.daemon.commits())
        generator = Generator(self.seed)
        memory = []
        peer = open_dealer(zmq.Context.instance(), self.daemon.endpoint)
        self.addCleanup(lambda: peer.close())
        for first in range(0, MESSAGES, WINDOW):
            if first % PER_CONNECTION == 0:
                peer.close()
                peer = open_dealer(zmq.Context.instance(), self.daemon.endpoint)
            sent = [generator.message(first + i) for i in range(min(WINDOW, MESSAGES - first))]
            for frames, _ in sent:
                peer.send_multipart(frames)
            self.check(sent, self.answers(peer, len(sent)))
            memory.append(self.daemon.memory_kib())
        self.assertEqual(self.client.ping(timeout=ANSWERS_S).status, 200)
        self.assertEqual((self.daemon.contents(), self.daemon.commits()), before)
        stats = self.daemon.stats()
        self.assertGreater(stats["gateway"]["received"], MESSAGES)
        self.assertEqual([actor["name"] for actor in stats["actors"] if actor["restarts"]], [])
        self.assertLess(memory[-1] - memory[len(memory) // 2], GROWTH_KIB_MAX, memory)
        with self.daemon.worker("t", {"*": lambda run: "still here"}):
            task = self.client.ok("TASK.LIST").body["tasks"][0]["task_uuid"]
            self.assertEqual(self.client.wait(task)["status"], "complete")


if __name__ == "__main__":
    unittest.main()
