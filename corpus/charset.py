"""The bytes of a page as text, by the charset that it declares."""

import codecs
import re

from corpus.errors import ReadError
from corpus.file import decode

_HEAD_BYTES = 4096
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


def decode_page(data: bytes) -> tuple[str, ReadError | None]:
    """The text, and what is wrong with it where a byte had to be replaced by U+FFFD, else None.

    Valid UTF-8 that is more than ASCII is read as such whatever the page declares: servers overrule the
    declaration, and no other charset looks like it. Raises ReadError for what is no text at all.
    """
    try:
        charset = _declared(data)
        if charset is None or not data.isascii():
            return decode(data), None
        problem = None
    except ReadError as error:
        if b"\0" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise
        problem = error
    if charset is None:
        return data.decode("utf-8", "replace"), problem
    try:
        return data.decode(charset), None
    except UnicodeDecodeError as error:
        reason = f"it declares the charset {charset}, which the byte at offset {error.start} does not fit"
        return data.decode(charset, "replace"), ReadError(reason)


def _declared(data: bytes) -> str | None:
    """The declared charset by its Python name; None for UTF-8, none or an unknown one."""
    found = _DECLARED.search(data[:_HEAD_BYTES])
    if not found:
        return None
    label = (found[1] or found[2]).decode("ascii", "replace").lower()
    try:
        name = codecs.lookup(label.removeprefix("x-")).name
    except LookupError:
        return None
    name = _AS_BROWSERS_DO.get(name, name)
    return name if _KNOWN.fullmatch(name) else None
