"""What exists in the network, and what follows from it: names, addresses, routes and paths. All of it pure."""
