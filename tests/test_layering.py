"""The directions of imports, and what pure modules leave alone.

import-linter holds the leaves apart; what it cannot say is here: which modules may touch the world, and that only one
package imports moto.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "vpce_emulator": ROOT / "emulator" / "vpce_emulator",
    "vpce_dns": ROOT / "dns" / "vpce_dns",
    "vpce_policies": ROOT / "policies" / "vpce_policies",
}

# What a pure module does not import: input and output, clocks, chance, and whoever brings them along.
WORLDLY = {
    "aiohttp", "asyncio", "boto3", "botocore", "moto", "os", "random", "secrets", "select", "signal", "socket", "ssl",
    "subprocess", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
# Of a worldly module, what a pure one may have: conversions that read no clock.
HARMLESS = {("time", "gmtime"), ("time", "strftime"), ("time", "strptime"), ("uuid", "UUID")}

# Modules that may touch the world. Everything else is pure.
IMPURE = {
    "vpce_dns.connection", "vpce_dns.datagrams", "vpce_dns.server", "vpce_dns.upstream",
    "vpce_emulator.__main__",
    "vpce_emulator.admin", "vpce_emulator.app", "vpce_emulator.cli", "vpce_emulator.config", "vpce_emulator.console",
    "vpce_emulator.control.control", "vpce_emulator.control.deployment", "vpce_emulator.control.describing",
    "vpce_emulator.control.endpoint_interfaces",
    "vpce_emulator.control.file_calls",
    "vpce_emulator.control.source", "vpce_emulator.handler", "vpce_emulator.journal", "vpce_emulator.turnstile",
    "vpce_emulator.network.certificates",
    "vpce_emulator.network.connection", "vpce_emulator.network.doors", "vpce_emulator.network.http_server",
    "vpce_emulator.network.listener",
    "vpce_emulator.network.resolvers", "vpce_emulator.open_network", "vpce_emulator.process",
    "vpce_emulator.pytest_plugin", "vpce_emulator.reading",
    "vpce_emulator.testing", "vpce_emulator.understanding",
    "vpce_emulator.backend", "vpce_emulator.carrying_out",
    "vpce_emulator.aws.service_models",
}  # fmt: skip

MODULES = {
    ".".join((package, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): path
    for package, folder in PACKAGES.items()
    for path in folder.rglob("*.py")
}


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each import of a file: the module, and the name taken from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)


def is_within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("module", sorted(name for name in MODULES if not is_within(name, IMPURE)))
def test_a_pure_module_touches_nothing_of_the_world(module):
    touched = {
        f"{source}.{name}".rstrip(".")
        for source, name in imports(MODULES[module])
        if is_within(source, WORLDLY) and (source, name) not in HARMLESS
    }
    assert not touched


def test_every_module_that_may_touch_the_world_exists():
    assert {name for name in IMPURE if not any(is_within(module, {name}) for module in MODULES)} == set()


def importers_of(package: str) -> set[str]:
    return {module for module, path in MODULES.items() if any(is_within(name, {package}) for name, _ in imports(path))}


def test_only_the_embedded_backend_imports_moto():
    assert all(module.startswith("vpce_emulator.backend.embedded") for module in importers_of("moto"))


def test_only_the_wire_format_imports_dnslib():
    assert importers_of("dnslib") == {"vpce_dns.wire"}


def test_only_programs_import_the_composition_root():
    assert importers_of("vpce_emulator.app") <= {
        "vpce_emulator",
        "vpce_emulator.cli",
        "vpce_emulator.console.topology_check",
        "vpce_emulator.console.up",
    }


def test_the_leaves_import_neither_each_other_nor_the_emulator():
    for leaf, other in (("vpce_dns", "vpce_policies"), ("vpce_policies", "vpce_dns")):
        assert not {module for module in importers_of(other) | importers_of("vpce_emulator") if module.startswith(leaf)}
