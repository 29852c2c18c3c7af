"""VST3 plugins, each in a process of its own: found, played over shared memory, watched, and brought back. [main]"""
