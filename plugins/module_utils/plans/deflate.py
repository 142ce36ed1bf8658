# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compression by RFC 1951 (deflate) whose bytes depend on the content alone.

zlib promises that its output can be read, not that it stays the same: zlib, zlib-ng and their versions differ. A zip
whose fingerprint decides about an upload needs the latter. Written for source code of some 100 kB, in dynamic Huffman
blocks; a content that does not get smaller is for the caller to store as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

SHORTEST, LONGEST, WINDOW = 3, 258, 32768  # bytes: a match's length, and how far back it may lie
CANDIDATES = 64  # so many earlier places are compared
GOOD = 32  # bytes: a match so long is taken without a look at the next byte
BLOCK = 20000  # symbols that share one Huffman code

END_OF_BLOCK = 256
ORDER_OF_LENGTHS = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
RUNS = {16: (3, 2), 17: (3, 3), 18: (11, 7)}  # symbol of a run of code lengths -> shortest run, extra bits

Symbol = tuple[int, int, int]  # symbol, number of extra bits, their value
Token = tuple[Symbol, "Symbol | None"]  # a literal, or a length with its distance


def deflate(content: bytes) -> bytes:
    tokens = list(_tokens(content))
    output = _Bits()
    for start in range(0, max(len(tokens), 1), BLOCK):
        _write_block(output, tokens[start : start + BLOCK], is_last=start + BLOCK >= len(tokens))
    return output.closed()


class _Bits:
    """Bits in the order of RFC 1951: the lowest first."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._pending = self._count = 0

    def add(self, value: int, count: int) -> None:
        self._pending |= value << self._count
        self._count += count
        if self._count >= 64:
            self._bytes += (self._pending & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
            self._pending >>= 64
            self._count -= 64

    def closed(self) -> bytes:
        return bytes(self._bytes) + self._pending.to_bytes((self._count + 7) // 8, "little")


# --- what repeats


def _tokens(content: bytes) -> Iterator[Token]:
    """Literals and matches; a match waits while the next byte begins a longer one."""
    places: dict[bytes, list[int]] = {}
    known = 0
    position, length, distance = 0, 0, 0
    while position < len(content):
        if not length:
            length, distance = _match(content, position, places)
        known = _learn(content, known, position + 1, places)
        next_length, next_distance = 0, 0
        if 0 < length < GOOD:
            next_length, next_distance = _match(content, position + 1, places)
        if length and length >= next_length:
            yield _LENGTHS[length], _distance(distance)
            position += length
            known = _learn(content, known, position, places)
            length = 0
        else:
            yield (content[position], 0, 0), None
            position += 1
            length, distance = next_length, next_distance


def _learn(content: bytes, start: int, end: int, places: dict[bytes, list[int]]) -> int:
    """Notes where each three bytes stand; the newest place last."""
    for position in range(start, end):
        places.setdefault(content[position : position + SHORTEST], []).append(position)
    return end


def _match(content: bytes, position: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Length and distance of the longest earlier occurrence, the nearest of several; (0, 0) when there is none."""
    most = min(LONGEST, len(content) - position)
    if most < SHORTEST:
        return 0, 0
    best, found = SHORTEST - 1, 0
    for place in reversed(places.get(content[position : position + SHORTEST], ())[-CANDIDATES:]):
        if position - place > WINDOW:
            break
        if content[place : place + best + 1] == content[position : position + best + 1]:
            best, found = _common(content, place, position, best + 1, most), place
            if best == most:
                break
    return (best, position - found) if best >= SHORTEST else (0, 0)


def _common(content: bytes, place: int, position: int, length: int, most: int) -> int:
    while length < most and content[place + length] == content[position + length]:
        length += 1
    return length


def _length_symbols() -> list[Symbol]:
    """By length: the symbol 257 to 285 that stands for it."""
    symbols: list[Symbol] = [(0, 0, 0)] * SHORTEST
    for code in range(28):
        extra = max(code // 4 - 1, 0)
        symbols += [(257 + code, extra, value) for value in range(1 << extra)]
    return [*symbols[:LONGEST], (285, 0, 0)]


_LENGTHS = _length_symbols()


def _distance(distance: int) -> Symbol:
    if distance <= 4:
        return distance - 1, 0, 0
    extra = (distance - 1).bit_length() - 2
    upper, value = divmod(distance - 1, 1 << extra)
    return 2 * extra + upper, extra, value


# --- how it is written


def _write_block(output: _Bits, tokens: Sequence[Token], is_last: bool) -> None:
    literals = Counter(first[0] for first, second in tokens)
    literals[END_OF_BLOCK] = 1
    distances = Counter(second[0] for first, second in tokens if second)
    literal_lengths, distance_lengths = _code_lengths(literals, 15, 257), _code_lengths(distances, 15, 1)
    output.add(int(is_last), 1)
    output.add(2, 2)  # dynamic Huffman codes
    _write_codes(output, literal_lengths, distance_lengths)
    literal_codes, distance_codes = _codes(literal_lengths), _codes(distance_lengths)
    for first, second in tokens:
        _write(output, literal_codes, first)
        if second:
            _write(output, distance_codes, second)
    _write(output, literal_codes, (END_OF_BLOCK, 0, 0))


def _write(output: _Bits, codes: Sequence[tuple[int, int]], symbol: Symbol) -> None:
    number, extra, value = symbol
    code, length = codes[number]
    output.add(code | value << length, length + extra)


def _write_codes(output: _Bits, literals: list[int], distances: list[int]) -> None:
    """The lengths of both codes, themselves as runs in a third code."""
    runs = list(_runs(literals + distances))
    lengths = _code_lengths(Counter(symbol for symbol, extra, value in runs), 7, 19)
    sent = [lengths[symbol] for symbol in ORDER_OF_LENGTHS]
    while len(sent) > 4 and not sent[-1]:
        sent.pop()
    output.add(len(literals) - 257, 5)
    output.add(len(distances) - 1, 5)
    output.add(len(sent) - 4, 4)
    for length in sent:
        output.add(length, 3)
    codes = _codes(lengths)
    for run in runs:
        _write(output, codes, run)


def _runs(lengths: Sequence[int]) -> Iterator[Symbol]:
    position = 0
    while position < len(lengths):
        value, end = lengths[position], position + 1
        while end < len(lengths) and lengths[end] == value:
            end += 1
        if value:  # a repetition needs the value once before it
            yield value, 0, 0
            position += 1
        while position < end:
            left = end - position
            symbol = 16 if value else 17 if left < 11 else 18
            shortest, extra = RUNS[symbol]
            if left < shortest:
                yield from [(value, 0, 0)] * left
                break
            taken = min(left, shortest + (1 << extra) - 1)
            yield symbol, extra, taken - shortest
            position += taken
        position = end


def _code_lengths(counts: Counter[int], longest: int, at_least: int) -> list[int]:
    """By symbol: the bits of its code, 0 for one that does not occur; package-merge, so the best for this limit."""
    # A code of one symbol is legal for distances only, and zlib wants two of the others: the lowest unused fill up.
    used = dict(counts)
    for filler in range(2):
        if len(used) < 2:
            used.setdefault(filler, 1)
    leaves = sorted((count, (symbol,)) for symbol, count in used.items())
    packages = leaves
    for _round in range(longest - 1):
        pairs = zip(packages[0::2], packages[1::2], strict=False)
        packages = sorted([*leaves, *((one[0] + other[0], one[1] + other[1]) for one, other in pairs)])
    lengths = Counter(symbol for weight, symbols in packages[: 2 * len(leaves) - 2] for symbol in symbols)
    return [lengths[symbol] for symbol in range(max(at_least, max(used) + 1))]


def _codes(lengths: Iterable[int]) -> list[tuple[int, int]]:
    """By symbol: its canonical code with the first bit lowest, and the code's length."""
    lengths = list(lengths)
    codes = [(0, 0)] * len(lengths)
    code = 0
    for length in range(1, max(lengths) + 1):
        code <<= 1
        for symbol, own in enumerate(lengths):
            if own == length:
                codes[symbol] = int(f"{code:0{length}b}"[::-1], 2), length
                code += 1
    return codes
