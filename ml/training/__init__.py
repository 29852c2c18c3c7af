"""How the ears and the cello were taught: data, networks and the runs that made the weights."""
