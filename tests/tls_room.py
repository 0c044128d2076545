"""Certificates of an authority of the test's own, as files and as a server's context."""

import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.bus_server import nats_server_path

LOCAL = "127.0.0.1"


def ca_file(authority: trustme.CA, folder: Path, name: str = "ca.pem") -> Path:
    """What a client trusts."""
    path = folder / name
    authority.cert_pem.write_to_path(str(path))
    return path


def pair(authority: trustme.CA, folder: Path, *names: str, **more: Any) -> tuple[Path, Path]:
    """Certificate and key of a leaf for these names, as files."""
    leaf = authority.issue_cert(*(names or (LOCAL, "localhost")), **more)
    certificate, key = folder / "leaf.pem", folder / "leaf.key"
    leaf.cert_chain_pems[0].write_to_path(str(certificate))
    leaf.private_key_pem.write_to_path(str(key))
    key.chmod(0o600)
    return certificate, key


def server_context(authority: trustme.CA, *names: str, **more: Any) -> ssl.SSLContext:
    """TLS of a server that has a certificate of the authority for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or (LOCAL, "localhost")), **more).configure_cert(context)
    return context


def nats_tls(settings: Mapping[str, object]) -> str:
    """The `tls` block of a nats-server's configuration."""
    lines = [
        f"  {key}: {str(value).lower() if isinstance(value, bool) else f'{str(value)!r}'}" for key, value in settings.items()
    ]
    return "\n".join(["tls {", *lines, "}", ""])


@contextmanager
def configured_server(folder: Path, text: str) -> Iterator[int]:
    """The port of a real nats-server with this configuration, for as long as the block lasts."""
    configuration = folder / "nats.conf"
    configuration.write_text(text, encoding="utf-8")
    command = [nats_server_path(), "-a", LOCAL, "-p", "-1", "-c", str(configuration)]
    # It says some twenty lines, which the pipe holds by itself.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield _port_of(process)
        finally:
            process.terminate()


def _port_of(process: "subprocess.Popen[str]") -> int:
    assert process.stderr is not None
    port, said = 0, []
    for line in process.stderr:
        said.append(line)
        if "Listening for client connections" in line:
            port = int(line.rsplit(":", 1)[1])
        if "Server is ready" in line:
            return port
    raise AssertionError("".join(said))
