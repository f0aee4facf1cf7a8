"""Every rule of composition, in the order of the stages that they judge."""

from __future__ import annotations
