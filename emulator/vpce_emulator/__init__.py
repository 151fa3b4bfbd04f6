"""AWS VPC endpoints on this machine: names, addresses, routes, policies and denials as inside a VPC.

The public API is what `__all__` lists. It is imported when it is first used, because moto takes a second to import and
the pytest plugin is loaded by every test run of a project that has it installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vpce_emulator.app import Emulator
    from vpce_emulator.config import ConfigurationError, Settings
    from vpce_emulator.process import EmulatorDidNotStart, EmulatorProcess
    from vpce_emulator.topology_file import TopologyFile
    from vpce_emulator.topology_reading import TopologyFileError, load_topology, parse_topology

__all__ = [
    "ConfigurationError",
    "Emulator",
    "EmulatorDidNotStart",
    "EmulatorProcess",
    "Settings",
    "TopologyFile",
    "TopologyFileError",
    "load_topology",
    "parse_topology",
]

_MODULES = {
    "ConfigurationError": "config",
    "Emulator": "app",
    "EmulatorDidNotStart": "process",
    "EmulatorProcess": "process",
    "Settings": "config",
    "TopologyFile": "topology_file",
    "TopologyFileError": "topology_reading",
    "load_topology": "topology_reading",
    "parse_topology": "topology_reading",
}


def __getattr__(name: str) -> object:
    """Import a part of the public API at its first use (PEP 562)."""
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
