"""The router's commands, one a module: `compose`, `check`, `plan`, `serve`."""
