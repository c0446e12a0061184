"""Tells the app's own code from the libraries that are installed with it."""

from __future__ import annotations

import sysconfig

_LIBRARY_DIRECTORIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def is_library(file: str) -> bool:
    """Tell whether a source file is part of Python or of an installed package; generated code (`<...>`) counts, too."""
    return file.startswith((*_LIBRARY_DIRECTORIES, "<"))
