"""How fast the emulator is, beside moto_server, MiniStack, dnslib and dnsmasq: `make bench`."""
