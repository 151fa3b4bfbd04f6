"""A split-horizon DNS server: each VPC's resolver answers from its own view of the name space.

A `View` holds the records that one network sees and the names that it owns; `resolve` answers a `Question` from it,
purely; `DnsServer` does so over UDP and TCP, and asks an `Upstream` for the rest.
"""

from vpce_dns.resolution import Answer, NotOwned, Question, ResourceRecord, ResponseCode, resolve
from vpce_dns.server import DnsServer, PortInUse, QueryRecord
from vpce_dns.upstream import Upstream, UpstreamError
from vpce_dns.zone import DEFAULT_TTL, RecordSet, RecordType, View, canonical, type_name

__all__ = [
    "DEFAULT_TTL",
    "Answer",
    "DnsServer",
    "NotOwned",
    "PortInUse",
    "QueryRecord",
    "Question",
    "RecordSet",
    "RecordType",
    "ResourceRecord",
    "ResponseCode",
    "Upstream",
    "UpstreamError",
    "View",
    "canonical",
    "resolve",
    "type_name",
]
