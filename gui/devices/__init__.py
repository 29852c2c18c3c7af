"""Which card, microphone, keyboards and port: chosen in the window."""
