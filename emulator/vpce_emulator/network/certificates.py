"""The local certificate authority, and the certificates that doors serve under it.

One authority a user, made at the first use of TLS and kept, so that it has to be trusted once. Its key is readable by
its owner alone. A server certificate is made for the name that the client asks for (SNI, RFC 6066 section 3).
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import trustme

from vpce_emulator.config import ConfigurationError

CERTIFICATE_FILE = "ca.pem"
AUTHORITY_FILE = "ca-with-key.pem"
# What a client that names no server may have dialled.
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class CertificateAuthority:
    """Signs the certificates of doors. Reads or makes its own key at the first use, not before."""

    def __init__(self, directory: Path) -> None:
        """Name the directory where the authority is, or is to be made."""
        self._directory = directory
        self._authority: trustme.CA | None = None
        self._serving: ssl.SSLContext | None = None
        self._for_name = lru_cache(maxsize=1024)(self._new_context)

    def certificate(self) -> Path:
        """Return the file that clients have to trust (`AWS_CA_BUNDLE`).

        Raises:
            ConfigurationError: the directory cannot be written, or what is in it is no authority.
        """
        self._ensure()
        return self._directory / CERTIFICATE_FILE

    def serving(self) -> ssl.SSLContext:
        """Return the context of a TLS server that answers to whichever name a client asks for.

        Raises:
            ConfigurationError: as `certificate`.
        """
        if self._serving is None:
            self._serving = self._new_context(*LOOPBACK_NAMES)
            self._serving.sni_callback = self._name_asked_for
        return self._serving

    def _name_asked_for(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        if name:
            try:
                connection.context = self._for_name(name)
            except ValueError:  # no host name: RFC 6066 has an alert for it
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _new_context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._ensure().issue_cert(*names).configure_cert(context)
        return context

    def _ensure(self) -> trustme.CA:
        if self._authority is None:
            try:
                self._authority = self._read_or_make()
            except (OSError, ValueError) as error:
                message = (
                    f"the local certificate authority in {self._directory} cannot be used: {error}; "
                    "remove it, or name another directory with --state-directory"
                )
                raise ConfigurationError(message) from error
        return self._authority

    def _read_or_make(self) -> trustme.CA:
        kept = self._directory / AUTHORITY_FILE
        if not kept.exists():
            self._make(kept)
        pem = kept.read_bytes()
        authority = trustme.CA.from_pem(pem, pem)
        published = self._directory / CERTIFICATE_FILE
        if not published.exists():
            authority.cert_pem.write_to_path(str(published))
        return authority

    def _make(self, kept: Path) -> None:
        """Make an authority, unless another process does so at the same moment: then its authority stands."""
        authority = trustme.CA(organization_name="vpce-emulator", organization_unit_name="local certificate authority")
        self._directory.mkdir(parents=True, exist_ok=True)
        # A temporary file is readable by its owner alone; the hard link puts it in place whole, or not at all.
        with NamedTemporaryFile(dir=self._directory) as part:
            part.write(authority.private_key_pem.bytes() + authority.cert_pem.bytes())
            part.flush()
            try:
                kept.hardlink_to(part.name)
            except FileExistsError:
                return
