"""`python -m actors.cli`: the same as `playbill`."""

import sys

from actors.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
