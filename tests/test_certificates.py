"""Each way a key or certificate file can be wrong is one line that names the file."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.certificates import TLSError, TLSFiles
from tests.authority import IssuedFiles


class BadFileTests(IssuedFiles, SynchronousTestCase):
    """`TLSFiles.context` on good and bad files."""

    def refusal(self, extra: Path | None = None) -> TLSError:
        files = TLSFiles(self.key, self.certificate, extra)
        error = self.assertRaises(TLSError, files.context)
        self.assertNotIn("\n", str(error))
        return error

    def test_good_files(self) -> None:
        self.assertIsInstance(TLSFiles(self.key, self.certificate).context(), SSL.Context)

    def test_missing(self) -> None:
        self.certificate.unlink()
        self.assertEqual(str(self.refusal()), f"{self.certificate}: No such file or directory")

    def test_missing_extra_chain(self) -> None:
        self.assertEqual(self.refusal(self.extra).where, str(self.extra))

    def test_impossible_name(self) -> None:
        self.assertIn("cannot be the name of a file", str(self.refusal(Path("\0"))))

    def test_folder(self) -> None:
        self.key.unlink()
        self.key.mkdir()
        self.assertEqual(str(self.refusal()), f"{self.key}: Is a directory")

    def test_not_allowed_to_read(self) -> None:
        self.key.chmod(0)
        if os.geteuid() == 0:
            # Root may read everything; be somebody else meanwhile.
            self.addCleanup(os.seteuid, 0)
            os.seteuid(65534)
        self.assertEqual(str(self.refusal()), f"{self.key}: Permission denied")

    def test_key_of_another_certificate(self) -> None:
        self.key.write_bytes(self.authority.issue().private_key_pem.bytes())
        error = self.refusal()
        self.assertEqual(error.where, str(self.key))
        self.assertIn(f"is not the key of the first certificate in {self.certificate}", error.reason)

    def test_chain_in_the_wrong_order(self) -> None:
        leaf, intermediate = (pem.bytes() for pem in self.authority.issue().cert_chain_pems)
        self.certificate.write_bytes(intermediate + leaf)
        self.assertEqual(self.refusal().where, str(self.key))

    def test_key_file_without_a_key(self) -> None:
        self.key.write_bytes(self.certificate.read_bytes())
        self.assertEqual(str(self.refusal()), f"{self.key}: holds no readable private key (PEM)")

    def test_encrypted_key(self) -> None:
        self.store_key(serialization.BestAvailableEncryption(b"secret"))
        self.assertEqual(
            str(self.refusal()), f"{self.key}: the private key is encrypted; store it without a password"
        )

    def test_key_that_cannot_sign(self) -> None:
        self.store_key(serialization.NoEncryption())
        self.assertIn("neither RSA, EC, Ed25519 nor Ed448", str(self.refusal()))

    def store_key(self, encryption: serialization.KeySerializationEncryption) -> None:
        key = X25519PrivateKey.generate()
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.key.write_bytes(key.private_bytes(pem, pkcs8, encryption))

    def test_cut_off_within_the_chain(self) -> None:
        self.certificate.write_bytes(self.certificate.read_bytes()[:-100])
        self.assertEqual(str(self.refusal()), f"{self.certificate}: is cut off inside a certificate")

    def test_cut_off_within_the_first_certificate(self) -> None:
        self.certificate.write_bytes(self.certificate.read_bytes()[:100])
        self.assertEqual(self.refusal().where, str(self.certificate))

    def test_damaged_certificate(self) -> None:
        data = bytearray(self.certificate.read_bytes())
        data[200:208] = b"AAAAAAAA"
        self.certificate.write_bytes(data)
        self.assertEqual(self.refusal().where, str(self.certificate))
