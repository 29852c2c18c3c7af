"""Processors, written in Python or hosted from VST3, that the rack plays. [main]"""
