# SPDX-License-Identifier: GPL-2.0-or-later
"""Network boot: the time to the installer's start by each way, against a CD; what is sent, and
what it costs the server; and fifty machines that fetch at once behind a gigabit.

Ends with JSON lines; "theirs" of a way is the CD's time, that of the fifty the line's rate.
"""
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import rack
from machine import BUILD, Machine, disk, iso

CLIENTS = 50
MB = 1000000
# What a machine's initramfs fetches, without looking at it.
CLIENT = """
import socket, sys, threading, urllib.request
url, count = sys.argv[1], int(sys.argv[2])
names = [l.split()[1] for l in urllib.request.urlopen(url + "/SHA256SUMS").read().decode().splitlines()]
total, failed = [0] * count, []
def client(number):
    buffer = bytearray(1 << 20)
    try:
        for name in names:
            with urllib.request.urlopen(f"{url}/{name}", timeout=120) as f:
                length = int(f.headers["Content-Length"])
                got = 0
                while n := f.readinto(buffer):
                    got += n
                assert got == length, name
                total[number] += got
    except Exception as e:
        failed.append(f"client {number}: {e}")
threads = [threading.Thread(target=client, args=(n,)) for n in range(count)]
for t in threads: t.start()
for t in threads: t.join()
print(*failed, sep="\\n", file=sys.stderr)
print(sum(total))
sys.exit(bool(failed))
"""


def report(bench, ours, theirs, unit):
    print(json.dumps({"bench": bench, "ours": round(ours, 2), "theirs": round(theirs, 2),
                      "unit": unit, "ratio": round(ours / theirs, 2)}), flush=True)


def from_cd():
    """Power-on to the installer, from the ISO's own menu, its ten seconds of waiting not counted."""
    begin = time.monotonic()
    with Machine("bench-cd", disks=[(disk("bench-cd"), {})], cdrom=iso()) as m:
        m.menu(0)
        m.send("\r")
        m.expect("Socle installer|Welcome|Install", timeout=300)
        m.expect("[Ll]anguage|[Kk]eyboard|Next|installer", timeout=300)
        return time.monotonic() - begin


def by_way(server, number, way):
    """Seconds from power-on to the installer's first word, bytes sent, the server's CPU seconds."""
    sent = Path("/sys/class/net", rack.tap(number), "statistics/tx_bytes")
    before, cpu, begin = int(sent.read_text()), server.cpu(), time.monotonic()
    with rack.machine(f"bench-{way}", number, way, [(disk(f"bench-{way}"), {})]) as m:
        server.wait_event(rack.mac(number), "start", m, 600)
        return time.monotonic() - begin, int(sent.read_text()) - before, server.cpu() - cpu


def fifty(server):
    """Fifty clients behind a line of a gigabit."""
    rack.ip("netns", "add", "clients")
    rack.ip("link", "add", "clients", "type", "veth", "peer", "name", "eth0", "netns", "clients")
    rack.ip("link", "set", "clients", "master", rack.BRIDGE, "up")
    rack.ip("-n", "clients", "addr", "add", "192.0.2.2/24", "dev", "eth0")
    rack.ip("-n", "clients", "link", "set", "eth0", "up")
    subprocess.run(["tc", "qdisc", "add", "dev", "clients", "root", "tbf", "rate", "1gbit",
                    "burst", "256k", "latency", "20ms"], check=True)
    cpu, begin = server.cpu(), time.monotonic()
    out = subprocess.run(["ip", "netns", "exec", "clients", sys.executable, "-c", CLIENT, server.url,
                          str(CLIENTS)], check=True, capture_output=True, text=True)
    return time.monotonic() - begin, int(out.stdout), server.cpu() - cpu
