"""The takes of a track under its notes: which of them stands where, and what the second look at one would correct."""
