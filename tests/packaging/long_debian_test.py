"""The Debian packages on a fresh Debian: they install, run a workflow, and go without a trace."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ["TMESH_SOURCE_DIR"])
RELEASE = "bookworm"
AS_SERVICE = ["setpriv", "--reuid=taskmesh", "--regid=taskmesh", "--clear-groups", "--"]


def run(*arguments, seconds=900, check=True):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                          timeout=seconds, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C"))
    if check and done.returncode != 0:
        raise AssertionError("%s\n%s%s" % (arguments, done.stdout[-4000:], done.stderr[-4000:]))
    return done


@unittest.skipUnless(os.geteuid() == 0, "a chroot needs root")
class DebianTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run(SOURCE / "bin/install-dependencies", "chroot")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="taskmesh_debian_"))
        cls.addClassCleanup(shutil.rmtree, folder)
        run(SOURCE / "bin/package", folder / "packages")
        cls.packages = sorted((folder / "packages").glob("*.deb"))
        cls.root = folder / "root"
        # What apt knows here is good enough for there: proxies, mirrors, keys.
        mirror = run("sh", "-c", "apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "
                     "'Release: %s' | head -1" % RELEASE, check=False).stdout.strip()
        run("debootstrap", "--variant=minbase", "--include=adduser,init-system-helpers,ca-certificates",
            RELEASE, cls.root, *([mirror] if mirror else []), seconds=1800)
        for path in ("apt.conf.d", "sources.list", "sources.list.d", "trusted.gpg.d", "keyrings"):
            source = pathlib.Path("/etc/apt") / path
            if source.is_dir():
                shutil.copytree(source, cls.root / "etc/apt" / path, dirs_exist_ok=True)
            elif source.exists():
                shutil.copy(source, cls.root / "etc/apt" / path)
        shutil.copy("/etc/resolv.conf", cls.root / "etc/resolv.conf")
        cls.inside("apt-get", "update")

    @classmethod
    def inside(cls, *command, **options):
        return run("chroot", cls.root, *command, **options)

    def setUp(self):
        (self.root / "packages").mkdir(exist_ok=True)
        for package in self.packages:
            shutil.copy(package, self.root / "packages")

    def files(self):
        """All that a package might leave behind."""
        found = self.inside("find", "/etc", "/usr", "/var/lib", "/lib", "/opt", "-xdev", "(",
                            "-iname", "*taskmesh*", ")", "-not", "-path", "/var/lib/dpkg/*")
        return [line for line in found.stdout.splitlines()
                if not line.startswith("/var/lib/apt/lists")]

    def test_lintian_finds_no_errors(self):
        found = run("lintian", "--allow-root", "--fail-on", "error", *self.packages, check=False)
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_it_installs_runs_and_goes(self):
        self.assertEqual(self.files(), [])
        daemon = next(p for p in self.packages if p.name.startswith("taskmesh_"))
        self.inside("apt-get", "install", "--yes", "--no-install-recommends",
                    "/packages/" + daemon.name)
        self.assertIn("/var/lib/taskmesh", self.inside("getent", "passwd", "taskmesh").stdout)
        self.run_a_workflow()
        self.inside("apt-get", "install", "--yes", "--reinstall", "/packages/" + daemon.name)
        self.inside("apt-get", "remove", "--yes", "taskmesh")
        self.assertTrue((self.root / "etc/taskmesh/taskmesh.conf").exists())  # a conffile stays
        self.assertTrue((self.root / "var/lib/taskmesh/taskmesh.db").exists())  # and what it kept
        self.assertFalse((self.root / "usr/bin/taskmeshd").exists())
        self.inside("apt-get", "purge", "--yes", "taskmesh")
        self.assertEqual(self.files(), [])

    def run_a_workflow(self):
        examples = "/usr/share/doc/taskmesh/examples"
        with tempfile.TemporaryFile() as log:
            server = subprocess.Popen(
                ["chroot", str(self.root), *AS_SERVICE, "taskmeshd", "--config",
                 "/etc/taskmesh/taskmesh.conf", "--templates", examples + "/templates"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            worker = subprocess.Popen(
                ["chroot", str(self.root), *AS_SERVICE, "taskmesh", "worker", "run", "--namespace",
                 "examples", "--exec", examples + "/workers/arithmetic"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                self.wait_until_it_answers(server, log)
                done = self.inside("taskmesh", "submit", "examples/diamond", "--context",
                                   '{"n": 6}', "--wait=60")
                self.assertIn("2821109907456", done.stdout)
                self.assertIn("no problems", self.inside("taskmesh", "doctor").stdout)
            finally:
                worker.terminate()
                worker.wait(30)
                server.terminate()
                self.assertEqual(server.wait(30), 0)

    def wait_until_it_answers(self, server, log):
        for _ in range(60):
            if self.inside("taskmesh", "--timeout", "1", "health", check=False).returncode == 0:
                return
            if server.poll() is not None:
                break
            time.sleep(0.1)
        log.seek(0)
        self.fail(log.read().decode())


if __name__ == "__main__":
    unittest.main()
