"""What the program remembers of its user: values, and the file that keeps them."""
