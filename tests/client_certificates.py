"""TLS certificates of clients, good and bad, and contexts that present them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from tests.tls_peers import anyone

__all__ = ["Identity", "identity", "presenting"]

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Identity(NamedTuple):
    """A key and a certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate."""
        return sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()


def identity(
    name: str = "Alice",
    issuer: Identity | None = None,
    *,
    key: Key | None = None,
    since: datetime = NOW - DAY,
    until: datetime = NOW + DAY,
    padding: int = 0,
    authority: bool = False,
) -> Identity:
    """Make a certificate, signed by `issuer` or (None) by itself, with so many bytes of `padding` in it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if padding:
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, bytes(padding)), critical=False)
    return Identity(key, builder.sign(key if issuer is None else issuer.key, hashes.SHA256()))


def presenting(who: Identity, *chain: Identity, version: int | None = None) -> SSL.Context:
    """Make a client context that presents a certificate, with others behind it."""
    context = anyone(version)
    context.use_certificate(who.certificate)
    context.use_privatekey(who.key)
    for each in chain:
        context.add_extra_chain_cert(each.certificate)
    return context
