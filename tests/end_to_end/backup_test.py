"""taskmesh backup: the copy has all that was acknowledged before it, starts as a store, and is never
half there, whatever happens to the daemon that makes it."""
import json
import pathlib
import sqlite3
import tempfile
import unittest

from harness import Daemon, EndToEndTest, cli, eventually, one_step, template
from storm import Storm, draw_seed

CONFLICT = 4
LARGE_CONTEXT = json.dumps({f"key_{i}": "x" * 1000 for i in range(1000)}).encode()
LARGE_TASKS = 40  # some 40 MB in all
KILLS = 4
TASKS_BEFORE = 150  # of the storm


def folder_for(test):
    folder = tempfile.TemporaryDirectory(prefix="tmesh-copy-")
    test.addCleanup(folder.cleanup)
    return pathlib.Path(folder.name)


def daemon_on(test, path, **options):
    daemon = Daemon(store=f"sqlite:{path}", **options)
    daemon.store_path = path
    test.addCleanup(daemon.close)
    return daemon.start()


def check_sound(test, path):
    db = sqlite3.connect(path)
    test.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
    db.close()


class StormTest(EndToEndTest):
    def test_has_what_was_acknowledged_before_and_goes_on_from_there(self):
        copy = folder_for(self) / "copy.db"
        with Storm(draw_seed()) as storm:
            storm.start_worker()
            storm.start_cli_worker()
            for _ in range(2):
                storm.start_client(slots=24)
            eventually(lambda: self.has_plenty(storm), "each client has made some tasks")
            storm.wait_until_busy()
            acknowledged = [task for _, task in self.acknowledged(storm)]
            commits = storm.daemon.commits()
            told = json.loads(self.ok(storm.daemon.cli("backup", copy, "--json")))
            self.assertEqual(told["file"], str(copy))
            self.assertEqual(told["bytes"], copy.stat().st_size)
            storm.wait_until_busy()
            self.assertGreater(storm.daemon.commits(), commits)  # nobody was stopped by it
            self.assertEqual(storm.daemon.cli("doctor").stdout, "no problems\n")
            storm.settle(60)
            storm.stop()
            storm.check(self)
        self.goes_on(copy, acknowledged, told["tasks"])

    @staticmethod
    def acknowledged(storm):
        return [(client, entry["task"]) for client, entry in storm.read("client-*")
                if entry["what"] == "acknowledged"]

    def has_plenty(self, storm):
        told = self.acknowledged(storm)
        return len(told) >= TASKS_BEFORE and len({client for client, _ in told}) == 2

    def goes_on(self, copy, acknowledged, tasks):
        check_sound(self, copy)
        daemon = daemon_on(self, copy, lost_after_ms=1000, heartbeat_ms=300)
        self.assertEqual(daemon.cli("doctor").stdout, "no problems\n")
        self.assertEqual(daemon.query("SELECT count(*) FROM tasks"), [(tasks,)])
        self.assertIn("node.took_over", daemon.log())
        with daemon.client() as client:
            for task in acknowledged:
                self.assertEqual(client.ok("TASK.GET", {"task_uuid": task}).status, 200)
        with daemon.worker("storm", {"*": lambda run: run.step_name}, capacity=50):
            eventually(lambda: not daemon.query("SELECT 1 FROM tasks WHERE completed_ms = 0"),
                       "every task of the copy ends", 60)
        self.assertEqual(daemon.cli("doctor").stdout, "no problems\n")
        daemon.stop()

    def ok(self, done):
        self.assertEqual((done.code, done.stderr), (0, ""))
        return done.stdout


class MemoryTest(EndToEndTest):
    def test_a_store_in_memory_becomes_a_file(self):
        copy = folder_for(self) / "copy.db"
        daemon = self.start_daemon(store="sqlite::memory:")
        with daemon.client() as client:
            client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
            with daemon.worker("t", {"*": lambda run: 1}):
                done = client.submit("t", "two", {"n": 1})
                client.wait(done)
            waits = client.submit("t", "two", {"n": 2})
            answer = client.ok("BACKUP", {"file": str(copy)}).body
        self.assertEqual(answer["tasks"], 2)
        second = daemon_on(self, copy)
        with second.client() as client:
            self.assertEqual(client.get(done)["status"], "complete")
            with second.worker("t", {"*": lambda run: 1}):
                self.assertEqual(client.wait(waits)["status"], "complete")
        second.stop()


class InterruptedTest(EndToEndTest):
    """The daemon ends in the middle of a backup."""

    def setUp(self):
        self.folder = folder_for(self)
        self.copy = self.folder / "copy.db"
        self.daemon = self.start_daemon()
        with self.daemon.client() as client:
            client.put_template(one_step("t", "large"))
            self.tasks = [client.submit("t", "large", LARGE_CONTEXT, idempotency_key=str(i))
                          for i in range(LARGE_TASKS)]

    def unfinished(self):
        return list(self.folder.glob(".taskmesh-backup-*"))

    def begin(self, client):
        """Asks for a backup, and waits until it is being made."""
        number = client.send("BACKUP", {"file": str(self.copy), "replace": True})
        eventually(lambda: self.unfinished() or self.copy.exists(), "it has begun", every=0)
        return number

    def check_copy(self):
        """Not there, or whole. Is it?"""
        if not self.copy.exists():
            return False
        check_sound(self, self.copy)
        return True

    def test_killed_it_leaves_no_half_file_and_the_store_is_fine(self):
        middle = 0
        for _ in range(KILLS):
            with self.daemon.client() as client:
                self.begin(client)
                self.daemon.sigkill()
            middle += not self.check_copy()
            self.copy.unlink(missing_ok=True)
            for path in self.unfinished():
                path.unlink()
            self.daemon.start()
            self.assertEqual(self.daemon.cli("doctor").stdout, "no problems\n")
            self.assertEqual(self.daemon.query("SELECT count(*) FROM tasks"), [(LARGE_TASKS,)])
        self.assertGreater(middle, 0, "no kill hit a backup")
        done = self.daemon.cli("backup", self.copy)
        self.assertEqual((done.code, done.stderr), (0, ""))
        self.assertTrue(self.check_copy())

    def test_stopped_it_leaves_nothing_behind(self):
        with self.daemon.client() as client:
            number = self.begin(client)
            self.daemon.stop()
            answer = client.receive(number)
        if answer.status != 200:
            self.assertEqual((answer.status, answer.body["error"]["code"]), (503, "stopping"))
        self.assertEqual(self.check_copy(), answer.status == 200)
        self.assertEqual(self.unfinished(), [])

    def test_queries_and_submissions_are_answered_meanwhile(self):
        with self.daemon.client() as client, self.daemon.client() as other:
            number = self.begin(client)
            task = other.submit("t", "large", {"n": 1})
            self.assertEqual(other.get(task)["status"], "steps_in_process")
            answer = client.receive(number, timeout=60)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn(answer.body["tasks"], (LARGE_TASKS, LARGE_TASKS + 1))
        self.assertTrue(self.check_copy())


class CommandTest(EndToEndTest):
    def setUp(self):
        self.folder = folder_for(self)
        self.daemon = self.start_daemon()

    def backup(self, *arguments):
        return self.daemon.cli("backup", *arguments, cwd=self.folder)

    def refused(self, *arguments, code, says):
        before = sorted(self.folder.iterdir())
        done = self.backup(*arguments)
        self.assertEqual((done.code, done.stdout), (code, ""), done)
        self.assertIn(f"({says}, /file)", done.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_a_relative_path_means_the_folder_of_the_person(self):
        done = self.backup("copy.db")
        self.assertEqual((done.code, done.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()],
                         ["file", "tasks", "size", "took"])
        self.assertIn(f"{self.folder}/copy.db", done.stdout)
        self.assertEqual([each.name for each in self.folder.iterdir()], ["copy.db"])
        self.assertEqual((self.folder / "copy.db").stat().st_mode & 0o777, 0o600)
        self.refused("copy.db", code=CONFLICT, says="file_exists")
        self.assertEqual(self.backup("copy.db", "--replace").code, 0)

    def test_bad_places(self):
        (self.folder / "text").write_text("mine")
        self.refused("text", "--replace", code=CONFLICT, says="not_a_store")
        self.refused("no/such/folder", code=1, says="no_such_folder")
        self.refused("text/copy.db", code=1, says="no_such_folder")
        self.refused(".", code=1, says="not_a_file")
        self.refused(self.folder, "--replace", code=1, says="not_a_file")
        self.refused(self.daemon.store_path, "--replace", code=CONFLICT, says="file_in_use")
        self.refused("n" * 300, code=1, says="cannot_write")
        self.assertEqual((self.folder / "text").read_text(), "mine")

    def test_bad_bodies(self):
        with self.daemon.client() as client:
            for body, code in (({}, "missing_field"), ({"file": 1}, "wrong_type"),
                               ({"file": ""}, "too_short"), ({"file": "/" + "x" * 4095}, "too_long"),
                               ({"file": "/a\0b"}, "zero_byte"),
                               ({"file": "copy.db"}, "relative_path")):
                reply = client.request("BACKUP", body)
                self.assertEqual((reply.status, reply.body["error"]["code"]), (400, code))
                self.assertEqual(reply.body["error"]["where"], "/file")
            reply = client.request("BACKUP", {"file": "/a", "replace": "yes"})
            self.assertEqual((reply.status, reply.body["error"]["where"]), (400, "/replace"))
        self.assertEqual(self.backup().code, 2)
        self.assertEqual(self.backup("one", "two").code, 2)

    def test_help_says_whose_file_it_is_and_nobody_is_unavailable(self):
        done = self.backup("--help")
        self.assertEqual(done.code, 0)
        self.assertIn("the server's machine", done.stdout)
        done = cli(f"ipc://{self.folder}/nobody.sock", "--timeout", "0.3", "backup", "x.db")
        self.assertEqual((done.code, done.stdout), (5, ""))


if __name__ == "__main__":
    unittest.main()
