"""`./run` installs once, repairs what was interrupted, waits for another `./run`, and stays out of the way.

A stand-in for Python takes down what it was asked to install, and leaves the rest to the real one; so nothing is
fetched. The real installation is what `./check` begins with.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PYTHON = f"""#!/usr/bin/env bash
# Stands for python: `venv` copies it, `pip` takes down what it is told, `vocello` says what it was given.
home=@HOME@
case "$1 $2" in
    "-m venv") mkdir -p "$3/bin"; cp "$home/python3" "$3/bin/python"; echo "version = 3.12.1" >"$3/pyvenv.cfg" ;;
    "-m pip")
        echo "pip ${{@: -1}}" >>"$home/log"
        [[ ! -e $home/pip-fails ]] || exit 1
        [[ ! -e $home/pip-is-slow ]] || sleep 1
        echo "done ${{@: -1}}" >>"$home/log"
        ;;
    "-m vocello") shift 2; printf 'vocello'; printf ' <%s>' "$@"; printf '\\n' ;;
    "-c import pip") ;;
    *) exec {sys.executable} "$@" ;;
esac
"""
APT_GET = """#!/bin/sh
words=$(echo "$*" | sed 's/.*Use-Pty=0 //')
echo "$DEBIAN_FRONTEND: $words" >>"@LOG@"
"""
# What Qt's wheel expects of a desktop: libraries, and the packages they come in.
OF_WINDOWS = re.findall(r"^\t(lib\S+\.so\.\d+) (\S+)$", (ROOT / "run").read_text(), re.MULTILINE)
WINDOWS = "".join(f"echo {library}\n" for library, _ in OF_WINDOWS)
LDCONFIG = "#!/bin/sh\necho libportaudio.so.2 libjack.so.0\n" + WINDOWS


class Checkout:
    """A checkout with a `run`, on a machine whose Python only pretends to install."""

    def __init__(self, folder: Path, machine: Path) -> None:
        self.folder, self.machine, self.log = folder, machine, machine / "log"
        folder.mkdir()
        machine.mkdir()
        for name in ("run", "setup.cfg", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, folder / name)
        self.program("python3", PYTHON.replace("@HOME@", str(machine)))
        self.program("ldconfig", LDCONFIG)

    def program(self, name: str, script: str) -> None:
        (self.machine / name).write_text(script)
        (self.machine / name).chmod(0o755)

    def as_if_user(self, number: int) -> None:
        """Make the script take this number for the user's; 0 is root."""
        script = (self.folder / "run").read_text()
        assert "$EUID" in script
        (self.folder / "run").write_text(script.replace("$EUID", str(number)))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PATH": f"{self.machine}:/usr/bin:/bin", "VOCELLO_PYTHON": ""}
        return subprocess.Popen(
            [self.folder / "run", *arguments],
            cwd=self.machine,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        said, complained = process.communicate()
        return process.returncode, said, complained

    def installed(self) -> list[str]:
        """What pip was told since this was last asked."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout", tmp_path / "machine")


def installation(folder: Path) -> list[str]:
    return ["pip setuptools", "done setuptools", f"pip {folder}[gui]", f"done {folder}[gui]"]


def test_the_first_run_installs_and_the_second_does_not(checkout: Checkout):
    code, said, complained = checkout.run("listen", "a voice.wav")
    assert (code, said) == (0, "vocello <listen> <a voice.wav>\n"), complained
    assert "Installing" in complained
    assert checkout.installed() == installation(checkout.folder)
    assert checkout.run("--help") == (0, "vocello <--help>\n", "")
    assert checkout.installed() == []


def test_without_a_command_it_starts_what_suits(checkout: Checkout):
    assert checkout.run()[1] == "vocello <start>\n"


@pytest.mark.parametrize("name", ["setup.cfg", "pyproject.toml", "constraints.txt"])
def test_a_change_of_what_is_asked_for_installs_again(checkout: Checkout, name: str):
    checkout.run()
    checkout.installed()
    with (checkout.folder / name).open("a") as file:
        file.write("# changed\n")
    assert checkout.run()[0] == 0
    assert checkout.installed() == installation(checkout.folder)


def test_a_failed_installation_says_so_and_is_made_anew(checkout: Checkout):
    (checkout.machine / "pip-fails").touch()
    code, said, complained = checkout.run()
    assert (code, said) == (1, "")
    assert "did not finish" in complained.splitlines()[-1]
    (checkout.machine / "pip-fails").unlink()
    (checkout.folder / ".venv/half").touch()
    checkout.installed()
    assert checkout.run()[0] == 0
    assert checkout.installed() == installation(checkout.folder)
    assert not (checkout.folder / ".venv/half").exists()


def test_a_killed_installation_is_made_anew(checkout: Checkout):
    checkout.run()
    (checkout.folder / ".venv/.unfinished").touch()
    checkout.installed()
    assert checkout.run("--help")[1] == "vocello <--help>\n"
    assert checkout.installed() == installation(checkout.folder)


def test_a_checkout_that_was_moved_is_installed_where_it_is_now(checkout: Checkout):
    checkout.run()
    checkout.installed()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    assert checkout.run()[0] == 0
    assert checkout.installed() == installation(checkout.folder)


def test_two_at_once_install_once(checkout: Checkout):
    (checkout.machine / "pip-is-slow").touch()
    both = [checkout.start("--help"), checkout.start("--help")]
    assert [process.communicate()[0] for process in both] == ["vocello <--help>\n"] * 2
    assert checkout.installed() == installation(checkout.folder)


def test_a_link_to_it_is_as_good(checkout: Checkout):
    checkout.run()
    link = checkout.machine / "vocello"
    link.symlink_to(checkout.folder / "run")
    answer = subprocess.run([link, "--help"], capture_output=True, text=True)
    assert (answer.stdout, answer.stderr) == ("vocello <--help>\n", "")


def test_no_suitable_python_is_said_in_one_line(checkout: Checkout):
    for name in ("python3", "python3.13", "python3.12", "python3.11", "python3.10"):
        checkout.program(name, "#!/bin/sh\nexit 1\n")
    code, said, complained = checkout.run("--help")
    assert (code, said) == (1, "")
    assert complained.startswith("vocello: no Python 3.10 to 3.13 was found. Type: ")
    assert complained.count("\n") == 1


def test_a_name_on_the_path_that_leads_nowhere_is_passed_over(checkout: Checkout):
    shutil.copy(checkout.machine / "python3", checkout.machine / "python3.12")
    checkout.program("python3.13", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    (checkout.machine / "python3").rename(checkout.machine / "aside")
    checkout.program("python3", "#!/bin/sh\nexit 1\n")
    script = checkout.machine / "python3.12"
    script.write_text(script.read_text().replace('cp "$home/python3"', 'cp "$home/python3.12"'))
    assert checkout.run("--help")[1] == "vocello <--help>\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")
def test_missing_libraries_are_installed_at_once_by_root(checkout: Checkout):
    checkout.as_if_user(0)
    checkout.program("ldconfig", "#!/bin/sh\necho libjack.so.0\n" + WINDOWS)
    checkout.program("apt-get", APT_GET.replace("@LOG@", str(checkout.log)))
    assert checkout.run("--help")[0] == 0
    assert checkout.installed()[0] == "noninteractive: install libportaudio2"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")
def test_what_windows_need_is_installed_with_them(checkout: Checkout):
    checkout.as_if_user(0)
    checkout.program("ldconfig", "#!/bin/sh\necho libportaudio.so.2\necho libjack.so.0\n")
    checkout.program("apt-get", APT_GET.replace("@LOG@", str(checkout.log)))
    assert checkout.run("--help")[0] == 0
    assert len(OF_WINDOWS) == 20
    assert checkout.installed()[0] == "noninteractive: install " + " ".join(package for _, package in OF_WINDOWS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")
def test_without_rights_or_a_terminal_one_line_says_what_to_type(checkout: Checkout):
    checkout.as_if_user(1000)
    checkout.program("ldconfig", "#!/bin/sh\n" + WINDOWS)
    checkout.program("apt-get", APT_GET.replace("@LOG@", str(checkout.log)))
    code, said, complained = checkout.run("--help")
    assert (code, said) == (0, "vocello <--help>\n")
    told = "Vocello needs libportaudio2 libjack-jackd2-0. Type: sudo apt-get install libportaudio2 libjack-jackd2-0"
    assert told in complained.splitlines()
    assert checkout.installed() == installation(checkout.folder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")
def test_a_list_of_packages_that_is_too_old_is_fetched_anew(checkout: Checkout):
    checkout.as_if_user(0)
    checkout.program("ldconfig", "#!/bin/sh\necho libportaudio.so.2\n" + WINDOWS)
    only_after_update = '[ "$words" != update ] || touch "$0.fresh"\n[ -e "$0.fresh" ]\n'
    checkout.program("apt-get", APT_GET.replace("@LOG@", str(checkout.log)) + only_after_update)
    assert checkout.run("--help")[0] == 0
    asked = "noninteractive: install libjack-jackd2-0"
    assert checkout.installed()[:3] == [asked, "noninteractive: update", asked]
