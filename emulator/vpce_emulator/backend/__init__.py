"""Where the data is: what the emulator asks of it, and moto, which holds it."""
