#!/usr/bin/env python3
"""Throws what the OpenAPI document allows, and what it does not, at a built server: as a back end, a user, a guest, a stranger.

The last line counts operations. No answer may be a 5xx or break its own schema, and nothing may panic: what the server counted and
wrote itself is looked at, too.
"""

import argparse
import base64
import collections
import concurrent.futures
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEY = "fuzz-key"
SECRET = "fuzz-secret-0123456789abcdef0123456789abcdef"
BINARY = os.environ.get("WEIR_BIN", str(ROOT / "target" / "debug" / "weir"))
WHO = ["user", "server", "guest", "nobody"]
# What no log of a healthy server holds.
TROUBLE = re.compile(r"panicked|request failed|a chore failed|overflow|\bERROR\b")


def encoded(part):
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def token(claims):
    content = f'{encoded(b"""{"alg":"HS256","typ":"JWT"}""")}.{encoded(json.dumps(claims).encode())}'
    return f"{content}.{encoded(hmac.digest(SECRET.encode(), content.encode(), hashlib.sha256))}"


class Server:
    """The built server with its private Redis in a folder of its own."""

    def __init__(self):
        self.data = tempfile.mkdtemp(prefix="weir-fuzz-")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_") and name not in ("REDIS_URL", "PORT")}
        environment |= {
            "WEIR_API_KEY": KEY,
            "WEIR_API_SECRET": SECRET,
            "WEIR_DATA_DIR": self.data,
            "WEIR_RATE_LIMITS": "off",
            "WEIR_LINK_PREVIEWS": "off",
            "WEIR_LOG": "warn",
            "RUST_BACKTRACE": "1",
        }
        self.process = subprocess.Popen(
            [BINARY, "serve", "--host", "127.0.0.1", "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = []
        for line in self.process.stdout:
            self.log.append(line)
            if match := re.search(r"Weir is listening on (http://127\.0\.0\.1:\d+)", line):
                self.url = match[1]
                break
        else:
            raise SystemExit("the server ended: " + "".join(self.log))
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}{path}?api_key={KEY}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": token({"server": True}), "stream-auth-type": "jwt", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def statuses(self):
        """Status → how many answers had it, by the server's own count."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        counts = collections.Counter()
        for status, count in re.findall(r'weir_request_seconds_count\{[^}]*status="(\w+)"[^}]*\} (\d+)', text):
            counts[status] += int(count)
        return counts

    def stop(self):
        """Ends it; returns what its log holds that should not be there."""
        alive = self.process.poll() is None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(timeout=5)
        shutil.rmtree(self.data, ignore_errors=True)
        if not alive:
            return [*self.log[-50:], f"the server ended by itself with {self.process.returncode}\n"]
        return [line for line in self.log if TROUBLE.search(line)]


def populate(server):
    """People, channels and messages to aim at."""
    users = ["ana", "bob", "cleo"]
    server.call("POST", "/users", {"users": {id: {"id": id, "name": id.title()} for id in users}})
    world = {"users": users, "types": ["messaging", "team", "livestream"], "channels": ["kitchen", "garage"], "reactions": ["like", "love"]}
    world |= {"messages": [], "spare_channels": [f"spare-{turn}" for turn in range(20)], "spare_messages": [f"spare-{turn}" for turn in range(20)]}
    for kind in world["types"]:
        for id in world["channels"]:
            server.call("POST", f"/channels/{kind}/{id}/query", {"data": {"created_by_id": "ana", "members": users, "name": id}})
            for turn in range(3):
                message = {"id": f"{kind}-{id}-{turn}", "text": f"message {turn}", "user_id": users[turn]}
                server.call("POST", f"/channels/{kind}/{id}/message", {"message": message})
                world["messages"].append(message["id"])
            server.call("POST", f"/messages/{kind}-{id}-0/reaction", {"reaction": {"type": "like", "user_id": "bob"}})
            reply = {"id": f"{kind}-{id}-reply", "text": "a reply", "parent_id": f"{kind}-{id}-0", "user_id": "cleo"}
            server.call("POST", f"/channels/{kind}/{id}/message", {"message": reply})
    for id in world["spare_channels"]:
        server.call("POST", f"/channels/messaging/{id}/query", {"data": {"created_by_id": "ana", "members": users}})
        server.call("POST", f"/channels/messaging/{id}/message", {"message": {"id": id, "text": "to be deleted", "user_id": "ana"}})
    world["cids"] = [f"{kind}:{id}" for kind in world["types"] for id in world["channels"]]
    return world


def caller(who, server):
    """What every request of this caller carries; `acts`: it must name a person to act for."""
    jwt = {
        "server": lambda: token({"server": True}),
        "user": lambda: token({"user_id": "ana"}),
        "guest": lambda: server.call("POST", "/guest", {"user": {"id": "guest"}})["access_token"],
    }
    headers = {"authorization": jwt[who](), "stream-auth-type": "jwt"} if who in jwt else {}
    return {"acts": who == "server", "query": {"api_key": KEY}, "headers": headers}


def schemathesis(server, who, seed, examples, phases):
    """One run; returns how many operations passed and failed, and its output if it found something."""
    report = pathlib.Path(server.data) / "report.xml"
    command = [
        *[str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run"],
        *[str(ROOT / "openapi" / "openapi.json"), "--url", server.url, "--seed", str(seed), "--max-examples", str(examples)],
        *["--phases", phases, "--report", "junit", "--report-junit-path", str(report), "--no-color", "--warnings", "off"],
        *["--suppress-health-check", "all", "--request-timeout", "10", "--continue-on-failure"],
    ]
    aims = {"FUZZ_WORLD": json.dumps(populate(server)), "FUZZ_CALLER": json.dumps(caller(who, server))}
    environment = {**os.environ, **aims, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    run = subprocess.run(command, env=environment, cwd=server.data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    cases = report.read_text().split("<testcase ")[1:] if report.exists() else []
    cases = [case for case in cases if "<skipped" not in case]
    bad = sum("<failure" in case or "<error" in case for case in cases)
    good = len(cases) - bad
    # A run that tested nothing, or ended badly without naming an operation, has failed.
    if not good or (run.returncode and not bad):
        bad += 1
    return good, bad, run.stdout if bad else ""


def fuzz(who, seed, examples, phases):
    """Fuzzes a server of its own; returns what to print, and the counts."""
    server = Server()
    words, good, bad, statuses = [], 0, 0, collections.Counter()
    try:
        good, bad, output = schemathesis(server, who, seed, examples, phases)
        words.append(output)
        statuses = server.statuses()
    except OSError as error:
        # A server that is gone; its log says why.
        words.append(f"fuzz as {who}: {error}")
        bad += 1
    finally:
        trouble = server.stop()
    if not any(status.startswith("2") for status in statuses):
        bad += 1
        words.append(f"fuzz as {who}: nothing was let through, or the server does not count its answers")
    failures = {status: count for status, count in statuses.items() if status >= "5"}
    if failures or trouble:
        bad += 1
        words.append(f"fuzz as {who}: answers of 5xx: {failures}; the server's log:\n" + "".join(trouble[:50]))
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    words.append(f"fuzz as {who} ({phases}): {good} operations held, {bad} failed; {told}")
    return "\n".join(filter(None, words)), good, bad


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--long", action="store_true", help="every phase for every caller, with a seed drawn at random")
    arguments.add_argument("--examples", type=int, help="per operation, caller and phase")
    arguments.add_argument("--seed", type=int)
    arguments.add_argument("--only", choices=WHO)
    arguments = arguments.parse_args()
    examples = arguments.examples or (100 if arguments.long else 4)
    seed = arguments.seed or (random.SystemRandom().randrange(1, 2**31) if arguments.long else 20_260_301)
    # In the short run the systematic cases are told once, by the caller who has the most rules to meet.
    phases = {who: "coverage,fuzzing" if arguments.long or who == "user" else "fuzzing" for who in WHO}
    print(f"fuzz: seed {seed}, {examples} examples", flush=True)
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        callers = [arguments.only] if arguments.only else WHO
        for told, good, bad in pool.map(lambda who: fuzz(who, seed, examples, phases[who]), callers):
            print(told, flush=True)
            passed, failed = passed + good, failed + bad
    print(f"fuzz: {passed} passed, {failed} failed (seed {seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
