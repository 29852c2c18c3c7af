"""The app's session without a window: what is open, what was done, and the folder that keeps it."""
