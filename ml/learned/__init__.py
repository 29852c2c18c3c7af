"""Ears that learned: what a network is shown, what it says, and what that means. [ears]"""
