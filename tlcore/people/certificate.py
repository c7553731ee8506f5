"""The certificate of a class's server: browsers give a page the camera only over HTTPS.

It is made here and signed by nobody, so each browser warns once. It names the addresses by which students
reach the server, and is made anew when they change or it is about to end.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tlcore import system
from tlcore.workspace.refusals import writing

DAYS = 365  # for which one is made; browsers refuse more than 398
LEAST = datetime.timedelta(days=7)  # that are left to one that is still used


class Certificate(NamedTuple):
    """Its files."""

    certificate: Path
    key: Path


def certificate_for(names: list[str], folder: Path) -> Certificate:
    """The certificate in `folder` for these names and addresses, made where there is none that fits.

    Raises:
        WorkspaceError: the folder cannot be written.
    """
    files = Certificate(folder / "certificate.pem", folder / "key.pem")
    if not (files.key.is_file() and _fits(files.certificate, names)):
        _make(names, files)
    return files


def _fits(file: Path, names: list[str]) -> bool:
    try:
        known = x509.load_pem_x509_certificate(file.read_bytes())
        there = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    left = known.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return left > LEAST and set(there) == set(map(_name, names))


def _make(names: list[str], files: Certificate) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Graft classroom")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks of phones differ
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(list(map(_name, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with writing():
        files.key.parent.mkdir(parents=True, exist_ok=True)
        system.write_atomic(files.key, plain, private=True)
        system.write_atomic(files.certificate, made.public_bytes(Encoding.PEM))


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
