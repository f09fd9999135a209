"""影枢 YingShu: the workstation's door.  All else is in `app.cli` and `app.bootstrap`."""

import sys

if __name__ == "__main__":
    from app.loading import load

    sys.exit(load("app.cli").main(sys.argv[1:]))
