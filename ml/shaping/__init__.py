"""From what is sung to what is played: modes, keys, chords, and the singer's own tuning. [ears]"""

from ml.shaping.chord import CHORDS, Chord
from ml.shaping.scale import MODES, Scale
from ml.shaping.shape import AUTO, Mode, Outside, Shape
from ml.shaping.shaper import Shaper

__all__ = ["AUTO", "CHORDS", "MODES", "Chord", "Mode", "Outside", "Scale", "Shape", "Shaper"]
