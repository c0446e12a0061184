"""``python -m loadproof`` is the ``loadproof`` command."""

import sys

from loadproof.cli import main

sys.exit(main())
