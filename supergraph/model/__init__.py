"""The supergraph as values: what is where, who may see it, what clients see of it."""
