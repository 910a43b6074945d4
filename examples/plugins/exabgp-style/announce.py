#!/usr/bin/env python3
"""An announcer in one file of Python: writes `announce route …` and `withdraw route …` lines, as ExaBGP reads them.

Speaks docs/plugin-protocol.md on its standard streams. What the lines add up to is always exactly what it was told
last: at its start it withdraws whatever an earlier run left in the file.
"""
import json
import re
import sys

HELLO = {
    "type": "hello",
    "protocol": 1,
    "api": 1,
    "name": "exabgp-style",
    "version": "1.0.0",
    "placement": "every-node",
    "fencing": "none",
    "optionsSchema": {
        "type": "object",
        "properties": {
            "nextHop": {"type": "string", "description": "Next hop of the routes.", "default": "self"},
            "community": {"type": "string", "description": "Attached to each route.", "pattern": "^[0-9]+:[0-9]+$"},
        },
        "additionalProperties": False,
    },
    "configSchema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "minLength": 1, "description": "Where the lines go."}},
    },
}


class Failed(Exception):
    """A call that cannot be done; its text is the answer."""


class Announcer:
    def __init__(self, file):
        self.file = file
        self.routes = {}

    def open(self):
        for address in self.left_behind():
            self.write(f"withdraw route {prefix(address)}")

    def left_behind(self):
        announced = set()
        try:
            with open(self.file, encoding="utf-8") as lines:
                for verb, address in re.findall(r"^(announce|withdraw) route ([0-9a-f.:]+)/", lines.read(), re.M):
                    (announced.add if verb == "announce" else announced.discard)(address)
        except FileNotFoundError:
            pass
        return sorted(announced)

    def reconcile(self, desired):
        wanted = {t["address"]: attributes(t) for t in desired["targets"] if t["stage"] == "serve"}
        for address in [address for address in self.routes if address not in wanted]:
            self.write(f"withdraw route {prefix(address)}")
            del self.routes[address]
        for address, text in wanted.items():
            if self.routes.get(address) != text:
                self.write(f"announce route {prefix(address)} {text}")
                self.routes[address] = text
        return [{"address": t["address"], "phase": PHASES[t["stage"]]} for t in desired["targets"]]

    def write(self, line):
        try:
            with open(self.file, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise Failed(f"{self.file}: {error.strerror}") from error


PHASES = {"arm": "armed", "serve": "serving", "retire": "silent"}


def prefix(address):
    return f"{address}/{128 if ':' in address else 32}"


def attributes(target):
    options = target["offers"][0]["options"]
    community = options.get("community")
    return f"next-hop {options.get('nextHop', 'self')}" + (f" community [{community}]" if community else "")


def answer(message, state):
    kind, number = message["type"], message.get("id")
    if kind == "hello":
        return HELLO
    if kind == "ping":
        return {"type": "pong", "id": number}
    if kind == "open":
        state["announcer"] = Announcer(message["config"]["file"])
        state["announcer"].open()
    if kind == "reconcile":
        desired = message["desired"]
        targets = state["announcer"].reconcile(desired)
        return {"type": "status", "id": number, "generation": desired["generation"], "targets": targets}
    return {"type": "ok", "id": number} if kind in ("check", "open", "close", "fence") else None


def main():
    state = {}
    for line in sys.stdin:
        message = json.loads(line)
        try:
            reply = answer(message, state)
        except Failed as failure:
            reply = {"type": "failed", "id": message["id"], "message": str(failure)}
        if reply is not None:
            print(json.dumps(reply), flush=True)


main()
