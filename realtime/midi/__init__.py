"""MIDI in and out: bytes to events and back, ports on every system, clock. Nothing else imports rtmidi."""
