"""SHA-256 without OpenSSL, where Python has it of its own: hashlib loads OpenSSL, which takes longer than all that is hashed here.

The standard library does the same in `random`.
"""

from __future__ import annotations

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore] # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # Pythons that are built without it
        from hashlib import sha256

__all__ = ["of_text", "sha256"]


def of_text(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    digest: str = sha256(text.encode()).hexdigest()
    return digest
