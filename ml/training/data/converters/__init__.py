"""One file for each set: from its authors' layout into the one that training reads. [main]"""
