"""moto in this process, as the emulator's backend. No other package imports moto."""

from vpce_emulator.backend.embedded.backend import EmbeddedBackend

__all__ = ["EmbeddedBackend"]
