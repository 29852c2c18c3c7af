"""How the ears learn: recordings and made voices, rooms and microphones, the network, and what judges it. [main]"""

from ml.training.ears.run import run

__all__ = ["run"]
