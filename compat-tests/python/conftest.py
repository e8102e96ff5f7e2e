"""A server of its own, and short names for the people and channels of a test."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import uuid

import pytest
from stream_chat import StreamChat

KEY = "compat-key"
SECRET = "compat-secret-0123456789abcdef0123456789abcdef"
HERE = pathlib.Path(__file__).resolve().parent
BINARY = os.environ.get("WEIR_BIN", str(HERE.parent.parent / "target" / "debug" / "weir"))


@pytest.fixture(scope="session")
def base_url():
    data = tempfile.mkdtemp(prefix="weir-compat-")
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "PORT")},
        "WEIR_API_KEY": KEY,
        "WEIR_API_SECRET": SECRET,
        "WEIR_DATA_DIR": data,
        "WEIR_RATE_LIMITS": "off",
        "WEIR_LINK_PREVIEWS": "off",
        "WEIR_LOG": os.environ.get("WEIR_LOG", "warn"),
    }
    server = subprocess.Popen(
        [BINARY, "serve", "--host", "127.0.0.1", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    output = []
    for line in server.stdout:
        output.append(line)
        match = re.search(r"Weir is listening on (http://127\.0\.0\.1:\d+)", line)
        if match:
            break
    else:
        raise RuntimeError("the server ended: " + "".join(output))
    yield match.group(1)
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=10)
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def server(base_url):
    return StreamChat(api_key=KEY, api_secret=SECRET, base_url=base_url, timeout=15)


@pytest.fixture
def people(server):
    """Ana, Bob and Cleo, with ids never used before."""
    tag = uuid.uuid4().hex[:8]
    names = ["Ana", "Bob", "Cleo"]
    ids = [f"{name.lower()}-{tag}" for name in names]
    server.upsert_users([{"id": id, "name": name} for id, name in zip(ids, names)])
    return ids


@pytest.fixture
def channel(server, people):
    """A channel of Ana and Bob, made by Ana."""
    ana, bob, _ = people
    room = server.channel("messaging", uuid.uuid4().hex, {"name": "Kitchen", "members": [ana, bob]})
    room.create(ana)
    return room
