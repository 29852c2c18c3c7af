"""Every error that Vocello raises on purpose, on one screen.

What flows in: what happened, and what to do about it. What flows out: one line a user can act on; the command line
prints it and ends with exit code 2, the app shows it where the hand is. Anything else that is raised is a bug.
"""

from __future__ import annotations


class VocelloError(Exception):
    """Something a user can put right: `what` happened, and what is needed or to be typed (`fix`). [any]"""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what, fix)
        self.what, self.fix = what, fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".rstrip()


class UsageError(VocelloError):
    """A command was given something it cannot work with. [any]"""


class SettingsError(VocelloError):
    """A settings file holds what cannot be meant. [any]"""


class DeviceError(VocelloError):
    """A sound device is missing, or refuses what was asked of it. [any]"""


class DeviceLost(DeviceError):
    """A sound device went away while it played. [any]"""


class PortError(VocelloError):
    """A MIDI port is missing, taken, or not to be had on this system. [any]"""


class KernelError(VocelloError):
    """A kernel does not compile, or breaks the rules of the audio thread. [any]"""


class RackError(VocelloError):
    """Slots, wires or knobs that do not fit each other. [any]"""


class EngineError(VocelloError):
    """The engine was asked for what it cannot do now. [any]"""


class EngineLost(EngineError):
    """The engine's process has ended; `restart()` brings it back in the same state. [any]"""


class ProtocolError(EngineError):
    """A message to the engine, or from it, that is not one. [any]"""


class ModelError(VocelloError):
    """A model, or what was fed to it, is not what it must be. [any]"""


class EditError(VocelloError):
    """An edit that would leave the score in a state no score can have. [any]"""


class FileError(VocelloError):
    """A file is missing, damaged, or not to be written. [any]"""


class AudioFileError(FileError):
    """A sound file that cannot be read or written. [any]"""


class MidiFileError(FileError):
    """A Standard MIDI File that cannot be understood. [any]"""


class ScoreFileError(FileError):
    """A score or an edit, written as JSON, that cannot be understood. [any]"""


class SessionError(FileError):
    """The folder of a session cannot be read, written, or is open elsewhere. [any]"""


class RackFileError(FileError):
    """A file of a rack or a preset that cannot be understood. [any]"""
