# SPDX-License-Identifier: GPL-2.0-or-later
"""
A live system that was started once: the memory of the machine is kept in build/tests, and
each test that wants a live system goes on from there in seconds.  Disks are plugged into the
running machine; what udev and the installer see of them is what they see after a start.
What a start itself does is for the tests that start.
"""
import contextlib
import fcntl
import hashlib
import os
import time

from machine import WORK, Machine, iso, live, live_cmdline, ssh_key

SLOTS = 8


def bare(name, more=()):
    """The machine without disks, and slots to put some into."""
    slots = [word for i in range(SLOTS) for word in (
        "-device", f"pcie-root-port,id=slot{i},chassis={i + 1},slot={i + 1}")]
    return Machine(name, cdrom=iso(), kernel="", extra=[*slots, *more])


def memory():
    """The file with the memory of a live system in whose shell ssh was opened."""
    made_of = (os.stat(iso()).st_mtime_ns, live_cmdline(), ssh_key().read_bytes(), SLOTS)
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    path = WORK / f"live-{digest}.memory"
    with open(WORK / "live.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for old in WORK.glob("live-*.memory"):
                old.unlink()
            make(path)
    return path


def make(path):
    part = path.with_suffix(".part")
    with bare("live") as m:
        live(m, timeout=600)
        m.ssh("udevadm settle; sync")
        m.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 34, "downtime-limit": 60000})
        assert "error" not in m.qmp("migrate", uri=f"file:{part}")
        for _ in range(600):
            status = m.qmp("query-migrate")["return"].get("status")
            if status in ("completed", "failed"):
                break
            time.sleep(0.1)
        assert status == "completed", m.qmp("query-migrate")
    part.rename(path)


def monitor(m, line):
    answer = m.qmp("human-monitor-command", **{"command-line": line})["return"].strip()
    assert answer in ("", "OK"), f"{line}: {answer}"


def plug(m, words):
    """What would be "-drive X -device Y" of a machine that is started; cards get a slot each."""
    for kind, what in zip(words[::2], words[1::2]):
        if kind == "-device" and "bus=" not in what:
            what += f",bus=slot{m.slots_used}"
            m.slots_used += 1
        monitor(m, {"-drive": "drive_add 0", "-device": "device_add"}[kind] + f' "{what}"')
        if what.startswith("scsi-hd"):
            time.sleep(1)       # or the names are in another order than that of plugging


def unplug(m, serial):
    """Pull a disk out."""
    assert "error" not in m.qmp("device_del", id=serial)
    m.ssh(f"for i in $(seq 150); do [ -e /dev/disk/by-id/virtio-{serial} ] || exit 0; sleep 0.2;"
          " done; exit 1")


def install(m, name, text, timeout=600):
    """Install by ssh; the machine goes on afterwards.  What was said."""
    m.ssh(f"cat > /run/{name}.ks <<'X'\n{text}X")
    return m.ssh("mkdir -p /run/stay; ln -sf /bin/true /run/stay/systemctl; export PATH=/run/stay:$PATH;"
                 f" socle-install --yes --kickstart /run/{name}.ks < /dev/null > /run/{name}.log 2>&1"
                 f" || {{ tail -n 40 /run/{name}.log; exit 1; }}; udevadm settle; cat /run/{name}.log",
                 timeout=timeout)


@contextlib.contextmanager
def resumed(name, disks=(), extra=(), links=()):
    """
    The live system, over ssh and in the shell of its serial line.  disks: as of Machine,
    virtio only, each with a serial; extra: words as "-drive X", "-device Y"; links: what udev
    makes of those.
    """
    with bare(name, ["-incoming", f"file:{memory()}"]) as m:
        m.slots_used = 0
        for _ in range(300):
            with contextlib.suppress(OSError):
                if m.qmp("query-status")["return"]["status"] == "running":
                    break
            time.sleep(0.1)
        for i, (path, props) in enumerate(disks):
            words = Machine.disk_args(i, path, dict(props), "virtio", len(disks) > 1)
            plug(m, [words[0], words[1], words[2],
                     words[3].split(",bootindex")[0] + f",id={props['serial']}"])
        plug(m, extra)
        links = [f"/dev/disk/by-id/virtio-{props['serial']}" for _, props in disks] + list(links)
        for link in links:
            m.ssh(f"for i in $(seq 150); do [ -e {link} ] && exit; sleep 0.2; done;"
                  f" lsblk; echo no {link}; exit 1")
        m.ssh("udevadm settle")
        yield m
