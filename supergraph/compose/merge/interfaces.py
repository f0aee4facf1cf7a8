"""Merge interface types."""

from __future__ import annotations

from supergraph.compose.merge.objects import merge_object

# An interface has what an object has; that its implementations have its fields is a rule about
# the merged schema.
merge_interface = merge_object
