"""What the daemon tells systemd."""

import os
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import READY_S, STOP_S, bin_path, spawn


class NotifyTest(unittest.TestCase):
    def tell(self, name, bound_to):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(bound_to)
            manager.settimeout(READY_S)
            environment = dict(os.environ, NOTIFY_SOCKET=name)
            with tempfile.TemporaryDirectory() as folder:
                daemon = spawn([bin_path("taskmeshd"), "--store", "sqlite::memory:", "--bind",
                                "ipc://%s/door" % folder, "--set", "publish="],
                               env=environment, stderr=subprocess.DEVNULL)
                self.addCleanup(daemon.kill)
                said = [manager.recv(100)]
                daemon.send_signal(signal.SIGTERM)
                said.append(manager.recv(100))
                self.assertEqual(daemon.wait(STOP_S), 0)
        self.assertEqual(said, [b"READY=1", b"STOPPING=1"])

    def test_ready_and_stopping_by_a_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "notify")
            self.tell(path, path)

    def test_the_same_by_an_abstract_name(self):
        name = "taskmesh-notify-%d" % os.getpid()
        self.tell("@" + name, "\0" + name)


if __name__ == "__main__":
    unittest.main()
