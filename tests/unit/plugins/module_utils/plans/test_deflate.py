"""The compression: everything comes back through zlib, and the bytes are known."""

from __future__ import annotations

import hashlib
import random
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import deflate as deflate_module
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.deflate import BLOCK, WINDOW, deflate

SOURCE = Path(deflate_module.__file__).read_bytes()
NOISE = random.Random(1951).randbytes(BLOCK + 5000)


def inflated(data: bytes) -> bytes:
    reader = zlib.decompressobj(-zlib.MAX_WBITS)
    content = reader.decompress(data)
    assert reader.eof and not reader.unused_data
    return content


CONTENTS = {
    "nothing": b"",
    "one byte": b"a",
    "two bytes": b"ab",
    "one match": b"abcabc",
    "the longest match": b"a" * 259,
    "longer than the longest match": b"a" * 1000,
    "every byte once": bytes(range(256)),
    "every byte twice": bytes(range(256)) * 2,
    "two matches that overlap": b"abcd bcde abcde",
    "source code": SOURCE,
    "more than one block, nothing repeats": NOISE,
    "a match across most of the window": NOISE[:300] + bytes(WINDOW - 400) + NOISE[:300],
    "a repetition beyond the window": NOISE[:300] + bytes(WINDOW) + NOISE[:300],
    "a repetition at the window's edge": NOISE[:10] + bytes(WINDOW - 10) + NOISE[:10],
    "a literal that is very rare": b"".join(bytes([n]) * (1 << n) for n in range(17)),
    "one block exactly": bytes(NOISE[:BLOCK]),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_it_comes_back(content):
    assert inflated(deflate(content)) == content


@given(st.binary(max_size=2000))
def test_any_bytes_come_back(content):
    assert inflated(deflate(content)) == content


@given(st.lists(st.sampled_from([b"def ", b"return ", b"\n    ", b"x", b"(", b"aaaa", b"\0"]), max_size=800))
def test_text_that_repeats_itself_comes_back(pieces):
    content = b"".join(pieces)
    assert inflated(deflate(content)) == content


def test_source_code_gets_about_as_small_as_by_zlib():
    writer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    theirs = len(writer.compress(SOURCE) + writer.flush())
    assert len(deflate(SOURCE)) <= theirs * 1.03


def test_the_bytes_are_known():
    """They must be the same on every machine and every Python."""
    content = b"".join(b"%d times %d is %d\n" % (a, b, a * b) for a in range(40) for b in range(40))
    digest = hashlib.sha256(deflate(content) + deflate(NOISE[:4000])).hexdigest()
    assert digest == "3512f1ce7c39915aef2cf992e536ffb9b91189391f95d1ea249fae863ac04463"
