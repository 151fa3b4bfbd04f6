"""The Availability Zones of each Region, as an account sees them by name.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_THREE: Final = (
    "af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 "
    "ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 cn-northwest-1 eu-central-1 eu-central-2 "
    "eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 "
    "sa-east-1 us-east-2 us-gov-east-1 us-gov-west-1"
)
_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(_THREE.split(), "abc"),
        "ap-northeast-1": "acd",
        "ap-northeast-2": "abcd",
        "ca-central-1": "abd",
        "cn-north-1": "ab",
        "us-east-1": "abcdef",
        "us-west-1": "ab",
        "us-west-2": "abcd",
    }
)

REGIONS: Final = tuple(sorted(_LETTERS))
"""The Regions whose zones are known."""


def zones_of_region(region: str) -> tuple[str, ...]:
    """Return the names of a Region's Availability Zones, in order; none of a Region that is not known."""
    return tuple(f"{region}{letter}" for letter in _LETTERS.get(region, ""))
