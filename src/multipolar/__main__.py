"""``python -m multipolar`` is the command line."""

from multipolar.cli import main

if __name__ == "__main__":
    main()
