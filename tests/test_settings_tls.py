"""Certificates, keys and addresses in playbill.toml: found out when it is read, in words that name the key."""

import os
from pathlib import Path

import pytest
import trustme

from actors.settings import Settings, fetcher_sources, load, push_sources
from contracts.errors import BadSettings
from tests.test_settings_load import loaded, refusal
from tests.tls_room import ca_file, pair

SOURCE = '[[source]]\nid = "plex"\nkind = "plex"\ntoken = "t"\npush = true\n'
URL = 'url = "https://192.168.1.5:32400"\n'
TLS = '[nats]\nurl = "tls://bus.example:4222"\n'


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def test_the_bus_is_told_of_its_certificates(tmp_path: Path, authority: trustme.CA) -> None:
    ca_file(authority, tmp_path)
    certificate, key = pair(authority, tmp_path)
    bus = loaded(tmp_path, TLS + 'ca_file = "ca.pem"\ncert_file = "leaf.pem"\nkey_file = "leaf.key"\n').nats.bus_config("client")

    assert (bus.ca_file, bus.cert_file, bus.key_file) == (str(tmp_path / "ca.pem"), str(certificate), str(key))
    assert bus.is_encrypted


def test_the_environment_names_certificates_too(tmp_path: Path, authority: trustme.CA) -> None:
    path = ca_file(authority, tmp_path)
    settings = loaded(tmp_path, TLS, {"PLAYBILL_NATS__CA_FILE": str(path)})

    assert settings.nats.ca_file == path


@pytest.mark.parametrize("url", ["nats://127.0.0.1:99999", "tls://host:port", "nats://[::1"])
def test_a_bus_at_no_port_or_no_address_is_said(tmp_path: Path, url: str) -> None:
    said = "nats.url: expected nats://HOST:PORT or tls://HOST:PORT, without user and password"

    assert refusal(tmp_path, f'[nats]\nurl = "{url}"\n') == said


def test_a_file_that_nobody_can_look_at_is_left_to_who_uses_it(tmp_path: Path) -> None:
    assert loaded(tmp_path, f'{TLS}credentials = "{"a" * 5_000}"\n').warnings == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[nats]\nca_file = "ca.pem"\n', "nats.ca_file: only with a nats.url that begins with tls:// or wss://"),
        ('[nats]\nurl = "nats://h:1"\nca_file = "ca.pem"\n', "nats.ca_file: only with a nats.url that begins with tls://"),
        (TLS + 'cert_file = "leaf.pem"\n', "nats.key_file: missing, and nats.cert_file is set"),
        (TLS + 'key_file = "leaf.key"\n', "nats.cert_file: missing, and nats.key_file is set"),
        (TLS + 'ca_file = "gone.pem"\n', "nats.ca_file: cannot read "),
        (TLS + 'ca_file = "playbill.toml"\n', "nats.ca_file: "),
        (TLS + 'ca_file = "."\n', "nats.ca_file: cannot read "),
        (TLS + 'cert_file = "leaf.pem"\nkey_file = "other.key"\n', "nats.key_file: is no key in PEM without a password, or none"),
        (TLS + 'cert_file = "leaf.pem"\nkey_file = "leaf.pem"\n', "nats.key_file: is no key in PEM without a password, or none"),
        (TLS + 'ca_file = "large.pem"\n', "nats.ca_file: "),
    ],
)
def test_what_is_wrong_with_the_files_is_said(tmp_path: Path, authority: trustme.CA, text: str, said: str) -> None:
    pair(authority, tmp_path)
    others = tmp_path / "others"
    others.mkdir()
    pair(authority, others)[1].rename(tmp_path / "other.key")
    (tmp_path / "large.pem").write_bytes(b"-" * 1_100_000)

    assert refusal(tmp_path, text).startswith(said)


def test_a_key_that_everybody_can_read_deserves_a_word(tmp_path: Path, authority: trustme.CA) -> None:
    _, key = pair(authority, tmp_path)
    key.chmod(0o644)
    text = TLS + 'cert_file = "leaf.pem"\nkey_file = "leaf.key"\n'

    assert loaded(tmp_path, text).warnings == (f"nats.key_file: everybody here can read {key}: chmod 600 {key}",)


def test_a_source_without_its_certificate_checked_deserves_a_word(tmp_path: Path) -> None:
    (warning,) = loaded(tmp_path, SOURCE + URL + "verify_tls = false\n").warnings
    plain = loaded(tmp_path, SOURCE + URL.replace("https", "http") + "verify_tls = false\n").warnings

    assert warning == "source[0].verify_tls: is off, so whoever is between here and plex can read its password"
    assert plain == ()


def test_the_authority_of_a_source_is_read_when_it_is_needed(tmp_path: Path, authority: trustme.CA) -> None:
    path = ca_file(authority, tmp_path)
    settings = loaded(tmp_path, SOURCE + URL + 'ca_file = "ca.pem"\n')

    assert fetcher_sources(settings)["plex"].ca_certificates == path.read_text()
    assert push_sources(settings)[0].ca_certificates == path.read_text()
    path.write_text("nothing")
    assert _refused(settings) == f"source[0].ca_file: {path} holds no certificate in PEM"
    path.unlink()
    assert _refused(settings) == f"source[0].ca_file: cannot read {path}: No such file or directory"


def _refused(settings: Settings) -> str:
    with pytest.raises(BadSettings) as caught:
        fetcher_sources(settings)
    return caught.value.text


def test_sources_of_the_file_may_be_at_home_and_never_at_the_bus(tmp_path: Path) -> None:
    (told,) = fetcher_sources(loaded(tmp_path, SOURCE + URL)).values()
    (outside,) = fetcher_sources(
        loaded(tmp_path, SOURCE + 'url = "https://x.example"\nallow_private_addresses = false\n')
    ).values()

    assert (told.allow_private_addresses, told.bus) == (True, (("127.0.0.1", 14222),))
    assert (outside.allow_private_addresses, outside.allowed.private) == (False, False)


@pytest.mark.parametrize(
    ("url", "more", "said"),
    [
        ("http://169.254.169.254", "", "it is link-local (cloud metadata)"),
        ("http://0.0.0.0:32400", "", "it is unspecified"),
        ("http://[::ffff:169.254.169.254]", "", "it is link-local (cloud metadata)"),
        ("http://127.0.0.1:14222", "", "it is Playbill's own bus"),
        ("http://[::1]:14222", "", "it is Playbill's own bus"),
        ("http://127.0.0.1:32400", "allow_private_addresses = false\n", "it is private, and allow_private_addresses is off"),
    ],
)
def test_an_address_that_cannot_be_a_source_is_refused_when_it_is_read(tmp_path: Path, url: str, more: str, said: str) -> None:
    assert refusal(tmp_path, f'{SOURCE}url = "{url}"\n{more}') == f"source[0].url: the address is not allowed: {said}"


def test_what_the_environment_says_of_an_address_is_looked_at_too(tmp_path: Path) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(SOURCE + URL)
    file.chmod(0o600)

    with pytest.raises(BadSettings, match="it is private"):
        load(file, {"PLAYBILL_SOURCE__PLEX__ALLOW_PRIVATE_ADDRESSES": "false"})
    assert os.environ.get("PLAYBILL_SOURCE__PLEX__ALLOW_PRIVATE_ADDRESSES") is None
