"""What the network says of a hop, number by number: the one place where its outputs have their meaning.

Plain values, shared by training, export and the ears. [any]
"""

from __future__ import annotations

import numpy as np

SPAN_MS = 10.0
SOONEST_MS, OLDEST_MS = -30.0, 100.0
SPANS = round((OLDEST_MS - SOONEST_MS) / SPAN_MS)  # of the time since the newest onset; one more says: none so near
SPAN_AGES_MS = SOONEST_MS + SPAN_MS * (np.arange(SPANS) + 0.5)

PITCH_STEP_ST = 0.25
PITCH_REACH_ST = 3.5
PITCHES = round(2 * PITCH_REACH_ST / PITCH_STEP_ST) + 1
PITCH_AWAY_ST = PITCH_STEP_ST * np.arange(PITCHES) - PITCH_REACH_ST
ELSEWHERE = 3  # an octave below what was heard, an octave above, somewhere else
OCTAVE_ST = 12.0

AGE = slice(0, SPANS + 1)  # chances that add up to one
PITCH = slice(AGE.stop, AGE.stop + PITCHES + ELSEWHERE)  # likewise
SOUNDS, SINGS, DRUMS = range(PITCH.stop, PITCH.stop + 3)  # a chance each
OUTPUTS = DRUMS + 1
