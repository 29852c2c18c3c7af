"""Effects and instruments that a user writes in Python: read, proved in a process of their own, and watched."""
