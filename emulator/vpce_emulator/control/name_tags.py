"""What things are called: their `Name` tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def name_of(described: Mapping[str, Any]) -> str:
    """Return the `Name` tag of a thing that EC2 describes; empty where it has none."""
    return next((str(tag["Value"]) for tag in described.get("Tags", ()) if tag["Key"] == "Name"), "")
