"""What the app hears at this moment: level, pitch, and what there is to say about it."""
