# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole machines: QEMU in software emulation, driven over its serial line.

A Machine is a context manager; it ends its QEMU however the test ends.  Its
serial line is kept whole in build/tests/NAME.serial.log, of the last run.
"""
import contextlib
import fcntl
import functools
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import pexpect

BUILD = pathlib.Path("build")
WORK = BUILD / "tests"
OVMF = pathlib.Path("/usr/share/OVMF")
MIB = 1 << 20
GIB = 1 << 30


def iso():
    found = list((BUILD / "iso").glob("socle-*.iso"))
    assert len(found) == 1, "run 'make iso' first"
    return found[0]


def live_cmdline():
    """The kernel arguments of the ISO's boot menus, without the role."""
    return (BUILD / "iso/cmdline").read_text().strip()


def disk(name, size=16 * GIB):
    """A new, sparse, empty disk."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{name}.img"
    path.unlink(missing_ok=True)
    with open(path, "wb") as f:
        f.truncate(size)
    return path


def fingerprint(path):
    """SHA-256 of a disk's contents, holes skipped: equal when no byte differs."""
    digest = hashlib.sha256(str(os.path.getsize(path)).encode())
    zero = bytes(MIB)
    fd = os.open(path, os.O_RDONLY)
    try:
        end, pos = os.fstat(fd).st_size, 0
        while pos < end:
            try:
                pos = os.lseek(fd, pos, os.SEEK_DATA) // MIB * MIB
            except OSError:
                break
            chunk = os.pread(fd, MIB, pos)
            if chunk != zero[:len(chunk)]:
                digest.update(pos.to_bytes(8, "little") + chunk)
            pos += MIB
    finally:
        os.close(fd)
    return digest.hexdigest()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Machine:
    """
    name: of its files in build/tests; firmware: "bios" or "uefi".
    cpus: two machines run at once on two processors, so each has one; with two, the
    threads of QEMU's software emulation wait for each other, and boot half as fast.
    disks: [(path, {property: value})], bus: "virtio", "sata" or "nvme".  Zeros that are
    written to one of several stay holes of its file: arrays make their halves equal.
    cdrom / usb: an ISO put in as that; kernel: kernel arguments for a boot of the
    ISO's kernel without a boot loader.
    """

    def __init__(self, name, firmware="bios", memory=1024, cpus=1, disks=(), bus="virtio",
                 cdrom=None, usb=None, kernel=None, cpu="max", nic=True, vga=False, extra=()):
        WORK.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = WORK / f"{name}.serial.log"
        self.qmp_path = WORK / f"{name}.qmp"
        self.ssh_port = free_port()
        self.key = ssh_key()
        self.qemu = None
        args = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", cpu,
                "-m", str(memory), "-smp", str(cpus), "-serial", "stdio", "-monitor", "none",
                "-qmp", f"unix:{self.qmp_path},server=on,wait=off", "-no-reboot",
                "-display", "none", "-vga", "std" if vga else "none"]
        if firmware == "uefi":
            variables = WORK / f"{name}.vars.fd"
            if not variables.exists():
                shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
            args += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
                     "-drive", f"if=pflash,format=raw,file={variables}"]
        for i, (path, props) in enumerate(disks):
            args += self.disk_args(i, path, dict(props), bus, len(disks) > 1)
        if cdrom:
            args += ["-drive", f"if=none,id=cd,media=cdrom,readonly=on,format=raw,file={cdrom}",
                     "-device", "ide-cd,drive=cd,bus=ide.4,bootindex=1"]
        if usb:
            args += ["-drive", f"if=none,id=stick,readonly=on,format=raw,file={usb}",
                     "-device", "qemu-xhci",
                     "-device", "usb-storage,drive=stick,bootindex=1,removable=on"]
        if kernel is not None:
            args += ["-kernel", str(BUILD / "linux/vmlinuz"),
                     "-initrd", str(BUILD / "initrd/initrd.img"),
                     "-append", f"{live_cmdline()} console=ttyS0,115200 {kernel}"]
        if nic:
            args += ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22",
                     "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:50:c1:e0"]
        else:
            args += ["-nic", "none"]
        self.args = args + list(extra)

    @staticmethod
    def disk_args(i, path, props, bus, sparse):
        device = {"virtio": "virtio-blk-pci", "sata": "ide-hd", "nvme": "nvme"}[bus]
        props.setdefault("serial", f"SOCLE-TEST-{i}")
        if bus == "sata":
            props.setdefault("bus", f"ide.{i}")
        options = "".join(f",{k}={v}" for k, v in props.items())
        zeros = ",detect-zeroes=unmap" if sparse else ""
        return ["-drive",
                f"if=none,id=d{i},format=raw,file={path},cache=unsafe,discard=unmap{zeros}",
                "-device", f"{device},drive=d{i}{options},bootindex={10 + i}"]

    def __enter__(self):
        self.serial = open(self.log, "wb")
        self.qemu = pexpect.spawn(self.args[0], self.args[1:], timeout=60, maxread=65536,
                                  searchwindowsize=8192, logfile=None, echo=False)
        self.qemu.logfile_read = self.serial
        return self

    def __exit__(self, *exc):
        subprocess.run(["ssh", *self.ssh_args(), "-O", "exit", "root@127.0.0.1"],
                       capture_output=True, check=False)
        if self.qemu.isalive():
            with contextlib.suppress(OSError, ValueError):
                self.qmp("quit")
            time.sleep(0.5)
        self.read_rest()
        if self.qemu.isalive():
            self.qemu.close(force=True)
        self.serial.close()

    def read_rest(self):
        """What nobody waited for, such as why QEMU ended, is in the log then."""
        with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT, ValueError):
            for _ in range(100):
                self.qemu.read_nonblocking(65536, timeout=0.5)
        self.serial.flush()

    def expect(self, pattern, timeout=120):
        """Wait for a pattern on the serial line; what came before it is returned."""
        try:
            self.qemu.expect(pattern, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as e:
            kind = "no" if isinstance(e, pexpect.TIMEOUT) else "QEMU ended before"
            raise AssertionError(f"{self.name}: {kind} {pattern!r} within {timeout} s"
                                 f"{self.tail()}") from None
        return self.qemu.before.decode(errors="replace")

    def send(self, text):
        """Type as fast as a serial line without flow control can bear."""
        for c in text:
            self.qemu.send(c)
            time.sleep(0.01)

    def menu(self, downs, down="\x1b[B", timeout=90):
        """Wait for the ISO's boot menu and move down from its first entry by a key."""
        # The shortcut's letter has another colour, so the words are torn apart.
        self.expect("erial console", timeout)
        time.sleep(0.5)
        for _ in range(downs):
            self.send(down)
            time.sleep(0.3)

    def wait_off(self, timeout=120):
        """Wait for the machine to power off or, as it is not to, reboot."""
        try:
            self.qemu.expect(pexpect.EOF, timeout=timeout)
        except pexpect.TIMEOUT:
            raise AssertionError(f"{self.name}: still on after {timeout} s; {self.state()}"
                                 f"{self.tail()}") from None
        self.qemu.close()

    def state(self):
        """What the processor is at; a Xen below tells more on the serial line."""
        for key in "\x01\x01\x01" "dq":
            self.send(key)
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            self.qemu.expect("no such text", timeout=10)
        try:
            answer = self.qmp("human-monitor-command", **{"command-line": "info registers"})
        except OSError as e:
            return f"QEMU: {e}"
        return answer["return"][:600]

    def tail(self):
        text = self.log.read_bytes()[-6000:].decode(errors="replace")
        return f"; the serial line ended with:\n{text}"

    def shell(self, command, timeout=60):
        """Run a command in the root shell on the serial line: (output, code)."""
        mark = f"done-{time.monotonic_ns()}"
        self.send(f"{command}; echo {mark[:4]}''{mark[4:]} $?\r")
        out = self.expect(rf"{mark} (\d+)", timeout)
        return out, int(self.qemu.match.group(1))

    def qmp(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.qmp_path))
            f = s.makefile("rw")
            f.readline()
            for line in ({"execute": "qmp_capabilities"},
                         {"execute": command, "arguments": arguments}):
                f.write(json.dumps(line) + "\n")
                f.flush()
                answer = json.loads(f.readline())
                while "event" in answer:
                    answer = json.loads(f.readline())
            return answer

    def screenshot(self):
        path = WORK / f"{self.name}.png"
        self.qmp("screendump", filename=str(path.absolute()), format="png")
        return path

    def ssh_args(self):
        return ["-i", str(self.key), "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                "-o", "ConnectTimeout=20", "-o", "BatchMode=yes",
                # A handshake takes seconds of an emulated processor: one does for all.
                "-o", "ControlMaster=auto", "-o", "ControlPersist=yes",
                "-o", f"ControlPath={WORK}/{self.name}.ssh"]

    def ssh(self, command, check=True, timeout=120):
        """Run a command over ssh as root; its output."""
        run = subprocess.run(["ssh", *self.ssh_args(), "-p", str(self.ssh_port),
                              "root@127.0.0.1", command],
                             capture_output=True, text=True, timeout=timeout, check=False)
        if check:
            assert run.returncode == 0, f"ssh: {command}: {run.returncode}\n{run.stdout}{run.stderr}"
        return run.stdout

    def scp(self, local, remote):
        subprocess.run(["scp", *self.ssh_args(), "-P", str(self.ssh_port), str(local),
                        f"root@127.0.0.1:{remote}"], check=True, timeout=300)

    def wait_ssh(self, timeout=120):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with contextlib.suppress(subprocess.TimeoutExpired, AssertionError):
                self.ssh("true", timeout=60)
                return
            time.sleep(2)
        raise AssertionError(f"{self.name}: ssh did not answer within {timeout} s")


def card(slot, net="10.0.3.0/24"):
    """QEMU's arguments for one more card, enp0sSLOT, with DHCP behind it."""
    return ["-netdev", f"user,id=net{slot},net={net}",
            "-device", f"virtio-net-pci,id=card{slot},netdev=net{slot},addr=0x{slot:x},"
                       f"mac=52:54:00:50:de:{slot:x},romfile="]


def plug(m, slot, link):
    """Put the cable into such a card, or pull it out; QEMU may only just have started."""
    for _ in range(100):
        try:
            assert "error" not in m.qmp("set_link", name=f"card{slot}", up=link)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("QEMU does not listen")


def live(m, timeout=300):
    """Wait for the live system's shell, and open ssh there."""
    m.expect("root@.*#", timeout=timeout)
    m.shell("mkdir -p -m 700 /root/.ssh /run/socle && touch /run/socle/sshd && "
            f"echo '{ssh_public_key()}' > /root/.ssh/authorized_keys && "
            "systemctl start sshd-keygen ssh", timeout=180)
    m.wait_ssh()


@functools.cache
def ssh_key():
    """The key pair that all tests log in with."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "id_ed25519"
    with open(WORK / "id_ed25519.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test",
                            "-f", path], check=True)
    return path


def ssh_public_key():
    return ssh_key().with_suffix(".pub").read_text().strip()


class WebServer:
    """
    Serves {path: text} on loopback, where QEMU's user network shows it as 10.0.2.2;
    a text may be a function of the server.  What it is sent is kept as (method, path,
    headers, body) in .sent.
    """

    def __init__(self, files):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                self.sent.append((handler.command, handler.path, handler.headers, body))
                handler.send_response(204)
                handler.end_headers()

            do_PUT = do_POST

            def do_GET(handler):
                self.requests.append(handler.path)
                body = files.get(handler.path)
                body = body(self) if callable(body) else body
                handler.send_response(404 if body is None else 200)
                handler.end_headers()
                handler.wfile.write((body or "").encode())

            def log_message(handler, *args):
                pass

        self.requests = []
        self.sent = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def url(self, path):
        return f"http://10.0.2.2:{self.port}{path}"

    def events(self, prefix):
        """The JSON objects that were posted to paths with a prefix, in their order."""
        found = [json.loads(body) for _, path, _, body in self.sent if path.startswith(prefix)]
        return sorted(found, key=lambda event: event["sequence"])

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
