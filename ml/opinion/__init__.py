"""A second opinion on pitch: CREPE, on the machine of whoever wants it."""
