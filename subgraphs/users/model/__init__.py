"""Values, the rules of names, passwords and ids, and the errors of the domain. No I/O."""
