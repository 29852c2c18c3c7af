"""Where sound comes from and goes to: a card, a clock without one, or a file. Each runs the same callback."""
