#!/bin/sh
# Installs what is missing, then tells every story: JS on one node, JS on two, JS on two over a Redis Cluster, random histories of
# what is unread, types, Python.
# Ends with one line of counts. The server must be built (cargo build) or WEIR_BIN must name it.
# `./run.sh js two cluster unread types python` chooses parts.
set -u
cd "$(dirname "$0")"
parts="${*:-js two cluster unread types python}"
reports="$(mktemp -d)"
trap 'rm -rf "$reports"' EXIT
failed=0

binary="${WEIR_BIN:-../target/debug/weir}"
if [ ! -x "$binary" ]; then
  echo "compat-tests: $binary is not there; build the server first (cargo build) or set WEIR_BIN" >&2
  exit 1
fi

# A copy of the lock file tells whether what is installed is what is pinned.
needs() { ! cmp -s "$1" "$2"; }

case " $parts " in *" js "* | *" two "* | *" cluster "* | *" unread "* | *" types "*)
  if needs package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.installed || exit 1
  fi ;;
esac
case " $parts " in *" python "*)
  if needs python/requirements.txt .venv/.installed; then
    python3 -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check -r python/requirements.txt &&
      cp python/requirements.txt .venv/.installed || exit 1
  fi ;;
esac

vitest() { npx --no-install vitest run --config "$1" --reporter=default --reporter=json --outputFile.json="$reports/$2.json"; }

for part in $parts; do
  echo "== $part"
  case "$part" in
    js) vitest vitest.config.ts js ;;
    two) WEIR_NODES=2 vitest vitest.config.ts two ;;
    cluster) WEIR_NODES=2 WEIR_REDIS=cluster vitest vitest.config.ts cluster ;;
    unread) vitest unread/vitest.config.ts unread ;;
    types) vitest types/vitest.config.ts types ;;
    python) .venv/bin/python -m pytest -q -p no:cacheprovider --junitxml="$reports/python.xml" python ;;
    *) echo "compat-tests: no part named $part" >&2; false ;;
  esac || failed=1
done

python3 - "$reports" $parts <<'PYTHON'
import json, pathlib, sys
import xml.etree.ElementTree as tree

folder, parts = pathlib.Path(sys.argv[1]), sys.argv[2:]
lines, passed, failed = [], 0, 0
for part in parts:
    report = next(iter(folder.glob(part + ".*")), None)
    if report is None:
        good, bad = 0, 1
    elif report.suffix == ".json":
        counts = json.loads(report.read_text())
        good, bad = counts["numPassedTests"], counts["numFailedTests"] + counts.get("numFailedTestSuites", 0) * (not counts["numTotalTests"])
    else:
        suite = tree.parse(report).getroot().find("testsuite")
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        good = int(suite.get("tests")) - bad - int(suite.get("skipped"))
    passed, failed = passed + good, failed + bad
    lines.append(f"{part} {good} passed" + (f" {bad} failed" if bad else ""))
print(f"compat-tests: {passed} passed, {failed} failed ({'; '.join(lines)})")
PYTHON
exit $failed
