"""The cello played by something else than a live voice: a keyboard, a MIDI file, a recording, a program."""
