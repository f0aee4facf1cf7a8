"""Values, the rule of the timeline, ids, and the errors of the domain. No I/O, no framework."""
