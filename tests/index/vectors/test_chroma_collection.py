"""What Chroma writes holds nothing that this process had in memory before."""

import ctypes
import platform

import pytest

from index.vectors.chroma_collection import _clean_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can fill memory that it gives out")
@pytest.mark.parametrize("size", [2_000, 5_000, 60_000])
def test_memory_that_chroma_is_given_holds_no_words_of_ours(size: int) -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]

    def given_again() -> bytes:
        place = libc.malloc(size)
        try:
            return ctypes.string_at(place, size)
        finally:
            libc.free(place)

    with _clean_memory():
        with _clean_memory():
            assert given_again() == b"\xaa" * size
        assert given_again() == b"\xaa" * size
    place = libc.malloc(size)
    ctypes.memset(place, ord("q"), size)
    libc.free(place)
    assert given_again().count(b"q") > size // 2, "outside the block it is as it was"
