"""The tree that `cmake --install` makes: what it shows, and programs that know nothing else."""

import gzip
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["TMESH_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["TASKMESH_BIN"]).parent
EXAMPLES = SOURCE / "examples"
C_SAYS = ["shop/order: complete",
          'charge: complete after 2 attempts: {"charged":true}',
          'ship: complete after 1 attempts: {"charged":true}']
CHECKPOINT_SAYS = ["attempt 1 begins at item 0", "attempt 2 begins at item 400",
                   "complete after 2 attempts: 500500"]
CPP_SAYS = ['{"n":12}: complete, sum: 12',
            '{"n":-12}: blocked_by_failures, sum: a negative sum', "events were told"]
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror"]


def run(*arguments, **options):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                          timeout=240, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise AssertionError("%s\n%s%s" % (arguments, done.stdout, done.stderr))
    return done.stdout


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="taskmesh_installed_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        [cls.pkg_config] = cls.prefix.rglob("pkgconfig")
        cls.libraries = cls.pkg_config.parent
        cls.environment = dict(os.environ, PKG_CONFIG_PATH=str(cls.pkg_config),
                               LD_LIBRARY_PATH=str(cls.libraries))

    def flags(self, *options):
        return run("pkg-config", *options, "taskmesh", env=self.environment).split()

    def says(self, program):
        return run(program, env=self.environment).splitlines()

    def test_cmake_finds_it(self):
        run("cmake", "-S", EXAMPLES, "-B", self.folder / "examples",
            "-DCMAKE_PREFIX_PATH=%s" % self.prefix)
        run("cmake", "--build", self.folder / "examples")
        self.assertEqual(self.says(self.folder / "examples" / "embed_c"), C_SAYS)
        self.assertEqual(self.says(self.folder / "examples" / "embed_checkpoint"), CHECKPOINT_SAYS)
        self.assertEqual(self.says(self.folder / "examples" / "embed_cpp"), CPP_SAYS)
        self.assertEqual(self.says(self.folder / "examples" / "embed_c_static"), C_SAYS)
        needed = run("ldd", self.folder / "examples" / "embed_c_static")
        self.assertNotIn("libtaskmesh", needed)

    def test_pkg_config_finds_it(self):
        flags = self.flags("--cflags", "--libs")
        for example, compiler, says in (("embed_c/main.c", ("cc", "-std=c99"), C_SAYS),
                                        ("embed_checkpoint/main.c", ("cc", "-std=c99"), CHECKPOINT_SAYS),
                                        ("embed_cpp/main.cpp", ("c++", "-std=c++11"), CPP_SAYS)):
            program = self.folder / "by_pkg_config"
            run(*compiler, *STRICT, EXAMPLES / example, *flags, "-o", program)
            self.assertEqual(self.says(program), says)

    def test_the_daemon_is_a_program_on_the_library(self):
        daemon = self.folder / "daemon"
        run("cc", "-std=gnu2x", "-D_GNU_SOURCE", "-I%s" % SOURCE, *STRICT,
            *(SOURCE / "bin/taskmeshd").glob("*.c"), *self.flags("--cflags", "--libs"), "-o", daemon)
        said = run(daemon, "--version", env=self.environment)
        self.assertEqual(said, run(self.prefix / "bin/taskmeshd", "--version"))

    def test_every_header_stands_alone_in_c99_and_in_cpp(self):
        for header in (self.prefix / "include/taskmesh").glob("*.h"):
            source = self.folder / "alone.c"
            source.write_text("#include <taskmesh/%s>\n" % header.name)
            include = "-I%s" % (self.prefix / "include")
            run("cc", "-std=c99", *STRICT, "-fsyntax-only", include, source)
            run("c++", "-std=c++11", *STRICT, "-fsyntax-only", "-x", "c++", include, source)

    def test_the_library_shows_what_its_headers_say_and_nothing_else(self):
        promised = set()
        for header in (self.prefix / "include/taskmesh").glob("*.h"):
            code = re.sub(r"/\*.*?\*/", "", header.read_text("utf-8"), flags=re.DOTALL)
            promised |= set(re.findall(r"TASKMESH_API\s[^;(]*?(tmesh_\w+)\(", code))
        self.assertIn("tmesh_runtime_open", promised)
        shared = self.libraries / "libtaskmesh.so"
        shown = run("nm", "--dynamic", "--defined-only", "--format=posix", shared)
        self.assertEqual({line.split()[0] for line in shown.splitlines()}, promised)
        shown = run("nm", "--extern-only", "--defined-only", "--format=posix",
                    self.libraries / "libtaskmesh.a")
        self.assertEqual({line.split()[0] for line in shown.splitlines() if " " in line}, promised)
        self.assertRegex(run("readelf", "--dynamic", shared), r"soname: \[libtaskmesh\.so\.\d+\]")

    def test_manual_pages_tell_every_command(self):
        program = self.prefix / "bin/taskmesh"
        commands = re.findall(r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  ", run(program, "--help"), re.MULTILINE)
        self.assertIn("task list", commands)
        page = gzip.decompress((self.prefix / "share/man/man1/taskmesh.1.gz").read_bytes()).decode()
        for command in commands:
            self.assertIn('.SS "taskmesh %s"' % command, page)
        daemon = gzip.decompress((self.prefix / "share/man/man8/taskmeshd.8.gz").read_bytes())
        self.assertIn(rb"\-\-check\-config", daemon)

    def test_every_manual_is_installed(self):
        manuals = {path.name for path in (SOURCE / "docs").glob("*.md")} - {"README.md"}
        self.assertIn("OPERATIONS.md", manuals)
        installed = {path.name for path in (self.prefix / "share/doc/taskmesh").glob("*.md")}
        self.assertEqual(installed, manuals)

    def completions(self, *words):
        script = self.prefix / "share/bash-completion/completions/taskmesh"
        asked = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _taskmesh; ' \
                'printf "%s\\n" "${COMPREPLY[@]}"'
        return run("bash", "-c", asked, script, self.prefix / "bin/taskmesh", *words).split()

    def test_bash_completes_commands_and_options(self):
        self.assertEqual(self.completions("sub"), ["submit"])
        self.assertIn("worker", self.completions(""))
        self.assertEqual(self.completions("task", "li"), ["list"])
        self.assertEqual(self.completions("--endpoint", "ipc://x", "task", "li"), ["list"])
        self.assertEqual(self.completions("task", "list", "--names"), ["--namespace"])
        self.assertEqual(self.completions("submit", "shop/order", "--wa"), ["--wait"])

    def test_the_installed_configuration_is_good(self):
        [conf] = self.prefix.rglob("taskmesh.conf")
        self.assertIn("the configuration is good",
                      run(self.prefix / "bin/taskmeshd", "--config", conf, "--check-config"))
        self.assertIn("/lib/taskmesh/taskmesh.db", conf.read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
