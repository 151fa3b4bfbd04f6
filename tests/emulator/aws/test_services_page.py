"""docs/services.md says what the table says."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_services_is_the_one_that_the_table_makes():
    made = _tool("services_page").page()
    assert (ROOT / "docs" / "services.md").read_text(encoding="utf-8") == made, "make vocabulary writes it anew"
