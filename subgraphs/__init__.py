"""One package per domain: its entities, its store, its events. None knows another or the router."""
