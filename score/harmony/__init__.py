"""What notes mean together: scales, the key they are in, the chords they make."""
