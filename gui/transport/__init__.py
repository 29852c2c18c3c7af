"""Play, stop, record: and where one is."""
