"""How a bowed string learns: recordings taken apart, the network and its sound, two lessons, what judges it. [main]"""
