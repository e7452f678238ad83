"""The files with keys: what is read, and what stops the start."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.keys import Key
from twisted.internet.task import Clock

from chatd.core.user import Rank
from chatd.frontends.manhole import ManholeFactory, manhole_factory
from chatd.frontends.ssh_keys import HOST_KEY, SSHError, fingerprint, load_host_key, load_keys
from chatd.settings import Manhole
from tests.frontends.ssh_house import House, new_key
from tests.requirements import requires


def line(key: Key) -> str:
    return key.public().toString("OPENSSH").decode()


def written(path: Path, *lines: str, mode: int = 0o600) -> Path:
    path.write_text("".join(f"{each}\n" for each in lines))
    path.chmod(mode)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


class TestHostKey:
    def test_is_made_once(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            made = load_host_key(tmp_path)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / HOST_KEY).stat().st_mode) == 0o600
        assert load_host_key(tmp_path) == made
        assert made.sshType() == b"ssh-ed25519"

    @requires("ssh")
    def test_openssh_reads_it(self, tmp_path: Path) -> None:
        made = load_host_key(tmp_path)
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", tmp_path / HOST_KEY], capture_output=True, check=True, text=True
        )
        assert fingerprint(made.public().blob()) in shown.stdout

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o755])
    def test_open_to_others(self, tmp_path: Path, mode: int) -> None:
        load_host_key(tmp_path)
        (tmp_path / HOST_KEY).chmod(mode)
        with pytest.raises(SSHError, match=f"{tmp_path / HOST_KEY}: mode {mode:04o} is open to others"):
            load_host_key(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff",
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            Key(ec.generate_private_key(ec.SECP256R1())).toString("OPENSSH"),
            new_key().public().toString("OPENSSH"),
            new_key().toString("OPENSSH", passphrase=b"sesame"),
        ],
        ids=["empty", "binary", "damaged", "ecdsa", "public", "passphrase"],
    )
    def test_not_a_host_key(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / HOST_KEY
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SSHError, match=f"^{path}: not an? .*$"):
            load_host_key(tmp_path)
        assert path.read_bytes() == content

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(SSHError, match="none/ssh_host_ed25519: a host key cannot be made: No such file"):
            load_host_key(tmp_path / "none")

    def test_something_else_in_its_place(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / HOST_KEY, 0o600)
        with pytest.raises(SSHError, match="not a file"):
            load_host_key(tmp_path)


class TestAuthorizedKeys:
    def test_keys(self, file: Path) -> None:
        keys = [
            new_key(),
            Key(ec.generate_private_key(ec.SECP256R1())),
            Key(ec.generate_private_key(ec.SECP521R1())),
            Key(rsa.generate_private_key(65537, 2048)),
        ]
        written(file, "# owners", "", *(f"{line(key)} somebody's key" for key in keys), "   ", "  # end")
        assert list(load_keys(file)) == [key.public().blob() for key in keys]

    @pytest.mark.parametrize(
        "options",
        ['from="10.0.0.0/8"', 'command="/stats"', "restrict", 'no-pty,environment="A=b c"', "cert-authority"],
    )
    def test_options(self, file: Path, options: str) -> None:
        written(file, line(new_key()), f"{options} {line(new_key())}")
        with pytest.raises(SSHError, match=f"^{file}, line 2: options before the key are not honoured"):
            load_keys(file)

    @pytest.mark.parametrize(
        ("bad", "why"),
        [
            ("ssh-ed25519", "the key is damaged"),
            ("ssh-ed25519 !!!!", "the key is damaged"),
            (f"ssh-rsa {line(new_key()).split()[1]}", "the key is damaged"),
            (line(new_key())[:-8], "the key is damaged"),
            (
                "ssh-ed25519 " + base64.b64encode(new_key().public().blob() + b"more").decode(),
                "the key is damaged",
            ),
            (
                "ssh-ed25519 " + base64.b64encode(NS(b"ssh-ed25519") + NS(b"short")).decode(),
                "the key is damaged",
            ),
            (line(Key(rsa.generate_private_key(65537, 1024))), "an RSA key of 1,024 bits is too weak"),
            ("ssh-dss AAAA", "keys of this type are not taken"),
            ("sk-ssh-ed25519@openssh.com AAAA", "keys of this type are not taken"),
            ("ssh-ed25519-cert-v01@openssh.com AAAA", "keys of this type are not taken"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "no public key file"),
            ("AAAA", "not a public key"),
        ],
        ids=[
            *("alone", "no base64", "other type", "cut off", "too much", "too short"),
            *("weak", "dsa", "security key", "certificate", "private", "nothing"),
        ],
    )
    def test_bad_line(self, file: Path, bad: str, why: str) -> None:
        written(file, "# a comment", bad)
        with pytest.raises(SSHError, match=f"^{file}, line 2: .*{why}") as raised:
            load_keys(file)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_written_by_others(self, file: Path, mode: int) -> None:
        written(file, line(new_key()), mode=mode)
        with pytest.raises(SSHError, match=f"^{file}: mode {mode:04o} can be written by others"):
            load_keys(file)

    def test_read_by_others(self, file: Path) -> None:
        written(file, line(new_key()), mode=0o644)
        assert len(load_keys(file)) == 1

    def test_missing(self, file: Path) -> None:
        with pytest.raises(SSHError, match=f"^{file}: No such file"):
            load_keys(file)


class TestFactory:
    """What the application calls."""

    def make(self, tmp_path: Path, request: pytest.FixtureRequest, **settings: Any) -> ManholeFactory:
        house = House(Clock(), request.addfinalizer)
        return manhole_factory(Manhole(**settings), tmp_path, house.registry, house.commands, house.clock)

    def test_ranks(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        owner, operator = new_key(), new_key()
        factory = self.make(
            tmp_path,
            request,
            keys=str(written(tmp_path / "owners", line(owner))),
            operator_keys=str(written(tmp_path / "operators", line(operator))),
        )
        ranks = {blob: listed.rank for blob, listed in factory.keys.items()}
        assert ranks == {owner.public().blob(): Rank.OWNER, operator.public().blob(): Rank.OPERATOR}
        assert (tmp_path / HOST_KEY).exists()

    def test_no_key(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        with pytest.raises(SSHError, match="no key in there"):
            self.make(tmp_path, request, keys=str(written(tmp_path / "owners", "# nobody")))
        with pytest.raises(SSHError, match="no key in there"):
            self.make(tmp_path, request)
        assert not (tmp_path / HOST_KEY).exists()

    def test_one_key_with_two_ranks(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        both = str(written(tmp_path / "both", line(new_key())))
        with pytest.raises(SSHError, match=r"SHA256:\S+ is in .*both as well"):
            self.make(tmp_path, request, keys=both, operator_keys=both)
