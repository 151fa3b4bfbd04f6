"""The program `vpce`, which `python -m vpce_emulator` is as well."""

import signal


def main() -> None:
    """Run the command line.

    While it is imported there is nothing to be closed: an interrupt ends the process at once and quietly.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from vpce_emulator.cli import main as command_line  # noqa: PLC0415 - see above

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command_line(prog_name="vpce")


if __name__ == "__main__":
    main()
