"""What the command line prints, and the programs behind its longer commands."""
