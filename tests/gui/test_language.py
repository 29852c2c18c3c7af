"""The window can be translated: all its words are found by Qt's own tool, and a translation is spoken."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PyQt6.QtCore import QCoreApplication, QTranslator

from gui import language
from gui.language import speak

ROOT = Path(__file__).parents[2]
_MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")


def translated(context: str, source: str, translation: str) -> bytes:
    """A `.qm` of one message, as `lrelease` would write it."""
    key = 0
    for byte in source.encode():
        key = (key << 4) + byte
        high = key & 0xF000_0000
        key = (key ^ (high >> 24)) & ~high & 0xFFFF_FFFF
    words = translation.encode("utf-16-be")
    message = struct.pack(">BI", 3, len(words)) + words
    for tag, text in ((6, source), (7, context)):
        message += struct.pack(">BI", tag, len(text.encode())) + text.encode()
    hashes = struct.pack(">II", key or 1, 0)
    sections = ((0x42, hashes), (0x69, message + b"\x01"))
    return _MAGIC + b"".join(struct.pack(">BI", tag, len(data)) + data for tag, data in sections)


@pytest.fixture
def folder(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(language, "folders", lambda: (tmp_path,))
    yield tmp_path
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)


def test_a_translation_is_spoken_where_one_is_preferred(qapp, folder):
    (folder / "vocello_de.qm").write_bytes(translated("commands", "Save", "Sichern"))
    assert speak(qapp, ("de-AT", "de", "en")) == "de_AT"  # Qt takes the language where the country has none
    assert QCoreApplication.translate("commands", "Save") == "Sichern"
    assert QCoreApplication.translate("commands", "Undo") == "Undo"


def test_whoever_prefers_english_or_what_nobody_translated_has_english(qapp, folder):
    (folder / "vocello_de.qm").write_bytes(translated("commands", "Save", "Sichern"))
    assert speak(qapp, ("en-GB", "de")) == "en" and speak(qapp, ("fi",)) == "en"
    assert QCoreApplication.translate("commands", "Save") == "Save"


def test_every_word_of_the_window_is_found_by_the_translators_tool(tmp_path):
    target = tmp_path / "vocello_xx.ts"
    command = [str(Path(sys.executable).parent / "pylupdate6"), "--ts", str(target), str(ROOT / "gui")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = {
        context.findtext("name"): [message.findtext("source") for message in context.iter("message")]
        for context in ElementTree.parse(target).iter("context")
    }
    assert {"Save", "Quantise to sixteenths"} <= set(found["commands"]) and "Microphone" in found["Strip"]
    assert sum(map(len, found.values())) > 100
    assert all(text for texts in found.values() for text in texts)
