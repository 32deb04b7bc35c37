"""Certificates: real TLS servers whose certificates are good, expired, of another host, or signed by nobody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.errors import Reason, Retryable
from pipeline.http import Client
from pipeline.settings import Settings

HOST = "outlet.localhost"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """A certificate authority of this test's own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = _certificate(self.name, self.name, self.key, (NOW - DAY, NOW + DAY))
        own = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = own.sign(self.key, hashes.SHA256())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str, *, valid: tuple[datetime, datetime] = (NOW - DAY, NOW + DAY)) -> Path:
        """Key and certificate of a server, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        builder = _certificate(subject, self.name, key, valid)
        signed = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        path = self.folder / f"{host}-{valid[1]:%j}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + signed.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The one authority that the client trusts."""
    authority = Authority(tmp_path, "trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def ask(server_file: Path) -> int:
    """Ask a TLS server that shows this certificate for its status."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    got_through: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got_through.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server, Client(Settings(_env_file=None), frozenset({HOST})) as client:
            try:
                return (await client.get(f"https://{HOST}:{port}/")).status
            except Retryable:
                assert got_through == []  # not even the request was sent
                raise

    return asyncio.run(main())


def test_a_good_certificate_passes(trusted: Authority) -> None:
    assert ask(trusted.issue(HOST)) == 200


@pytest.mark.parametrize("fault", ["expired", "not yet valid", "another host", "unknown authority"])
def test_bad_certificates_are_tls_errors(trusted: Authority, tmp_path: Path, fault: str) -> None:
    server_file = {
        "expired": lambda: trusted.issue(HOST, valid=(NOW - 9 * DAY, NOW - DAY)),
        "not yet valid": lambda: trusted.issue(HOST, valid=(NOW + DAY, NOW + 9 * DAY)),
        "another host": lambda: trusted.issue("elsewhere.localhost"),
        "unknown authority": lambda: Authority(tmp_path, "unknown").issue(HOST),
    }[fault]()
    with pytest.raises(Retryable) as caught:
        ask(server_file)
    assert caught.value.reason is Reason.TLS_ERROR


def test_a_certificate_signed_by_itself_is_a_tls_error(trusted: Authority, tmp_path: Path) -> None:
    own = Authority(tmp_path, HOST)
    private = own.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own.file.write_bytes(private + own.file.read_bytes())
    with pytest.raises(Retryable) as caught:
        ask(own.file)
    assert caught.value.reason is Reason.TLS_ERROR
    assert "self-signed" in str(caught.value)
