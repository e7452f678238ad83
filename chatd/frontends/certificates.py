"""Key and certificate files, and the TLS context made of them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import ISSLTransport

__all__ = ["TLSError", "TLSFiles", "ask_for_certificates", "presented"]

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey

# Of TLS 1.2 only what is forward secret and authenticated while encrypted (RFC 9325 §4.2); all of TLS 1.3 is.
TLS12_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"


class TLSError(ValueError):
    """A listener that cannot serve TLS as described.

    `where` is the file, or the endpoint string, that is at fault, and `reason` says why.
    Both together, as one line, are the text of the error.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(" ".join(f"{where}: {reason}".split()))
        self.where = where
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """Where a listener's key and certificates are. All files are PEM.

    `private_key` and `certificate` may be the same file. `certificate` holds the server's own certificate
    first, its intermediates after it; `extra_chain` holds more intermediates.
    """

    private_key: Path
    certificate: Path
    extra_chain: Path | None = None

    def context(self) -> SSL.Context:
        """Read the files and make the context that new connections are served with.

        Whatever a client may negotiate is decided here and in `_bare_context`.

        Raises `TLSError` naming the file that is missing, unreadable, or does not fit.
        """
        key = _read_key(self.private_key)
        leaf, *chain = _read_certificates(self.certificate)
        if self.extra_chain is not None:
            chain += _read_certificates(self.extra_chain)
        context = _bare_context()
        try:
            context.use_certificate(leaf)
            for issuer in dict.fromkeys(chain):
                context.add_extra_chain_cert(issuer)
        except (SSL.Error, crypto.Error) as error:
            raise TLSError(str(self.certificate), f"OpenSSL refuses it ({_reason(error)})") from error
        try:
            context.use_privatekey(key)
            context.check_privatekey()
        except SSL.Error as error:
            reason = f"is not the key of the first certificate in {self.certificate} ({_reason(error)})"
            raise TLSError(str(self.private_key), reason) from error
        return context


def ask_for_certificates(context: SSL.Context) -> None:
    """Ask each client for a certificate. None is needed, and any is taken, whoever signed it: it is known by its
    SHA-256 to who bound it, and the handshake proves that the client has its key. What it was sent along with is
    not looked at, so that it costs nothing to check."""
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    context.set_verify_depth(0)


def presented(transport: Any) -> str:
    """Return the SHA-256 of the certificate that the client of a TLS transport has proved to be his, in hexadecimal
    digits; empty: there is none."""
    if not ISSLTransport.providedBy(transport):
        return ""
    certificate: Any = transport.getPeerCertificate()
    if certificate is None:
        return ""
    return sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)).hexdigest()


def _bare_context() -> SSL.Context:
    """Make a server context that has no certificate yet: TLS 1.2 or newer, nothing resumed or renegotiated.

    Chat connections last for hours, so resuming would save little, and the key of the tickets would have to
    be changed by the day to keep what was said secret afterwards. No certificate is asked of the client unless `ask_for_certificates` is told to.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(TLS12_CIPHERS)
    context.set_options(
        SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION | SSL.OP_NO_TICKET | SSL.OP_CIPHER_SERVER_PREFERENCE
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_verify(SSL.VERIFY_NONE)
    return context


def _reason(error: SSL.Error | crypto.Error) -> str:
    """Return what OpenSSL said last, in its own few words."""
    errors = error.args[0] if error.args else []
    return str(errors[-1][-1]) if errors else "no reason given"


def _read(path: Path) -> bytes:
    """Return the bytes of a file, or raise `TLSError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TLSError(str(path), error.strerror or str(error)) from error
    except ValueError as error:
        raise TLSError(repr(str(path)), "cannot be the name of a file") from error


def _read_key(path: Path) -> PrivateKey:
    """Return the private key in a PEM file, or raise `TLSError`."""
    data = _read(path)
    try:
        key = load_pem_private_key(data, password=None)
    except TypeError as error:
        raise TLSError(str(path), "the private key is encrypted; store it without a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TLSError(str(path), "holds no readable private key (PEM)") from error
    if not isinstance(key, PrivateKey):
        raise TLSError(str(path), "holds a key that is neither RSA, EC, Ed25519 nor Ed448")
    return key


def _read_certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates in a PEM file, at least one, in their order, or raise `TLSError`."""
    data = _read(path)
    try:
        certificates = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise TLSError(str(path), "holds no readable certificate (PEM)") from error
    if len(certificates) != data.count(b"-----BEGIN CERTIFICATE-----"):
        raise TLSError(str(path), "is cut off inside a certificate")
    return certificates
