"""Everything a hand can do to notes in the piano roll: frozen settings, each of which makes an edit of picked notes.

`Quantise(strength=0.5).edit(score, ids)` is an Edit for `score.history.History.do`, or None where nothing would change;
lanes of a track take its id in place of notes. `moving`, `pitches`, `cutting`, `quantising`, `feel`, `loudness` and
`intonation` hold what is done to notes, `drawing` and `lanes` what is drawn, `stepping` what is typed, and `choosing`
says which notes are meant. Nothing here knows a window; all of it is safe on any thread.
"""
