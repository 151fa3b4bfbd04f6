"""`python -m vpce_emulator` is `vpce`."""

from vpce_emulator.cli import main

if __name__ == "__main__":
    main()
