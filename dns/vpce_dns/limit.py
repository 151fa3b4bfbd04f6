"""How many packets a second a resolver takes from one address."""

from collections import Counter


class PacketLimit:
    """Counts packets by address, in seconds of the clock.

    AWS's resolver takes 1024 packets a second from a network interface and drops what is above
    (https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html, "DNS quotas").

    Args:
        packets_per_second: How many are taken from one address.
    """

    def __init__(self, packets_per_second: int) -> None:
        self._most = packets_per_second
        self._second = 0
        self._taken: Counter[str] = Counter()

    def exceeded(self, address: str, now: float) -> bool:
        """Count a packet, and tell whether it is one too many.

        Args:
            address: Where it came from.
            now: Seconds, from any clock that does not go back.
        """
        if int(now) != self._second:
            self._second = int(now)
            self._taken.clear()
        self._taken[address] += 1
        return self._taken[address] > self._most
