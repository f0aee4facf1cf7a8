"""The router's commands, one a module: `compose`, `plan`, `serve`."""
