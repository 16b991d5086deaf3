# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the initramfs fetches over the network, and when it does not go on: its own script, shell,
curl and sha256sum, in its own tree, with a clock that only its waiting moves.
"""
import hashlib
import http.server
import re
import shutil
import socket
import subprocess
import threading

import pytest
from machine import BUILD, WORK

ROOT = WORK / "initramfs"
IMAGE = bytes(range(256)) * 4000
CLOCK = """
now=1000
sleep() { now=$((now + $1)); }
cut() { case $* in *uptime*) echo $now ;; *) command cut "$@" ;; esac; }
reboot() { echo "starts again at $now"; exit 9; }
"""
# The console is what the test reads; the kernel's log is not the machine's that tests.
ENTER = """
cd "$0"
mount -t tmpfs dev dev
touch dev/null dev/kmsg
mount --bind /dev/null dev/null
mount --bind /dev/null dev/kmsg
ln -s /proc/self/fd dev/fd
ln -s fd/1 dev/stdout
mount -t proc proc proc
mount -t tmpfs sys sys
mkdir -p sys/class/tty/console
echo stdout > sys/class/tty/console/active
mount -t tmpfs run run
exec chroot . /bin/sh -c '. /clock.sh; . /sbin/soclenetroot' sh eth0 "$1"
"""
STARTED = """#!/bin/sh
echo "started $*"
touch /run/initramfs/live/x 2> /dev/null || echo "and nobody can change it"
"""


@pytest.fixture(name="root", scope="module")
def root_fixture():
    """Programs and scripts of the initramfs that is built; behind the microcode."""
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    data = (BUILD / "initrd/initrd.img").read_bytes()[(BUILD / "firmware/ucode.cpio").stat().st_size:]
    unpacked = subprocess.run(["zstd", "-dc"], input=data, check=True, capture_output=True).stdout
    subprocess.run(["cpio", "-id", "--quiet", "bin", "sbin", "lib", "lib64", "dev", "proc", "sys", "run",
                    "etc/*", "usr/bin/*", "usr/sbin/*", "usr/lib64/*", "usr/lib/x86_64-linux-gnu/*",
                    "usr/lib/dracut*"], input=unpacked, check=True, cwd=ROOT)
    (ROOT / "clock.sh").write_text(CLOCK)
    (ROOT / "sbin/dmsquash-live-root").write_text(STARTED)
    yield ROOT
    shutil.rmtree(ROOT)


class Server:
    """A tree of two files, and what is wrong with its server."""

    def __init__(self):
        self.files = {"/socle/manifest.json": b"{}\n", "/socle/system.squashfs": IMAGE}
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name[1:]}\n"
                       for name, data in self.files.items()).encode()
        self.sums = hashlib.sha256(sums).hexdigest()
        self.files["/SHA256SUMS"] = sums
        self.requests = []
        self.sent = 0
        self.ranges = True
        self.at_once = len(IMAGE)  # bytes of an answer
        self.last = self.better = 0  # the request from which on there are none, or all
        self.damaged = {}  # path: how many times it is still

    def answer(self, handler):
        data = self.files[handler.path]
        self.requests.append(handler.path)
        if len(self.requests) == self.last:
            self.at_once = 0
        if len(self.requests) == self.better:
            self.at_once = len(IMAGE)
        if self.damaged.get(handler.path):
            self.damaged[handler.path] -= 1
            data = bytes([data[0] ^ 1]) + data[1:]
        asked = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        begin = int(asked[1]) if asked and self.ranges else 0
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        handler.send_header("Content-Length", str(len(data) - begin))
        handler.end_headers()
        part = data[begin:begin + self.at_once]
        self.sent += len(part)
        handler.wfile.write(part)

    def __enter__(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(name="server")
def server_fixture():
    with Server() as server:
        yield server


def boot(root, url, sums, more=""):
    """What the console says."""
    (root / "etc/cmdline.d").mkdir(exist_ok=True)
    (root / "etc/cmdline.d/test.conf").write_text(f"socle.sums={sums}\n")
    (root / "clock.sh").write_text(CLOCK + more)
    run = subprocess.run(["unshare", "--mount", "sh", "-ec", ENTER, root,
                          f"soclenet:{url}/socle/system.squashfs"], check=False, text=True,
                         stdout=subprocess.PIPE, timeout=120)
    assert run.returncode == (9 if "starts again at" in run.stdout else 0), run
    return run.stdout


def stopped(said, why):
    """It says why, that no disk was changed, and starts again after a minute; nothing was used."""
    assert f"Socle: {why}" in said, said
    assert "no disk was changed; this machine starts again in a minute" in said, said
    assert "started" not in said
    return int(re.search(r"starts again at (\d+)", said)[1]) - 60 - 1000


def test_image_is_started_when_all_is_there(root, server):
    said = boot(root, server.url, server.sums)
    assert "started /run/initramfs/live/socle/system.squashfs\nand nobody can change it" in said, said
    assert server.requests == ["/SHA256SUMS", "/socle/manifest.json", "/socle/system.squashfs"]


@pytest.mark.parametrize("name", ["socle/manifest.json", "socle/system.squashfs"])
def test_file_that_is_damaged_is_named(root, server, name):
    server.damaged[f"/{name}"] = 99
    said = boot(root, server.url, server.sums)
    for attempt in "123":
        assert f"{server.url}/{name} is not what it must be (SHA-256), attempt {attempt} of 3" in said
    stopped(said, f"{server.url}/{name} has another SHA-256 than SHA256SUMS says: it is damaged, "
                  "or of another version")


def test_tree_of_another_version_is_not_fetched(root, server):
    said = boot(root, server.url, "0" * 64)
    stopped(said, f"{server.url}/SHA256SUMS has another SHA-256 than the boot menu says")
    assert set(server.requests) == {"/SHA256SUMS"}


def test_file_that_was_damaged_on_its_way_is_fetched_again(root, server):
    server.damaged["/socle/system.squashfs"] = 2
    said = boot(root, server.url, server.sums)
    assert "attempt 2 of 3" in said and "started" in said, said


def test_transfer_that_breaks_goes_on_where_it_was(root, server):
    server.at_once = len(IMAGE) // 7
    said = boot(root, server.url, server.sums)
    assert said.count("trying again") == 7 and "started" in said, said
    assert server.sent < len(IMAGE) + 1000


def test_server_without_ranges_begins_anew(root, server):
    server.ranges = False
    server.at_once, server.better = len(IMAGE) - 1, 5
    assert "started" in boot(root, server.url, server.sums)


def test_dead_server_is_waited_for_ten_minutes(root):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{s.getsockname()[1]}"
        said = boot(root, url, "0" * 64)
    assert 600 <= stopped(said, f"{url}/SHA256SUMS: curl: (7) ") < 610, said


def test_ten_minutes_begin_with_the_last_byte(root, server):
    """A server that gives a byte at a time is slow, not dead; until none comes any more."""
    server.at_once, server.last = 1, 40
    said = boot(root, server.url, server.sums)
    assert 600 < stopped(said, f"{server.url}/SHA256SUMS: curl: (18) ") < 800, said


def test_too_little_memory_is_said(root, server):
    small = 'mount() { case $* in *tmpfs*) set -- -t tmpfs -o size=600k socle "$live" ;; esac; command mount "$@"; }\n'
    said = boot(root, server.url, server.sums, small)
    took = stopped(said, f"{server.url}/socle/system.squashfs: curl: (23) ")
    assert "this machine's memory is too small for a boot over the network" in said
    assert took == 0, said
