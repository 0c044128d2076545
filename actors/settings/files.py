"""Files of certificates and keys that the settings name: there, readable, and what they should be."""

import stat
from pathlib import Path

from actors.settings.paths import is_file
from actors.settings.shape import NatsSettings
from contracts import limits
from contracts.errors import BadSettings


def certificates(key: str, path: Path) -> str:
    """The certificates of a file, as PEM. Raises BadSettings, naming the key."""
    # Loaded here, since most processes have none to look at.
    import ssl

    text = _text(key, path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise BadSettings(f"{key}: {path} holds no certificate in PEM") from None
    return text


def check_bus_files(nats: NatsSettings) -> tuple[str, ...]:
    """What is allowed of the files for the bus and still deserves a word. Raises BadSettings, naming the key."""
    if nats.ca_file is not None:
        certificates("nats.ca_file", nats.ca_file)
    if nats.cert_file is not None and nats.key_file is not None:
        _check_pair(nats.cert_file, nats.key_file)
    secret = {"nats.key_file": nats.key_file, "nats.credentials": nats.credentials}
    return tuple(
        f"{key}: everybody here can read {path}: chmod 600 {path}"
        for key, path in secret.items()
        if path is not None and is_file(path) and path.stat().st_mode & stat.S_IROTH
    )


def _check_pair(certificate: Path, private: Path) -> None:
    import ssl

    _text("nats.cert_file", certificate)
    _text("nats.key_file", private)
    try:
        # An empty password, since OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, private, password="")
    except (ssl.SSLError, ValueError):
        raise BadSettings("nats.key_file: is no key in PEM without a password, or none of the certificate's") from None


def _text(key: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(limits.CA_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadSettings(f"{key}: cannot read {path}: {error.strerror}") from None
    if len(body) > limits.CA_FILE_BYTES_MAX:
        raise BadSettings(f"{key}: {path} is larger than {limits.CA_FILE_BYTES_MAX // limits.MIB} MiB")
    # What is not ASCII is not PEM, and is found out as that.
    return body.decode("ascii", errors="replace")
