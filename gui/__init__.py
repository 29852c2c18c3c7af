"""The app: what is seen of the score, and what the hand does to it. [gui]"""
