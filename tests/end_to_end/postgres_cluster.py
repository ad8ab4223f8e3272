"""A PostgreSQL of the tests' own: a new cluster in a temporary folder, reached by a Unix socket in it.
The first database starts it; it ends with the process, and its files go."""

import atexit
import ctypes
import glob
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time

__all__ = ["PostgresCluster", "cluster", "new_database"]

READY_S = 60
STOP_S = 30
PR_SET_PDEATHSIG = 1


def _program(name):
    """The newest that is installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name))
    assert found, "no PostgreSQL server: bin/install-dependencies test"
    return found[-1]


def _server_user():
    """PostgreSQL does not run as root."""
    return pwd.getpwnam("postgres") if os.getuid() == 0 else None


def _become_server():
    user = _server_user()
    if user:
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class PostgresCluster:
    """Start it from the main thread: the server ends with the thread that started it. `source`: another
    one, of which it becomes a standby. `settings`: besides, or instead of, what all have."""

    def __init__(self, *settings, source=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tmesh-pg-"))
        self.settings = settings
        self.numbers = itertools.count(1)
        self.process = None
        atexit.register(self.close)
        user = _server_user()
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        data = str(self.folder / "data")
        if source:
            self._run("pg_basebackup", "-D", data, "-h", str(source.folder), "-U", "postgres",
                      "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        else:
            self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C", "--no-sync", "--no-instructions")
        self.start()

    def _run(self, program, *arguments, check=True):
        with open(self.folder / "log", "ab") as log:
            return subprocess.run([_program(program), *arguments], stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log, cwd=self.folder, timeout=READY_S,
                                  preexec_fn=_become_server, check=check).returncode

    def start(self):
        settings = ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=100",
                    "shared_buffers=32MB", *self.settings]
        arguments = [_program("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        for setting in settings:
            arguments += ["-c", setting]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder,
                                            preexec_fn=_become_server)
        deadline = time.monotonic() + READY_S
        while self._run("pg_isready", "-h", str(self.folder), check=False) != 0:
            assert time.monotonic() < deadline, "PostgreSQL is not ready"
            time.sleep(0.05)

    def stop(self, signal_number=signal.SIGINT):
        """SIGINT: in order; SIGQUIT: as if its machine had failed."""
        process, self.process = self.process, None
        process.send_signal(signal_number)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _signal_all(self, signal_number):
        os.kill(self.process.pid, signal_number)
        for line in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, parent = line.parent.name, line.read_text().rsplit(")", 1)[1].split()[1]
                if int(parent) == self.process.pid:
                    os.kill(int(pid), signal_number)
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended meanwhile

    def freeze(self):
        """Whoever connects is let in by the system, and never answered."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def wait_for_standby(self):
        """From here on no commit is acknowledged that the standby does not have on its disk."""
        self.query("ALTER SYSTEM SET synchronous_standby_names = '*'", "postgres")
        self.query("SELECT pg_reload_conf()", "postgres")
        synchronous = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        deadline = time.monotonic() + READY_S
        while not self.query(synchronous, "postgres"):
            assert time.monotonic() < deadline, "no standby follows"
            time.sleep(0.05)

    def promote(self):
        """A standby takes the place of its source."""
        assert self.query("SELECT pg_promote()", "postgres") == ["t"]

    def close(self):
        if self.process is not None:
            self.thaw()
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, options=""):
        """The URL of an empty one."""
        name = "t%d" % next(self.numbers)
        self.query("CREATE DATABASE %s %s" % (name, options), "postgres")
        return "postgresql:///%s?host=%s&user=postgres" % (name, self.folder)

    def copy_schema(self, source, target):
        """By pg_dump and pg_restore, from one database to another."""
        file = str(self.folder / "dump")
        place = ("-h", str(self.folder), "-U", "postgres", "-d")
        self._run("pg_dump", *place, source, "--schema=taskmesh", "--format=custom", "-f", file)
        self._run("pg_restore", *place, target, "--exit-on-error", file)

    def query(self, sql, database, seconds=READY_S):
        """What psql prints, one line per row."""
        return self.text_of(sql, database, seconds).splitlines()

    def text_of(self, sql, database, seconds=READY_S):
        """What psql prints, as it is."""
        result = subprocess.run([_program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                                 "-h", str(self.folder), "-U", "postgres", "-d", database,
                                 "-c", sql], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, timeout=seconds, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout


_cluster = None
_lock = threading.Lock()


def cluster():
    """The one of this process."""
    global _cluster
    with _lock:
        if _cluster is None:
            _cluster = PostgresCluster()
        return _cluster


def new_database(options=""):
    return cluster().new_database(options)
