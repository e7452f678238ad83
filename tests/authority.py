"""A certificate authority for tests: a root that clients trust, and an intermediate that signs servers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates

__all__ = ["Authority", "IssuedFiles"]


class Authority:
    """Issues server certificates and makes clients that trust the root alone."""

    def __init__(self) -> None:
        self.root = trustme.CA()
        self.intermediate = self.root.create_child_ca()

    def issue(self, hostname: str = "chat.example") -> trustme.LeafCert:
        """Return a new key and certificate for `hostname`; `cert_chain_pems` ends with the intermediate."""
        return self.intermediate.issue_cert(hostname)

    def client(self, hostname: str = "chat.example") -> IOpenSSLClientConnectionCreator:
        """Return what a client needs to connect to `hostname`, verifying name and chain."""
        root = Certificate.loadPEM(self.root.cert_pem.bytes())
        return optionsForClientTLS(hostname, trustRoot=trustRootFromCertificates([root]))

    @staticmethod
    def write(leaf: trustme.LeafCert, key: Path, certificate: Path, *, whole_chain: bool = True) -> None:
        """Write the two files that a server is given, with or without the intermediate."""
        key.write_bytes(leaf.private_key_pem.bytes())
        chain = leaf.cert_chain_pems if whole_chain else leaf.cert_chain_pems[:1]
        certificate.write_bytes(b"".join(pem.bytes() for pem in chain))


class IssuedFiles:
    """Mixin for a twisted test case: an authority, and a key and certificate file it has issued."""

    def setUp(self) -> None:
        self.authority = Authority()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key = Path(folder.name, "key.pem")
        self.certificate = Path(folder.name, "fullchain.pem")
        self.extra = Path(folder.name, "extra.pem")
        self.issue()

    def issue(self, *, whole_chain: bool = True) -> None:
        """Write a new key and certificate over the old ones."""
        self.authority.write(self.authority.issue(), self.key, self.certificate, whole_chain=whole_chain)

    def description(self, more: str = "", port: int = 0) -> str:
        """Return an endpoint string for the files, on 127.0.0.1."""
        key, certificate = quoteStringArgument(str(self.key)), quoteStringArgument(str(self.certificate))
        return f"ssl:{port}:interface=127.0.0.1:privateKey={key}:certKey={certificate}{more}"

    def extra_description(self) -> str:
        """Return an endpoint string that names `extra` as well."""
        return self.description(f":extraCertChain={quoteStringArgument(str(self.extra))}")
