"""The page for those who play the cello from Python: what stands there runs, and names all there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from vocello import Cello, DDSPProcessor

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[-1][:30])
def test_a_block_runs_by_itself_and_prints_what_it_promises(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "docs/python.md", "exec"), {})
    promised = re.findall(r"print\(.*\)  # (.*)$", block, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised


@pytest.mark.parametrize("face", [Cello, DDSPProcessor])
def test_every_name_and_default_of_the_face_stands_on_the_page(face: type) -> None:
    for name, method in inspect.getmembers(face, inspect.isfunction):
        if name == "__init__" or not name.startswith("_"):
            wanted = face.__name__ if name == "__init__" else name
            row = next((line for line in PAGE.splitlines() if f"{wanted}(" in line and line.startswith("| `")), "")
            assert row, f"{face.__name__}.{name} is missing"
            for parameter in list(inspect.signature(method).parameters.values())[
                not isinstance(inspect.getattr_static(face, name), staticmethod) :
            ]:
                assert parameter.name in row, f"{face.__name__}.{name}: {parameter.name}"
