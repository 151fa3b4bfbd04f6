"""Which client calls, and over which path: doors, their sockets and their certificates."""
