"""影枢 YingShu: the workstation's door.  All else is in `app.cli` and `app.bootstrap`."""

import sys

if __name__ == "__main__":
    from app.cli import main

    sys.exit(main(sys.argv[1:]))
