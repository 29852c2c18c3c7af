"""The piano roll: a track drawn, and what the hand does to it told as edits; geometry and gestures stand without Qt."""

from gui.roll.view import PianoRoll

__all__ = ["PianoRoll"]
