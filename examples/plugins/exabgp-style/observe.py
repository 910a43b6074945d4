#!/usr/bin/env python3
"""What a reader of the lines knows announced: one address a line. For `herald plugins test`."""
import re
import sys

announced = set()
try:
    with open(sys.argv[1], encoding="utf-8") as lines:
        for verb, address in re.findall(r"^(announce|withdraw) route ([0-9a-f.:]+)/", lines.read(), re.M):
            (announced.add if verb == "announce" else announced.discard)(address)
except FileNotFoundError:
    pass
print("\n".join(sorted(announced)))
