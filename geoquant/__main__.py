"""``python -m geoquant`` is ``geoquant``."""

from geoquant.cli.main import main

if __name__ == "__main__":
    main()
