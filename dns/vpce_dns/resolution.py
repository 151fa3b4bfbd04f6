"""Question → View → Answer: what a resolver that sees one view of the name space says. Pure."""

from dataclasses import dataclass
from enum import IntEnum

from vpce_dns.zone import DEFAULT_TTL, RecordSet, RecordType, View, ancestors, canonical, type_name

INTERNET = 1
"""The class IN (RFC 1035 section 3.2.4)."""

MAX_CHAIN = 16
"""CNAMEs followed for one question; what is longer is taken for a loop, as resolvers do."""


class ResponseCode(IntEnum):
    """RCODEs (RFC 1035 section 4.1.1; BADVERS: RFC 6891 section 9)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    BADVERS = 16


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        name: The name in presentation format, any letter case, with or without the trailing dot.
        type: The number of the record type; any 16-bit value can be asked for.
        record_class: The class; 1 is IN.
    """

    name: str
    type: int
    record_class: int = INTERNET

    def __str__(self) -> str:
        return f"{canonical(self.name)}. {type_name(self.type)}"


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """One record of an answer: owner name, type, seconds to live, and the value as a zone file writes it."""

    name: str
    type: int
    ttl: int
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the view says.

    Attributes:
        rcode: NOERROR with no `records` of the type asked is NODATA.
        records: The answer section: the CNAMEs followed, then the records asked for, in the view's order.
        authority: The zone's SOA in NXDOMAIN and NODATA, else empty.
    """

    rcode: ResponseCode
    records: tuple[ResourceRecord, ...] = ()
    authority: tuple[ResourceRecord, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IPv4 and IPv6 addresses among the records, in order."""
        return tuple(record.value for record in self.records if record.type in {RecordType.A, RecordType.AAAA})


@dataclass(frozen=True, slots=True)
class NotOwned:
    """The view has no say: somebody else is to be asked.

    Attributes:
        name: The name to ask for: the question's, or where a CNAME of the view points.
        via: The CNAMEs of the view that led there; they come first in the final answer.
    """

    name: str
    via: tuple[ResourceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class _Node:
    """What is at one name: the view that knows of it, the zone it is in, whether it exists there, its record sets."""

    view: View
    apex: str | None
    exists: bool
    sets: tuple[RecordSet, ...]


def resolve(question: Question, view: View) -> Answer | NotOwned:
    """Answer a question as the resolver with that view does.

    A CNAME is followed as long as the view knows its target (RFC 1034 section 4.3.2, step 3a); the response code and
    the SOA are those of the last name (RFC 6604). ANY gets one record set, the first in the view, which for an
    endpoint's name is the addresses (RFC 8482 section 4.1). A class other than IN is refused as a matter of policy
    (RFC 1035 section 4.1.1); questions for meta-types other than ANY, such as AXFR, are not implemented (RFC 8906
    section 3.1.2, RFC 6895 section 3.1); every other type is data that a name has or has not.
    """
    if question.record_class != INTERNET:
        return Answer(ResponseCode.REFUSED)
    if question.type == RecordType.OPT or 128 <= question.type < RecordType.ANY:
        return Answer(ResponseCode.NOTIMP)
    name, via = canonical(question.name), ()  # type: tuple[str, tuple[ResourceRecord, ...]]
    while len(via) <= MAX_CHAIN:
        node = _find(name, view)
        if not node.exists and node.apex is None:
            return NotOwned(name, via)
        chosen = _choose(node.sets, question.type)
        if chosen is None:
            return Answer(ResponseCode.NOERROR if node.exists else ResponseCode.NXDOMAIN, via, _authority(node))
        via += _rows(name, chosen)
        if chosen.type != RecordType.CNAME or question.type in {RecordType.CNAME, RecordType.ANY}:
            return Answer(ResponseCode.NOERROR, via)
        name = canonical(chosen.values[0])
    return Answer(ResponseCode.SERVFAIL)


def leads_to_a_zone(name: str, view: View) -> bool:
    """Say whether a canonical name that the view has no say in exists all the same: the root, and what is above a zone.

    There is something beneath it, so nobody may say that it does not exist (RFC 8020).
    """
    if not name or any(apex.endswith(f".{name}") for apex in view.owned):
        return True
    return view.beneath is not None and leads_to_a_zone(name, view.beneath)


def _find(name: str, view: View) -> _Node:
    """Look a canonical name up in a view, and in those beneath it as long as none has a say."""
    node = _find_in(name, view)
    while node.apex is None and not node.exists and node.view.beneath is not None:
        node = _find_in(name, node.view.beneath)
    return node


def _find_in(name: str, view: View) -> _Node:
    """Look a canonical name up: itself, else the wildcard at its closest encloser (RFC 4592 section 3.3.1)."""
    apex = view.apex_of(name)
    if name in view.records or name == apex:
        return _Node(view, apex, exists=True, sets=_sets_at(name, view))
    nodes = view.nodes[apex]
    if name in nodes:
        # An empty non-terminal exists only in a zone of the view: outside, what is under it is no reason to own it.
        return _Node(view, apex, exists=apex is not None, sets=())
    encloser = next((ancestor for ancestor in ancestors(name) if ancestor in nodes), None)
    wildcard = None if encloser is None else view.records.get(f"*.{encloser}" if encloser else "*")
    # INVARIANT: the wildcard is of the same zone as the name, because it hangs on a node of that zone; unless it is
    # itself an apex, and then it is not the name's zone's to use.
    if wildcard is None or f"*.{encloser}" in view.owned:
        return _Node(view, apex, exists=False, sets=())
    return _Node(view, apex, exists=True, sets=wildcard)


def _sets_at(name: str, view: View) -> tuple[RecordSet, ...]:
    """Return the record sets of a name; the apex of a zone has an SOA always (RFC 1034 section 4.2.1)."""
    sets = view.records.get(name, ())
    if name in view.owned and not any(record_set.type == RecordType.SOA for record_set in sets):
        return (*sets, _start_of_authority())
    return sets


def _start_of_authority() -> RecordSet:
    """Return the SOA of a zone that names none.

    The servers, serial and times are those that Route 53 gives private hosted zones, but for the last, which is how
    long a negative answer may be kept (RFC 2308 section 5): an endpoint that is created later must not stay unseen
    for longer than one whose addresses changed, so it is the TTL of the addresses instead of a day.
    """
    value = f"ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 {DEFAULT_TTL}"
    return RecordSet(RecordType.SOA, DEFAULT_TTL, (value,))


def _choose(sets: tuple[RecordSet, ...], question_type: int) -> RecordSet | None:
    """Return the record set that answers a type: the set of that type, or the CNAME, or for ANY the first."""
    for record_set in sets:
        if record_set.type in {question_type, RecordType.CNAME} or question_type == RecordType.ANY:
            return record_set
    return None


def _rows(name: str, record_set: RecordSet) -> tuple[ResourceRecord, ...]:
    return tuple(ResourceRecord(name, record_set.type, record_set.ttl, value) for value in record_set.values)


def _authority(node: _Node) -> tuple[ResourceRecord, ...]:
    """Return the SOA that a negative answer of a zone carries.

    AWS's positive answers have no authority section. A negative one without an SOA could not be cached (RFC 2308
    section 5), and RFC 2308 section 3 asks it of whoever is authoritative, which the view is for what it owns. Its
    TTL is the lower of the record's own and its last field.
    """
    if node.apex is None:
        return ()
    soa = next(record_set for record_set in _sets_at(node.apex, node.view) if record_set.type == RecordType.SOA)
    ttl = min(soa.ttl, int(soa.values[0].split()[-1]))
    return (ResourceRecord(node.apex, RecordType.SOA, ttl, soa.values[0]),)
