"""Route 53's private hosted zones in moto, as the VPCs' resolvers need them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from vpce_emulator.topology.models import PrivateZone, ZoneRecord


def private_zones(account_id: str, partition: str = "aws") -> Iterator[PrivateZone]:
    """Yield an account's private hosted zones; none as long as nobody called Route 53, which need not be loaded."""
    models = sys.modules.get("moto.route53.models")
    if models is None or account_id not in models.route53_backends:
        return
    for zone in tuple(models.route53_backends[account_id][partition].zones.values()):
        if zone.private_zone:
            vpcs = frozenset(each["vpc_id"] for each in zone.vpcs)
            yield PrivateZone(zone.name, vpcs, tuple(_records(zone.rrsets)))


def _records(record_sets: list[Any]) -> Iterator[ZoneRecord]:
    sets = tuple(record_sets)
    # With no weight but 0 they all answer:
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-weighted.html
    weighted = {(each.name, each.type) for each in sets if str(each.weight) not in ("None", "0")}
    for each in sets:
        out_of_weight = str(each.weight) == "0" and (each.name, each.type) in weighted
        # Health checks are not made, so a failover never happens: the primary answers.
        if each.failover != "SECONDARY" and not out_of_weight:
            alias = each.alias_target or {}
            values = tuple(map(_value, each.records or ()))
            yield ZoneRecord(each.name, str(each.type), _ttl(each.ttl), values, alias.get("DNSName") or "")


def _value(record: str | Mapping[str, str]) -> str:
    """Return a record's value, which the API stores as text and CloudFormation may store with its name."""
    return record if isinstance(record, str) else record["Value"]


def _ttl(written: object) -> int:
    text = str(written)
    return int(text) if text.isdigit() else 0
