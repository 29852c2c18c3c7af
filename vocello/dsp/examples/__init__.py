"""Five worked examples of DSP in Python; a rack finds each by its name: python:wavefolder.py."""
