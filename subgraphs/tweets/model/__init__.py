"""Values, the rules of text and ids, and the errors of the domain. No I/O, no framework."""
