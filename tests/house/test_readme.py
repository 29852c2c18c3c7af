"""Every block of the README does what it says, typed in order by a reader who has the checkout before them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.transcript import Block, Command, Shell, agrees, blocks, commands
from tests.house.tree import ROOMS, ROOT, program_files

README = ROOT / "README.md"
PAGE = README.read_text(encoding="utf-8") if README.exists() else ""
PATIENCE_S = 400  # the first command ever may have to compile everything

# What a reader has before them: the rest of the checkout is there, but `run` installs nothing, since that would change
# the very environment these tests run in, and `check` would run this test again.
RUN = f'#!/usr/bin/env bash\n[[ $# -gt 0 ]] || set -- start\nexec "{sys.executable}" -m vocello "$@"\n'
CHECK = "#!/usr/bin/env bash\n"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A fresh checkout, and a shell in it: what one block leaves behind, the next one finds."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        # The program itself comes from where it is, or its compiled code would be looked for under another name.
        if path.name not in ("run", "check", "demo", *ROOMS) and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    for name, script in (("run", RUN), ("check", CHECK)):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    yield Shell(folder, {**os.environ, "PATH": programs, "PYTHONPATH": str(ROOT)}, PATIENCE_S)


def of_kind(kind: str) -> list[Block]:
    return [block for block in blocks(PAGE) if block.kind == kind]


def at_line(block: Block) -> str:
    return f"line {block.line}"


def check(command: Command, shell: Shell) -> None:
    code, seen = shell.type(command)
    assert agrees(command.promised, seen), f"$ {command.typed}\nprinted:\n{seen}\npromised:\n{command.promised}"
    refused = command.promised.startswith("vocello: ")
    assert code == (2 if refused else 130 if command.before_interrupt is not None else 0), f"$ {command.typed}\n{seen}"


def test_there_is_a_readme_with_something_to_type():
    assert README.exists(), "README.md is missing"
    assert of_kind("console"), "README.md has no block ```console"


@pytest.mark.timeout(PATIENCE_S + 60)
@pytest.mark.parametrize("block", of_kind("console"), ids=at_line)
def test_a_console_block_prints_what_it_shows(block: Block, shell: Shell):
    typed = commands(block.text)
    assert typed
    for command in typed:
        check(command, shell)


@pytest.mark.timeout(PATIENCE_S + 60)
@pytest.mark.parametrize("block", of_kind("python"), ids=at_line)
def test_a_python_block_stands_in_the_program_or_runs(block: Block, shell: Shell):
    if any(block.text.strip() in (ROOT / path).read_text(encoding="utf-8") for path in program_files()):
        return
    check(Command(f"{sys.executable} - <<'END_OF_BLOCK'\n{block.text}\nEND_OF_BLOCK", "…"), shell)


def test_what_is_typed_in_other_blocks_are_commands_there_are():
    """A block without a kind is a picture, or commands to be typed alone: those must exist."""
    lines = [line.split() for block in of_kind("") for line in block.text.splitlines() if line.startswith("./")]
    assert [line[0] for line in lines if not os.access(ROOT / line[0], os.X_OK)] == []


def test_a_link_leads_to_a_file():
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", PAGE)
    assert [link for link in links if not (ROOT / link).exists()] == []
