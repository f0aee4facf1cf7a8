"""Words of the federation specification: directives, link, the join spec, field sets.

No behaviour lives here; every stage speaks these words.
"""
