"""What is reachable from where, and how: types of subgraphs as nodes, joined by moves."""
