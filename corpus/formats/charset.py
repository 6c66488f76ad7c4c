"""Decoding bytes: by the charset that a page declares, else by one detected from the bytes."""

import codecs
import re

from corpus.errors import ReadError
from corpus.sources import decode

_HEAD_BYTES = 4096
_SAMPLE_BYTES = 32_768
_MOST_CHAOS = 0.1
"""charset-normalizer's measure of how little a decoded text looks like one; its own bound is 0.2."""
_IN_USE = """
    cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 iso8859_2 koi8_r koi8_u
    cp932 euc_jp gb18030 big5 cp949
""".split()
"""Charsets common in news before UTF-8; detecting rarer ones gives more false positives than hits."""
_CLEAR = 0.02
"""Coherence by which the best charset must lead those that decode the same bytes to another text."""
_LEAST_LETTERS = 0.5
_FEWEST_BYTES = 4
"""Non-ASCII bytes needed for detection: a single letter looks right in many charsets."""
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_ODD = re.compile("[\x80-\x9f\ue000-\uf8ff]")
"""Control and private-use characters: a wrong charset turns letters into them."""
_DECLARED = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w:.-]+)|^\s*<\?xml[^>]+encoding\s*=\s*[\"']([\w:.-]+)",
    re.IGNORECASE,
)
#: Browsers read these labels as a larger charset (https://encoding.spec.whatwg.org/#names-and-labels), and an
#: ASCII page that claims UTF-16 as UTF-8. The names are Python's.
_AS_BROWSERS_DO = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
_KNOWN = re.compile(
    r"cp(?:125\d|866|874|932|949)|iso8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)|gb18030|big5hkscs|euc_jp|iso2022_jp"
)


def decode_text(data: bytes) -> tuple[str, str | None]:
    """The text, and Python's name of its charset where that was detected from the bytes, else None.

    Raises ReadError for bytes that are not text, or whose charset cannot be detected.
    """
    try:
        return decode(data), None
    except ReadError:
        if b"\0" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise
        charset = _guessed(data)
        if charset is None:
            raise
        return data.decode(charset), charset


def _guessed(data: bytes) -> str | None:
    """The most probable charset; None if there is too little evidence, or no charset gives words."""
    odd = len(_NOT_ASCII.findall(data))
    fitting = sum(not character.isascii() for character in data.decode("utf-8", "ignore"))
    if odd < _FEWEST_BYTES or 4 * fitting > odd:
        return None  # In the second case it is UTF-8 that was damaged.
    from charset_normalizer import from_bytes

    sample = data if len(data) <= _SAMPLE_BYTES else _telling(data)
    results = list(from_bytes(sample, threshold=_MOST_CHAOS, cp_isolation=list(_IN_USE)))
    if not results or results[0].encoding not in _IN_USE:
        return None
    best = results[0]
    rivals = [
        one for one in results[1:] if one.chaos <= best.chaos and best.coherence - one.coherence < _CLEAR
    ]
    if any(str(rival) != str(best) for rival in rivals):
        return None
    try:
        text = data.decode(best.encoding)
    except UnicodeDecodeError:
        return None
    letters = sum(map(str.isalpha, text[:_SAMPLE_BYTES]))
    if _ODD.search(text) or letters < _LEAST_LETTERS * len(text[:_SAMPLE_BYTES]):
        return None
    return best.encoding


def _telling(data: bytes) -> bytes:
    """The text around the first non-ASCII bytes, by which alone charsets can be told apart."""
    parts, at, left = [], 0, _SAMPLE_BYTES
    while left > 0 and (found := _NOT_ASCII.search(data, at)):
        start, at = max(at, found.start() - 200), found.start() + 400
        parts.append(data[start:at])
        left -= at - start
    return b"".join(parts)


def decode_page(data: bytes, told: str | None = None) -> tuple[str, ReadError | None]:
    """The text, and what is wrong with it where a byte had to be replaced by U+FFFD, else None.

    `told` is the charset that the server named, which goes before what the page declares. Valid UTF-8 that
    is more than ASCII is read as such whatever is declared: no other charset looks like it. What declares
    none is read by what its bytes look like. Raises ReadError for what is no text at all.
    """
    try:
        charset = _declared(data, told)
        if charset is None or not data.isascii():
            return decode(data), None
        problem = None
    except ReadError as error:
        if b"\0" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise
        problem = error
    if charset is None:
        if told is None and not _DECLARED.search(data[:_HEAD_BYTES]) and (guessed := _guessed(data)):
            return data.decode(guessed), None
        return data.decode("utf-8", "replace"), problem
    try:
        return data.decode(charset), None
    except UnicodeDecodeError as error:
        reason = f"it declares the charset {charset}, which the byte at offset {error.start} does not fit"
        return data.decode(charset, "replace"), ReadError(reason)


def _declared(data: bytes, told: str | None) -> str | None:
    """The declared charset by its Python name; None for UTF-8, none or an unknown one."""
    found = _DECLARED.search(data[:_HEAD_BYTES])
    if told is None and not found:
        return None
    label = (told or (found[1] or found[2]).decode("ascii", "replace") if found else told or "").lower()
    try:
        name = codecs.lookup(label.removeprefix("x-")).name
    except LookupError:
        return None
    name = _AS_BROWSERS_DO.get(name, name)
    return name if _KNOWN.fullmatch(name) else None
