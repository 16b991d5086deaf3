# SPDX-License-Identifier: GPL-2.0-or-later
"""Network boot: the time to the installer's start by each way, against a CD; what is sent, and
what it costs the server; and fifty machines that fetch at once behind a gigabit.

Ends with JSON lines; "theirs" of a way is the CD's time, that of the fifty the line's rate.
"""
import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import rack
from machine import Machine, WebServer, disk, iso

CLIENTS = 50
KICKSTART = "rootpw --plaintext x\nzerombr\nclearpart --all\nautopart\npoweroff\n"
# Fetches what an initramfs does, and forgets it.
CLIENT = """
import http.client, sys, threading
count, names = int(sys.argv[1]), sys.argv[2:]
total, failed = [0] * count, []
def client(number):
    buffer = bytearray(1 << 20)
    try:
        for name in names:
            c = http.client.HTTPConnection("192.0.2.1", timeout=120,
                                           source_address=(f"192.0.2.{number + 11}", 0))
            c.request("GET", "/" + name)
            with c.getresponse() as f:
                length, got = f.length, 0
                while n := f.readinto(buffer):
                    got += n
            assert f.status == 200 and got == length, (name, f.status, got)
            total[number] += got
    except Exception as e:
        failed.append(f"client {number}: {e}")
threads = [threading.Thread(target=client, args=(n,)) for n in range(count)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(total), *failed)
"""


def report(bench, ours, theirs, unit):
    print(json.dumps({"bench": bench, "ours": round(ours, 2), "theirs": round(theirs, 2),
                      "unit": unit, "ratio": round(ours / theirs, 2)}), flush=True)


def from_cd():
    """Seconds from power-on to the installer's first event, by the ISO's menu."""
    with WebServer({}) as web, Machine("bench-cd", disks=[(disk("bench-cd"), {})], cdrom=iso(),
                                       vga=True) as m:
        begin = time.monotonic()
        m.menu(0)
        m.send("\t")
        m.expect("socle.install", timeout=20)
        m.send(f" socle.webhook={web.url('/')}\r")
        while not web.sent:
            assert rack.drain(m, 0.1) and time.monotonic() - begin < 600
        return time.monotonic() - begin


def by_way(server, number, way):
    """
    Seconds from power-on to the installer's first event, bytes that came through the cable until
    then; the server's processor seconds until the machine is installed.
    """
    card = rack.mac(number).replace(":", "-")
    before, cpu, begin = rack.sent(number), server.cpu(), time.monotonic()
    with rack.machine(f"bench-{way}", number, way, [(disk(f"bench-{way}"), {})]) as m:
        while not re.search(f"{card}.*: installing", server.log.read_text()):
            assert rack.drain(m, 0.1) and time.monotonic() - begin < 900, server.log.read_text()
        took, came = time.monotonic() - begin, rack.sent(number) - before
        m.expect("Installed", timeout=900)
        m.wait_off()
    return took, came, server.cpu() - cpu


def fifty(server):
    """Fifty clients behind a gigabit: seconds, bytes, the server's processor seconds."""
    rack.ip("netns", "add", "clients")
    rack.ip("link", "add", "clients", "type", "veth", "peer", "name", "eth0", "netns", "clients")
    rack.ip("link", "set", "clients", "master", rack.BRIDGE, "up")
    # The server bears with some connections of one address, not with fifty.
    for number in range(CLIENTS):
        rack.ip("-n", "clients", "addr", "add", f"192.0.2.{number + 11}/24", "dev", "eth0")
    rack.ip("-n", "clients", "link", "set", "eth0", "up")
    subprocess.run(["tc", "qdisc", "add", "dev", "clients", "root", "tbf", "rate", "1gbit",
                    "burst", "256k", "latency", "20ms"], check=True)
    names = [s.split()[1] for s in (rack.TREE / "SHA256SUMS").read_text().splitlines()]
    cpu, begin = server.cpu(), time.monotonic()
    out = subprocess.run(["ip", "netns", "exec", "clients", sys.executable, "-c", CLIENT,
                          str(CLIENTS), *names], check=True, capture_output=True, text=True).stdout.split(" ")
    assert len(out) == 1, out
    return time.monotonic() - begin, int(out[0]), server.cpu() - cpu


def serve(way):
    tree = rack.plain_tree() if way == "bios" else rack.TREE
    return rack.Serve("bench", {"default.ks": KICKSTART}, tree)


def main():
    only = sys.argv[1:] or [*rack.WAYS, "fifty"]
    cd = from_cd() if set(only) & set(rack.WAYS) else 0
    with rack.network():
        for number, way in enumerate(rack.WAYS, 21):
            if way not in only:
                continue
            with serve(way) as server:
                took, came, cpu = by_way(server, number, way)
            print(f"{way}: {came / 1e6:.0f} MB until the installer starts; the server's processor:"
                  f" {cpu:.2f} s for one installed machine", flush=True)
            report(f"netboot-{way}", took, cd, "s")
        if "fifty" in only:
            with serve("fifty") as server:
                took, size, cpu = fifty(server)
            print(f"{CLIENTS} clients: {size / 1e9:.1f} GB in {took:.0f} s, {cpu:.1f} s of the server's"
                  f" processor; {took / CLIENTS:.1f} s of the line for a machine", flush=True)
            report("netboot-gigabit", size * 8 / took / 1e6, 1000, "Mbit/s")


if __name__ == "__main__":
    main()
