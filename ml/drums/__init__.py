"""Drums from a mouth: hits of a beatbox told apart and sent as notes of a drum kit. [ears]"""
