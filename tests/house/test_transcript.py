"""The reader of transcripts would see a page that promises what is not so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.house.transcript import Command, Shell, agrees, blocks, commands

PAGE = """\
# A page

```console
$ echo one
one
$ printf 'two\\n' \\
>   ; echo three
two
three
```

1. in a list

   ```python
   if True:
       pass
   ```

````
```console
$ not a command, but a picture of one
```
````
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, dict(os.environ), patience_s=60)


def test_blocks_have_kind_text_and_place():
    assert [(block.kind, block.line) for block in blocks(PAGE)] == [("console", 3), ("python", 14), ("", 19)]
    assert blocks(PAGE)[1].text == "if True:\n    pass"


def test_commands_come_with_what_they_promise():
    first, second = commands(blocks(PAGE)[0].text)
    assert first == Command("echo one", "one")
    assert second == Command("printf 'two\\n' \\\n  ; echo three", "two\nthree")


def test_a_console_block_without_a_prompt_is_a_mistake():
    with pytest.raises(ValueError, match="begins with"):
        commands("echo one")


@pytest.mark.parametrize(
    ("promised", "seen", "verdict"),
    [
        ("one", "one\n", True),
        ("one", "one \n", True),
        ("one", "two\n", False),
        ("one", "one\ntwo\n", False),
        ("", "one\n", False),
        ("…", "", True),
        ("… notes in … s", "12 notes in 3.1 s\n", True),
        ("… notes in … s", "12 notes\n", False),
        ("first\n…\nlast", "first\na\nb\nlast\n", True),
        ("a.c", "abc", False),
        ("red", "\x1b[31mred\x1b[0m\n", True),
    ],
)
def test_an_ellipsis_stands_for_anything_and_nothing_else_does(promised: str, seen: str, verdict: bool):
    assert agrees(promised, seen) is verdict


def test_a_shell_remembers_its_folder_and_tells_the_exit_code(shell: Shell):
    assert shell.type(Command("mkdir inner && cd inner", "")) == (0, "")
    assert shell.type(Command("basename $PWD; false", "inner")) == (1, "inner\n")


def test_errors_are_seen_too(shell: Shell):
    assert shell.type(Command("echo wrong >&2; exit 2", "wrong")) == (2, "wrong\n")


def test_ctrl_c_is_pressed_when_what_stands_before_it_has_been_seen(shell: Shell):
    program = "import time\\ntry: print('ready'); time.sleep(60)\\nexcept KeyboardInterrupt: print('bye')"
    command = Command(f'exec python3 -c "$(printf "{program}")"', "ready\n^C\nbye")
    code, seen = shell.type(command)
    assert agrees(command.promised, seen)
    assert code == 0


def test_a_command_that_never_ends_is_ended(tmp_path: Path):
    with pytest.raises(TimeoutError, match="started"):
        Shell(tmp_path, dict(os.environ), patience_s=1).type(Command("echo started; sleep 600", ""))
