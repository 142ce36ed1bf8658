# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when an X.509 certificate is valid, read from its DER form (RFC 5280, 4.1).

The `cryptography` package may be absent where modules run, and the standard library reads certificates of TLS peers
only, so the five fields before the dates are stepped over here.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from dataclasses import dataclass

SEQUENCE, INTEGER, UTC_TIME, GENERALIZED_TIME, VERSION = 0x30, 0x02, 0x17, 0x18, 0xA0


class NotACertificate(ValueError):
    """The bytes are no X.509 certificate."""


@dataclass(frozen=True)
class Validity:
    """Both ends belong to the validity; times are aware, in UTC."""

    not_before: datetime.datetime
    not_after: datetime.datetime


def certificate_validity(text: str) -> Validity:
    """The validity of a certificate in base64, with or without PEM's first and last lines and white space."""
    lines = [line for line in text.splitlines() if "-----" not in line]
    try:
        der = base64.b64decode("".join("".join(lines).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotACertificate("it is not base64") from error
    certificate = _content(der, SEQUENCE)[0]
    fields = _content(certificate, SEQUENCE)[0]
    if fields[:1] == bytes([VERSION]):
        fields = _skip(fields, VERSION)
    for tag in (INTEGER, SEQUENCE, SEQUENCE):  # serial number, signature algorithm, issuer
        fields = _skip(fields, tag)
    dates = _content(fields, SEQUENCE)[0]
    not_before, rest = _time(dates)
    return Validity(not_before, not_after=_time(rest)[0])


def _skip(data: bytes, tag: int) -> bytes:
    return _content(data, tag)[1]


def _content(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which must have the tag, and what follows the element."""
    if len(data) < 2 or data[0] != tag:
        raise NotACertificate("its fields are not those of a certificate")
    length, start = data[1], 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise NotACertificate("a length in it is malformed")
        start += octets
        length = int.from_bytes(data[2:start], "big")
    end = start + length
    if end > len(data):
        raise NotACertificate("it is cut off")
    return data[start:end], data[end:]


def _time(data: bytes) -> tuple[datetime.datetime, bytes]:
    """The first of the times, and what follows it."""
    if data[:1] == bytes([UTC_TIME]):
        content, rest = _content(data, UTC_TIME)
        century = b"19" if content[:2] >= b"50" else b"20"
        content = century + content
    else:
        content, rest = _content(data, GENERALIZED_TIME)
    try:
        moment = datetime.datetime.strptime(content.decode("ascii"), "%Y%m%d%H%M%SZ")
    except (ValueError, UnicodeDecodeError) as error:
        raise NotACertificate("a date in it is malformed") from error
    return moment.replace(tzinfo=datetime.UTC), rest
