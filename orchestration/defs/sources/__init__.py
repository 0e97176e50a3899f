"""One folder a publisher: a pure `parser.py` and a `source.py` with its contract, its fetch and `SOURCE`."""
