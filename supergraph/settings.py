"""What the router takes from the environment; the rest stands in `router.yaml`."""

from __future__ import annotations

from chassis.settings import ProcessSettings


class RouterSettings(ProcessSettings):
    """What holds where `router.yaml` does not say otherwise. Read by `chassis.settings.load`."""
