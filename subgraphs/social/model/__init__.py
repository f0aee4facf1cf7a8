"""Values, the rules of names and ids, and the errors of the domain. No I/O, no framework."""
