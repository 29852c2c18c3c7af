"""What a performance is, as values: notes, tempo, edits, MIDI files, and every error the program raises."""
