"""The daemon is killed in its first moments, and while templates come in: the file is never damaged,
and what was acknowledged is there."""
import json
import os
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import unittest

from harness import HERE, Daemon, EndToEndTest, template
from storm import draw_seed

KILLS = 12
EARLY_S = 0.3
PUTS = 40


def check_file(test, path):
    """On a copy, so that what the dead daemon left stays as it is for the next one."""
    if not path.exists():
        return
    with tempfile.TemporaryDirectory(prefix="tmesh-copy-") as copy:
        for file in path.parent.glob(path.name + "*"):
            shutil.copy(file, copy)
        db = sqlite3.connect(pathlib.Path(copy) / path.name)
        test.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        test.assertEqual(tables > 0, version > 0, "half a schema")
        db.close()


class EarlyKillTest(EndToEndTest):
    def setUp(self):
        self.chance = random.Random(draw_seed())

    def daemon_with_templates(self):
        source = pathlib.Path(os.environ.get("TMESH_SOURCE_DIR", HERE.parent.parent))
        daemon = Daemon(templates=source / "conf" / "templates")
        self.addCleanup(daemon.close)
        return daemon

    def kill_early(self, daemon):
        daemon.spawn()
        time.sleep(self.chance.uniform(0, EARLY_S) ** 2 / EARLY_S)  # more of them very early
        daemon.sigkill()
        check_file(self, daemon.store_path)

    def check_serves(self, daemon):
        daemon.start()
        with daemon.client() as client:
            listed = client.ok("TEMPLATE.LIST", {"namespace": "examples"}).body["templates"]
            self.assertGreaterEqual(len(listed), 3)
            task = client.submit("examples", "linear", b'{"n": 2, "number": 2}')
            with daemon.worker("examples", {"*": lambda run: 1}):
                self.assertEqual(client.wait(task)["status"], "complete")
        daemon.stop()

    def test_kills_at_the_start_of_one_file(self):
        daemon = self.daemon_with_templates()
        for _ in range(KILLS):
            self.kill_early(daemon)
        self.check_serves(daemon)

    def test_kills_while_a_new_file_is_made(self):
        for _ in range(KILLS):
            daemon = self.daemon_with_templates()
            self.kill_early(daemon)
            daemon.start()
            daemon.stop()
            check_file(self, daemon.store_path)
            daemon.close()

    def test_kills_while_templates_are_registered(self):
        daemon = self.daemon_with_templates()
        acknowledged = {}
        for kill in range(KILLS):
            daemon.start()
            with daemon.client() as client:
                # One that is surely acknowledged, then as many as get through before the kill.
                first = f"{kill}.{PUTS}.0"
                acknowledged[first] = client.ok("TEMPLATE.PUT", {"source": {"frame": 0}},
                                                [self.source(first)]).body["hash"]
                sent = {}
                for patch in range(PUTS):
                    version = f"{kill}.{patch}.0"
                    sent[client.send("TEMPLATE.PUT", {"source": {"frame": 0}},
                                     [self.source(version)])] = version
                time.sleep(self.chance.uniform(0, 0.05))
                daemon.sigkill()
                acknowledged.update(self.read_answers(client, sent))
            check_file(self, daemon.store_path)
        daemon.start()
        with daemon.client() as client:
            listed = client.ok("TEMPLATE.LIST", {"namespace": "early"}).body["templates"]
            known = {each["version"]: each["hash"] for each in listed}
            for version, hash_text in acknowledged.items():
                self.assertEqual(known.get(version), hash_text, version)
            for version in known:
                got = client.ok("TEMPLATE.GET",
                                {"namespace": "early", "name": "one", "version": version})
                self.assertEqual(json.loads(got.frames[0])["steps"][0]["name"], "work")
        print(f"{len(acknowledged)} of {KILLS * (PUTS + 1)} were acknowledged, {len(known)} are there",
              file=sys.stderr)
        self.assertTrue(acknowledged)
        daemon.stop()
        self.check_serves(daemon)

    @staticmethod
    def source(version):
        return template("early", "one", {"work": []}, version=version).encode()

    @staticmethod
    def read_answers(client, sent):
        """version -> hash of those that were acknowledged before the kill."""
        answers = {}
        while client.socket.poll(100):  # ends with what had come
            _, status, number, body = client.socket.recv_multipart()
            if status in (b"200", b"201"):
                answers[sent[number]] = json.loads(body)["hash"]
        return answers


if __name__ == "__main__":
    unittest.main(verbosity=2)
