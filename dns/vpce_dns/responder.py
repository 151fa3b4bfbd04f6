"""Packets in, packets out: everything the server can say without asking anyone, and the cache of it. No IO."""

from dataclasses import dataclass

from vpce_dns.query import TCP_PAYLOAD, MalformedMessage, Query, is_query, read_query
from vpce_dns.resolution import Answer, NotOwned, Question, ResponseCode, leads_to_a_zone, resolve
from vpce_dns.wire import Message, write_answer, write_error
from vpce_dns.zone import View

CACHED_ANSWERS = 16_384
"""Answers kept for one view and transport, a few types of 5,000 names; what is beyond pushes out the oldest."""
CACHED_QUERY_LENGTH = 512
"""Bytes of the longest query that is remembered: no honest one is longer, and memory is for those."""


class Reply:
    """An answer ready to be sent to any number of clients that ask the same.

    Attributes:
        answered: The question and what was said to it; None when the query could not be read.
    """

    __slots__ = (
        "_after",
        "_before",
        "_head",
        "_question_end",
        "_row_length",
        "_rows",
        "_rows_length",
        "_turn",
        "answered",
    )

    def __init__(self, message: Message, answered: tuple[Question, Answer] | None = None) -> None:
        self.answered = answered
        self._head = message.head
        self._question_end = 12 + message.question_length
        self._before = message.before
        # Twice over, so that every rotation is one slice.
        self._rows = message.rows * 2 if message.row_length else message.rows
        self._rows_length = len(message.rows)
        self._row_length = message.row_length
        self._after = message.after
        self._turn = 0

    def packet(self, query: bytes) -> bytes:
        """Return the answer to `query`, with its id and its letter case; the addresses begin one further each time."""
        turn = self._turn
        end = turn + self._rows_length
        if self._row_length:
            turn_next = turn + self._row_length
            self._turn = turn_next if turn_next < self._rows_length else 0
        return b"".join(
            (query[:2], self._head, query[12 : self._question_end], self._before, self._rows[turn:end], self._after)
        )


@dataclass(frozen=True, slots=True)
class Forward:
    """The query is for someone else to answer."""

    query: Query
    not_owned: NotOwned


class Responder:
    """Answers packets of one transport from a view.

    Args:
        tcp: Whether the answers go over TCP, where nothing is truncated below 65,535 bytes.
        forwards: Whether there is an upstream for what the view does not own; without one that is NXDOMAIN. Such an
            NXDOMAIN has no SOA, so that nobody caches it (RFC 2308 section 5).
    """

    def __init__(self, *, tcp: bool, forwards: bool) -> None:
        self._tcp = tcp
        self._forwards = forwards
        self._view: View | None = None
        self._replies: dict[bytes, Reply] = {}

    def respond(self, packet: bytes, view: View) -> Reply | Forward | None:
        """Decide about one packet; None means that nothing is to be sent.

        A query is remembered by its bytes without the id and without the letter case of its name, and answered from
        memory as long as the view is the same object.
        """
        if view is not self._view:
            self._view = view
            self._replies.clear()
        # The first zero byte ends the name, or lies in one of its labels: either way all before it is name, whose
        # length bytes (at most 63) are no letters. What follows must match exactly.
        # INVARIANT: only queries that were read without fault are remembered, so a match is as well formed.
        end = packet.find(0, 12)
        key = packet[2:12] + packet[12:end].lower() + packet[end:]
        reply = self._replies.get(key)
        if reply is not None:
            return reply
        decided = self._decide(packet, view)
        if isinstance(decided, Reply) and decided.answered is not None and len(packet) <= CACHED_QUERY_LENGTH:
            if len(self._replies) >= CACHED_ANSWERS:
                del self._replies[next(iter(self._replies))]
            self._replies[key] = decided
        return decided

    def _decide(self, packet: bytes, view: View) -> Reply | Forward | None:
        if not is_query(packet):
            return None
        try:
            query = read_query(packet)
        except MalformedMessage:
            return Reply(write_error(packet, ResponseCode.FORMERR))
        answer = _unsupported(query) or resolve(query.question, view)
        if isinstance(answer, Answer):
            return self.reply(query, answer)
        if not self._forwards:
            exists = leads_to_a_zone(answer.name, view)
            return self.reply(query, Answer(ResponseCode.NOERROR if exists else ResponseCode.NXDOMAIN, answer.via))
        if not query.recursion_desired:
            # Nobody else may be asked, and the view has no say (RFC 1034 section 4.3.1).
            return self.reply(query, Answer(ResponseCode.REFUSED))
        return Forward(query, answer)

    def limit(self, query: Query) -> int:
        """Return how many bytes an answer may have."""
        return TCP_PAYLOAD if self._tcp else query.udp_payload

    def reply(self, query: Query, answer: Answer) -> Reply:
        """Return the answer as it goes to the client."""
        return Reply(write_answer(query, answer, self.limit(query)), (query.question, answer))


def _unsupported(query: Query) -> Answer | None:
    """Answer what is not for the view: other opcodes (RFC 1035), later versions of EDNS (RFC 6891 section 6.1.3)."""
    if query.opcode != 0:
        return Answer(ResponseCode.NOTIMP)
    if query.edns is not None and query.edns.version > 0:
        return Answer(ResponseCode.BADVERS)
    return None
