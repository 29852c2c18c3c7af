"""Ears that need no weights: the signal's own repetition and rises, judged by rules. [ears]"""
