"""The bowed string: a network thinks, a bank of sines and noise sounds, a hall answers. [audio]"""
