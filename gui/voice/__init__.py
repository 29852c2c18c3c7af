"""The window's way to get to know a voice."""
