"""What tracks sound like: the session as a rack, the mixer, the editor of a track's chain."""
