"""Weights, each with a card that says what it is and proves it by its hash. [any]"""
