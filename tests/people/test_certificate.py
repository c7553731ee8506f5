"""The certificate of a class: the names in it, and when another is made."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from tlcore.people import certificate
from tlcore.people.certificate import certificate_for

NAMES = ["192.0.2.7", "teacher-laptop", "localhost", "127.0.0.1", "::1"]


def test_it_names_all_addresses_and_is_kept_while_it_fits(tmp_path: Path) -> None:
    files = certificate_for(NAMES, tmp_path / "people")
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    named = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in named] == NAMES
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)
    before = files.certificate.read_bytes()
    assert certificate_for(NAMES[::-1], tmp_path / "people").certificate.read_bytes() == before
    assert certificate_for(["192.0.2.9"], tmp_path / "people").certificate.read_bytes() != before


def test_another_is_made_for_one_that_ends_soon_or_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate_for(NAMES, tmp_path)
    for broken in (b"", b"no certificate"):
        files.certificate.write_bytes(broken)
        assert b"BEGIN CERTIFICATE" in certificate_for(NAMES, tmp_path).certificate.read_bytes()
    before = files.certificate.read_bytes()
    files.key.unlink()
    assert certificate_for(NAMES, tmp_path).certificate.read_bytes() != before
    before = files.certificate.read_bytes()
    monkeypatch.setattr(certificate, "LEAST", datetime.timedelta(days=366))
    assert certificate_for(NAMES, tmp_path).certificate.read_bytes() != before
