"""The four heads of the network."""
