# SPDX-License-Identifier: GPL-2.0-or-later
"""
"socle netboot" as its users run it: real dnsmasq and HTTP on a wire of network
namespaces, with clients that ask as loaders and installers do.  Whole machines are
in test_netboot.py.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pexpect
import pytest
from wire import Wire

SOCLE = "build/c/release/bin/socle"
KICKSTART = "rootpw --plaintext correct-horse\nzerombr\nclearpart --all\nautopart\nreboot\n"
ONE, TWO, THREE = (f"52:54:00:00:00:0{i}" for i in (1, 2, 3))
RANGE = ("--range", "192.0.2.100,192.0.2.120")
TREE = {
    "lpxelinux.0": b"pxelinux" * 100, "ldlinux.c32": b"ldlinux", "grub.efi": b"grub" * 5000,
    "snponly.efi": b"snponly", "boot.ipxe": b"#!ipxe\n",
    "menu/pxelinux.cfg": b"default @ENTRY@\ntimeout @TIMEOUT@0\nappend @ARGS@\n",
    "menu/grub.cfg": b"set default=@ENTRY@\nlinux (http,@SERVER@)@PATH@/socle/vmlinuz @ARGS@\n",
    "menu/default.ipxe": b"goto @ENTRY@\nkernel @URL@/socle/vmlinuz @ARGS@ a@b\n",
    "socle/system.squashfs": bytes(range(256)) * 12000,
}


def dashes(mac):
    return mac.replace(":", "-")


def write_tree(folder, version, change=None):
    for name, data in TREE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    index = {"tree": 1, "socle": version, "entries": ["install", "local"],
             "boot": {"bios": "lpxelinux.0", "uefi": "grub.efi", "http": "snponly.efi",
                      "ipxe": "boot.ipxe"},
             "menus": {"pxelinux": "menu/pxelinux.cfg", "grub": "menu/grub.cfg",
                       "ipxe": "menu/default.ipxe"},
             "tftp": ["lpxelinux.0", "ldlinux.c32", "grub.efi"],
             "files": [{"name": name, "size": len(data),
                        "sha256": hashlib.sha256(data).hexdigest()}
                       for name, data in TREE.items()]}
    index.update(change or {})
    (folder / "tree.json").write_text(json.dumps(index))
    return folder


class Server:
    """socle netboot serve on a wire; its lines are in .lines once it has ended."""

    def __init__(self, wire, folder, *options):
        self.wire, self.folder = wire, folder
        self.state = folder / "state"
        command = [SOCLE, "netboot", "serve", "--interface", "br0", "--tree", folder / "tree",
                   "--state", self.state, *options]
        self.process = wire.start(*map(str, command))
        self.first = self.process.stdout.readline()
        assert "serving on br0, http://192.0.2.1" in self.first, \
            self.first + self.process.stdout.read()

        self.codes = (0, -signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.terminate()
        self.lines = self.process.communicate(timeout=20)[0]
        assert self.process.returncode in self.codes, self.lines

    def run(self, *words, code=0):
        run = self.wire.run(SOCLE, "netboot", *map(str, words), "--state", str(self.state))
        assert run.returncode == code, run.stdout + run.stderr
        return run.stdout + run.stderr

    def machines(self):
        return json.loads(self.run("list", "--json"))

    def machine(self, mac):
        found = [m for m in self.machines() if m["mac"] == dashes(mac)]
        assert len(found) == 1, self.machines()
        return found[0]

    def children(self):
        """Processes of dnsmasq with this server's configuration."""
        ps = subprocess.run(["ps", "-eo", "pid,stat,args"], capture_output=True, text=True,
                            check=True).stdout
        return [int(line.split()[0]) for line in ps.splitlines()
                if "dnsmasq --keep-in-foreground" in line and " Z" not in line
                and os.path.exists(f"/proc/{line.split()[0]}/ns/net")
                and os.stat(f"/proc/{line.split()[0]}/ns/net").st_ino
                == os.stat(f"/run/netns/{self.wire.name}").st_ino]


@pytest.fixture(name="version", scope="module")
def version_fixture():
    assert os.path.exists(SOCLE), "run 'make programs' first"
    return subprocess.run([SOCLE, "version"], capture_output=True, text=True,
                          check=True).stdout.split()[1]


@pytest.fixture(name="folder")
def folder_fixture(tmp_path, version):
    # dnsmasq reads its files as another user.
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    (tmp_path / "ks").mkdir()
    write_tree(tmp_path / "tree", version)
    return tmp_path


@pytest.fixture(name="wire")
def wire_fixture():
    with Wire() as wire:
        yield wire


def menu(client, path="/ipxe/default.ipxe"):
    status, _, body = client.http("GET", path)
    return status, body.decode()


def token_of(text):
    return re.search(r"/ks/([0-9a-f]{32})/ks\.cfg", text)[1]


def facts(serial="", *macs):
    return json.dumps({"machine": {"serial": serial, "uuid": "u", "vendor": "QEMU", "product": "q35"},
                       "nics": [{"name": f"eth{i}", "mac": mac} for i, mac in enumerate(macs)]})


class Installer:
    """What the installer sends, in its order."""

    def __init__(self, client, text, session="a"):
        self.client, self.token = client, token_of(text)
        self.session, self.sequence = session * 32, 0

    def kickstart(self, *facts_of):
        return self.client.http("POST", f"/ks/{self.token}/ks.cfg", facts(*facts_of))

    def event(self, event, **more):
        self.sequence += 1
        body = {"version": 1, "event": event, "session": self.session, "sequence": self.sequence,
                "machine": {}, **more}
        return self.client.http("POST", "/event", json.dumps(body),
                                {"Authorization": f"Bearer {self.token}"})[0]

    def step(self, number, count=10):
        return self.event("step", percent=(number - 1) * 100 // count,
                          step={"number": number, "count": count, "name": "x",
                                "says": f"Step {number}", "state": "running"})


def test_each_architecture_is_told_its_loader(wire, folder):
    """BIOS and UEFI by TFTP, UEFI HTTP and iPXE by URL, as DHCP options say."""
    with Server(wire, folder, *RANGE, "--router", "192.0.2.254"):
        client = wire.client(ONE, "192.0.2.10")
        bios = client.dhcp(0)
        assert bios["file"] == "lpxelinux.0"
        assert bios[210] == b"http://192.0.2.1/"
        assert bios["address"].startswith("192.0.2.1")
        assert bios[3] == bytes([192, 0, 2, 254])
        for arch in (7, 9):
            assert client.dhcp(arch)["file"] == "grub.efi"
        http = client.dhcp(16, vendor=b"HTTPClient")
        assert http["file"] == "http://192.0.2.1/snponly.efi"
        assert http[60] == b"HTTPClient"
        for arch in (0, 7, 16):
            assert client.dhcp(arch, b"iPXE")["file"] == "http://192.0.2.1/boot.ipxe"
        installer = client.dhcp(vendor=b"x")
        assert installer["file"] == ""
        for name in ("lpxelinux.0", "grub.efi"):
            assert client.tftp(name) == TREE[name]
        assert b"configfile (http,192.0.2.1)/grub/grub.cfg" in client.tftp("grub/grub.cfg")
        for name in ("socle/system.squashfs", "../dnsmasq.conf", "/etc/passwd"):
            assert client.tftp(name) is None, name


def test_real_dhcp_client_gets_a_lease(wire, folder):
    with Server(wire, folder, *RANGE):
        client = wire.client(ONE)
        run = subprocess.run(["ip", "netns", "exec", client.namespace, "busybox", "udhcpc", "-i",
                              "eth0", "-n", "-q", "-s", "/bin/true"],
                             capture_output=True, text=True, timeout=60, check=False)
        assert re.search(r"lease of 192\.0\.2\.1[012]\d obtained", run.stderr + run.stdout), run


def test_files_of_the_tree_by_ranges(wire, folder):
    """What a fetch that broke off needs to go on, and nothing but the listed files."""
    image = TREE["socle/system.squashfs"]
    with Server(wire, folder, *RANGE, "--port", "8069"):
        client = wire.client(ONE, "192.0.2.10")

        def get(path="/socle/system.squashfs", method="GET", **headers):
            return client.http(method, path, None,
                               {k.replace("_", "-"): v for k, v in headers.items()}, 8069)

        status, headers, body = get()
        assert (status, body) == (200, image)
        assert headers["Accept-Ranges"] == "bytes"
        etag = headers["ETag"]
        status, headers, body = get(method="HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", str(len(image)))
        for spec, part in (("bytes=10-19", image[10:20]), ("bytes=3000000-", image[3000000:]),
                           ("bytes=-5", image[-5:]), ("bytes=0-99999999", image)):
            status, headers, body = get(Range=spec)
            assert (status, body) == (206, part), spec
            assert headers["Content-Range"].endswith(f"/{len(image)}")
        assert get(Range="bytes=10-19", If_Range=etag)[2] == image[10:20]
        assert get(Range="bytes=10-19", If_Range='"other"')[0::2] == (200, image)
        assert get(If_None_Match=etag)[0] == 304
        assert get("/grub.efi")[1]["Content-Type"] == "application/efi"
        status, headers, _ = get(Range=f"bytes={len(image)}-")
        assert (status, headers["Content-Range"]) == (416, f"bytes */{len(image)}")
        for path in ("/tree.json", "/nothing", "/../state/api-token", "/%2e%2e/state/api-token",
                     "/socle/../../state/api-token", "//etc/passwd", "/socle"):
            assert get(path)[0] in (400, 404), path
        (folder / "tree/socle/system.squashfs").unlink()
        (folder / "tree/socle/system.squashfs").symlink_to("/etc/passwd")
        assert get()[0] == 500
        assert get("/", "DELETE")[0] == 405
        assert b" 200 " not in client.raw(b"\x16\x03\x01 nonsense\r\n\r\n", 8069)
        assert b" 200 " not in client.raw(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", 8069)


def test_machine_is_installed_once(wire, folder):
    """Seen, booting, installing, done; then its disk, until it is added again."""
    (folder / "ks/52-54-00-00-00-01.ks").write_text(KICKSTART + "network --hostname=one\n")
    with Server(wire, folder, *RANGE, "--kickstarts", folder / "ks") as server:
        client, other = wire.client(ONE, "192.0.2.10"), wire.client(TWO, "192.0.2.11")
        status, text = menu(other)
        assert (status, text.splitlines()[0]) == (200, "goto local")
        assert "socle.ks" not in text
        for path in ("/pxelinux.cfg/01-", "/grub/grub.cfg-01-"):
            status, text = menu(client, path + dashes(ONE))
            assert status == 200 and "install" in text and "post:http://192.0.2.1/ks/" in text
            assert menu(other, path + dashes(ONE))[0] == 403
        assert server.machine(ONE)["state"] == "booting"
        installer = Installer(client, text)
        status, _, body = installer.kickstart("SERIAL-1", ONE, "52:54:00:00:00:11")
        assert status == 200
        assert body.decode().startswith(KICKSTART)
        assert server.machine(ONE)["name"] == "one"
        assert f"onfailure --bundle=http://192.0.2.1/bundle/{installer.token}/" in body.decode()
        assert installer.event("start") == 204
        assert installer.event("planned", plan="ab" * 32) == 204
        assert installer.step(3) == 204
        machine = server.machine(ONE)
        assert machine["state"] == "installing"
        assert (machine["step"], machine["steps"], machine["percent"]) == (3, 10, 20)
        assert machine["serial"] == "SERIAL-1"
        assert installer.token not in server.run("list", "--json")
        assert installer.event("done") == 204
        assert server.machine(ONE)["state"] == "done"
        assert "goto local" in menu(client)[1]
        assert installer.kickstart("SERIAL-1", ONE)[0] == 403
        # Another file for it is no wish to lose the host that is there.
        (folder / "ks/SERIAL-1.ks").write_text(KICKSTART)
        (folder / "ks/52-54-00-00-00-01.ks").unlink()
        assert "goto local" in menu(client)[1]
        assert installer.kickstart("SERIAL-1", ONE)[0] == 403
        server.run("add", "SERIAL-1")
        assert server.machine(ONE)["due"] is True
        status, text = menu(client)
        assert "goto install" in text and " socle.reinstall" in text
        again = Installer(client, text, "b")
        assert again.kickstart("SERIAL-1", ONE)[0] == 200
        assert again.event("start") == 204
        # It is started over, and finds what it did: not asked for a third time.
        assert "socle.reinstall" not in menu(client)[1]
        assert again.event("done", phase="present") == 204
        assert "goto local" in menu(client)[1]
        server.run("forget", ONE)
        assert [m["mac"] for m in server.machines()] == [dashes(TWO), ""]


def test_failure_is_told_with_its_reason_and_logs(wire, folder):
    """And a machine that fails three times is left alone."""
    (folder / "ks/default.ks").write_text(KICKSTART)
    with Server(wire, folder, *RANGE, "--kickstarts", folder / "ks") as server:
        client = wire.client(ONE, "192.0.2.10")
        for session in "abc":
            text = menu(client)[1]
            assert "goto install" in text
            installer = Installer(client, text, session)
            assert installer.kickstart("", ONE)[0] == 200
            assert installer.event("start") == 204
            assert installer.event("failed", error="disk sda: no space\x1b[2J", wrote=True) == 204
            place = f"/bundle/{installer.token}/socle-logs-x-{session}.tar.zst"
            assert client.http("PUT", place, b"logs" * 1000)[0] == 201
            assert installer.event("bundle", bundle="http://192.0.2.1/x") == 204
        machine = server.machine(ONE)
        assert machine["state"] == "failed"
        assert machine["error"] == "disk sda: no space?[2J"
        assert pathlib.Path(machine["bundle"]).read_bytes() == b"logs" * 1000
        assert "goto local" in menu(client)[1]
        assert "disk sda: no space" in server.run("list")
        for name in ("../x", ".new", "a/b", "", "%2e%2e%2fx"):
            assert client.http("PUT", f"/bundle/{installer.token}/{name}", b"x")[0] in (400, 403, 404)
        assert client.http("PUT", f"/bundle/{'0' * 32}/x", b"x")[0] == 403
        assert b" 413 " in client.raw(f"PUT /bundle/{installer.token}/x HTTP/1.1\r\nHost: x\r\n"
                                      "Content-Length: 99999999999\r\n\r\n".encode())
        for i in range(9):
            assert client.http("PUT", f"/bundle/{installer.token}/{i}", b"x")[0] == 201
            time.sleep(0.02)
        assert sorted(os.listdir(server.state / "bundles" / dashes(ONE))) == list("5678")
        server.run("add", ONE)
        assert "goto install" in menu(client)[1]
    assert "failed: disk sda: no space?[2J; its logs: " in server.lines


def test_serial_number_names_the_kickstart(wire, folder):
    """Of a loader that tells it, of one that cannot, and of one who says another's."""
    (folder / "ks/RACK7-1.ks").write_text(KICKSTART)
    (folder / "ks/RACK8*.ks").write_text(KICKSTART + "# eight\n")
    with Server(wire, folder, *RANGE, "--kickstarts", folder / "ks") as server:
        one, two, three = (wire.client(mac, f"192.0.2.1{i}")
                           for i, mac in enumerate((ONE, TWO, THREE)))
        # GRUB and iPXE ask by MAC first, and go on to the serial number when told so.
        assert menu(one, f"/ipxe/01-{dashes(ONE)}.ipxe")[0] == 404
        status, text = menu(one, "/ipxe/serial-RACK7-1.ipxe")
        assert status == 200 and "goto install" in text
        assert menu(one, f"/ipxe/01-{dashes(ONE)}.ipxe")[0] == 200
        assert Installer(one, text).kickstart("RACK7-1", ONE)[0] == 200
        # PXELINUX cannot tell: the installer does, and waits when there is nothing for it.
        status, text = menu(two, f"/pxelinux.cfg/01-{dashes(TWO)}")
        assert status == 200 and "default install" in text and "socle.ks.timeout=" in text
        status, _, body = Installer(two, text).kickstart("RACK8-22", TWO)
        assert (status, body.decode()[:len(KICKSTART) + 7]) == (200, KICKSTART + "# eight")
        text = menu(three, "/pxelinux.cfg/default")[1]
        waiting = Installer(three, text)
        # As Anaconda says it, for who does not send facts.
        assert three.http("GET", f"/ks/{waiting.token}/ks.cfg",
                          headers={"X-System-Serial-Number": "RACK9-1"})[0] == 503
        assert server.machine(THREE)["serial"] == "RACK9-1"
        assert waiting.kickstart("RACK9-1", THREE)[0] == 503
        assert server.machine(THREE)["state"] == "waiting"
        server.run("add", "RACK9-1", "--ks", folder / "ks/RACK7-1.ks", "--name", "nine.example.com")
        status, _, body = waiting.kickstart("RACK9-1", THREE)
        assert status == 200 and b"\nnetwork --hostname=nine.example.com\n" in body
        assert server.machine(THREE)["name"] == "nine.example.com"
        status, _, body = waiting.kickstart("RACK7-1", THREE)
        assert status == 503 and b"serial number RACK7-1 is that of 52-54-00-00-00-01" in body


def test_kickstart_is_for_its_machine_only(wire, folder):
    """Who has neither the card nor the token gets nothing, nor what others include."""
    (folder / "ks/52-54-00-00-00-01.ks").write_text("%include common\n" + KICKSTART)
    (folder / "ks/common").write_text("timezone Europe/Vienna\n")
    with Server(wire, folder, *RANGE, "--kickstarts", folder / "ks"):
        one, two = wire.client(ONE, "192.0.2.10"), wire.client(TWO, "192.0.2.11")
        token = token_of(menu(one)[1])
        assert one.http("POST", "/ks/ks.cfg", facts("", ONE))[0] == 200
        assert one.http("GET", f"/ks/{token}/common")[2] == b"timezone Europe/Vienna\n"
        for path in ("/ks/52-54-00-00-00-01.ks", f"/ks/{token}/52-54-00-00-00-01.ks",
                     f"/ks/{token}/../state/api-token", f"/ks/{token}/", f"/ks/{token}/.x"):
            assert one.http("GET", path)[0] in (403, 404), path
        for path in ("/ks/ks.cfg", f"/ks/{'0' * 32}/ks.cfg", "/ks/common", "/ks/", "/ks/x/y/z"):
            assert two.http("POST", path, facts("", TWO))[0] == 403, path
        # It says that it has the other's card, but it is another one that asks.
        assert menu(two)[0] == 200
        assert two.http("POST", "/ks/ks.cfg", facts("", ONE, TWO))[0] in (403, 503)
        assert two.http("GET", "/api/machines")[0] == 401
        secret = (folder / "state/api-token").read_text().strip()
        status, _, body = two.http("GET", "/api/machines",
                                   headers={"Authorization": f"Bearer {secret}"})
        assert status == 200 and json.loads(body)[0]["mac"] == dashes(ONE)
        assert token not in body.decode()
        assert two.http("POST", "/event", "{}", {"Authorization": f"Bearer {'0' * 32}"})[0] == 401
        for body in ("", "{", "[]", '{"event":"done"}x', "\0" * 100, '{"event":"gone"}'):
            assert one.http("POST", "/event", body,
                            {"Authorization": f"Bearer {token}"})[0] == 400, body
            assert body == "" or one.http("POST", f"/ks/{token}/ks.cfg", body)[0] == 400, body


def test_state_survives_a_kill(wire, folder):
    """Nothing of it, dnsmasq neither, outlives a server that is killed; its state does."""
    (folder / "ks/default.ks").write_text(KICKSTART)
    options = (*RANGE, "--kickstarts", folder / "ks")
    client = wire.client(ONE, "192.0.2.10")
    with Server(wire, folder, *options) as server:
        installer = Installer(client, menu(client)[1])
        assert installer.kickstart("", ONE)[0] == 200
        assert installer.event("start") == 204
        assert installer.step(4) == 204
        assert len(server.children()) == 1
        # Beside itself it does not run.
        run = wire.run(SOCLE, "netboot", "serve", "--interface", "br0", *RANGE, "--tree",
                       str(folder / "tree"), "--state", str(folder / "state"), "--port", "81")
        assert run.returncode == 1 and "in use" in run.stderr, run
        server.process.kill()
        server.process.wait()
        end = time.monotonic() + 5
        while server.children() and time.monotonic() < end:
            time.sleep(0.05)
        assert not server.children()
        (folder / "two.ks").write_text(KICKSTART + "network --hostname=two\n")
        server.run("add", TWO, "--ks", folder / "two.ks")
    with Server(wire, folder, *options) as server:
        machine = server.machine(ONE)
        assert (machine["state"], machine["step"]) == ("installing", 4)
        assert re.search(rf"{dashes(TWO)}  -  +two  +-  +expected", server.run("list"))
        assert installer.step(5) == 204
        assert installer.event("done") == 204
        assert "goto local" in menu(client)[1]
        assert "goto install" in menu(wire.client(TWO, "192.0.2.11"))[1]


def test_server_has_no_privileges(wire, folder):
    """Only to read an operator's files; and all of it still works, as the other tests say."""
    with Server(wire, folder, *RANGE) as server:
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        assert int(re.search(r"CapEff:\s*(\w+)", status)[1], 16) == 1 << 2
        assert int(re.search(r"CapBnd:\s*(\w+)", status)[1], 16) == 1 << 2
        assert re.search(r"NoNewPrivs:\s*1", status)


def test_dnsmasq_that_dies_is_started_again(wire, folder):
    with Server(wire, folder, *RANGE) as server:
        client = wire.client(ONE, "192.0.2.10")
        assert client.dhcp(0)["file"] == "lpxelinux.0"
        time.sleep(2)
        os.kill(server.children()[0], signal.SIGKILL)
        time.sleep(2)
        assert client.dhcp(0)["file"] == "lpxelinux.0"
        server.process.terminate()
        server.process.wait(timeout=10)
        assert not server.children()
    assert "dnsmasq has ended, it is started again in 1 s" in server.lines


def test_nothing_is_served_half(wire, folder):
    """Without dnsmasq, and whoever could start it, the server does not stay."""
    with Server(wire, folder, *RANGE) as server:
        status = pathlib.Path(f"/proc/{server.children()[0]}/status").read_text()
        os.kill(int(re.search(r"PPid:\s*(\d+)", status)[1]), signal.SIGKILL)
        server.process.wait(timeout=10)
        assert not server.children()
        server.codes = (1,)
    assert "dnsmasq and its keeper were killed" in server.lines


def test_beside_another_dhcp_server(wire, folder):
    """It is found and named; --proxy adds what it does not say."""
    other = wire.client("52:54:00:00:00:fe", "192.0.2.254")
    dnsmasq = subprocess.Popen(
        ["ip", "netns", "exec", other.namespace, "dnsmasq", "-k", "--port=0", "--user=root",
         "--interface=eth0", "--bind-interfaces", "--dhcp-range=192.0.2.200,192.0.2.210",
         f"--dhcp-leasefile={folder}/leases", "--log-facility=-", "--pid-file="],
        stderr=subprocess.PIPE, text=True)
    try:
        while "started, version" not in dnsmasq.stderr.readline():
            pass
        run = wire.run(SOCLE, "netboot", "serve", "--interface", "br0", *RANGE, "--tree",
                       str(folder / "tree"), "--state", str(folder / "state"))
        assert run.returncode == 1
        assert run.stderr == "socle: interface br0: the DHCP server 192.0.2.254 answers there " \
                             "already; --proxy works beside it\n"
        with Server(wire, folder, "--proxy"):
            client = wire.client(ONE, "192.0.2.10")
            answers = client.dhcp_all(0)
            assert any(a["address"].startswith("192.0.2.2") for a in answers), answers
            pxe = [a for a in answers if a["address"] == "0.0.0.0"]
            assert len(pxe) == 1 and pxe[0]["file"] == "lpxelinux.0", answers
            assert pxe[0][210] == b"http://192.0.2.1/"
            for arch in (7, 9):
                pxe = [a for a in client.dhcp_all(arch) if a["address"] == "0.0.0.0"]
                assert [a[60] for a in pxe] == [b"PXEClient"], arch
                assert client.pxe(arch, "192.0.2.10")["file"] == "grub.efi"
            pxe = [a for a in client.dhcp_all(0, b"iPXE") if a["address"] == "0.0.0.0"]
            assert [(a["file"], a["server"]) for a in pxe] == [("http://192.0.2.1/boot.ipxe",
                                                                "192.0.2.1")]
    finally:
        dnsmasq.kill()
        dnsmasq.wait()


def test_lines_for_dnsmasq_in_the_manual(wire, folder):
    """What docs/netboot.md tells those who have a dnsmasq of their own."""
    text = pathlib.Path("docs/netboot.md").read_text()
    lines = re.search(r"^dnsmasq .*\n\n((?:    .*\n)+)", text, re.M)[1]
    conf = folder / "dnsmasq.conf"
    conf.write_text(re.sub("^    ", "", lines, flags=re.M).replace("SERVER", "192.0.2.1")
                    .replace("/srv/pxe", str(folder / "tree")) +
                    "port=0\nuser=root\npid-file=\nlog-facility=-\ninterface=br0\nbind-interfaces\n"
                    f"dhcp-range=192.0.2.100,192.0.2.120\ndhcp-leasefile={folder}/leases\n")
    dnsmasq = wire.start("dnsmasq", "-k", f"--conf-file={conf}")
    try:
        while "started, version" not in dnsmasq.stdout.readline():
            assert dnsmasq.poll() is None
        client = wire.client(ONE, "192.0.2.10")
        assert client.dhcp(0)["file"] == "lpxelinux.0"
        assert client.dhcp(7)["file"] == client.dhcp(9)["file"] == "grub.efi"
        http = client.dhcp(16, vendor=b"HTTPClient")
        assert (http["file"], http[60]) == ("http://192.0.2.1/snponly.efi", b"HTTPClient")
        assert client.dhcp(7, b"iPXE")["file"] == "http://192.0.2.1/boot.ipxe"
        assert client.tftp("ldlinux.c32") == TREE["ldlinux.c32"]
    finally:
        dnsmasq.kill()
        dnsmasq.wait()


def refusal(wire, folder, *options):
    run = wire.run(SOCLE, "netboot", "serve", "--tree", str(folder / "tree"), "--state",
                   str(folder / "state"), *map(str, options))
    assert run.stdout == ""
    return run.returncode, run.stderr


def test_table_on_a_terminal(wire, folder):
    """Drawn anew when something changes, no line wider than the terminal."""
    (folder / "ks/default.ks").write_text(KICKSTART)
    table = pexpect.spawn("ip", ["netns", "exec", wire.name, SOCLE, "netboot", "serve", "--interface",
                                 "br0", *RANGE, "--tree", str(folder / "tree"), "--kickstarts",
                                 str(folder / "ks"), "--state", str(folder / "state")],
                          encoding="utf-8", dimensions=(16, 90), timeout=20)
    try:
        table.expect("serving on br0")
        one, two = wire.client(ONE, "192.0.2.10"), wire.client(TWO, "192.0.2.11")
        installer = Installer(one, menu(one)[1])
        assert installer.kickstart("SER1", ONE)[0] == 200
        assert installer.event("start") == installer.step(3) == 204
        table.expect(r"52-54-00-00-00-01  SER1 +- +192.0.2.10 +installing +20%  3/10 Step 3\r\n")
        other = Installer(two, menu(two)[1])
        assert other.kickstart("SER2", TWO)[0] == 200
        assert other.event("start") == other.event("failed", error="no disk " * 40) == 204
        run = wire.run(SOCLE, "netboot", "add", THREE, "--state", str(folder / "state"))
        assert run.returncode == 0
        table.expect(r"02  SER2 +- +192.0.2.11 +failed +no disk no disk")
        table.expect(r"52-54-00-00-00-03  - +- +- +expected\r\n")
        table.sendintr()
        table.expect(pexpect.EOF)
        assert all(len(line) <= 90 for line in table.before.splitlines()), table.before
    finally:
        table.close(force=True)
    assert table.exitstatus == 0


def test_what_is_wrong_is_said_before_anything_is_served(wire, folder, version):
    def refused(text, *options, code=1):
        got, err = refusal(wire, folder, *options)
        assert got == code and text in err and err.count("\n") == 1, err

    on = ("--interface", "br0")
    refused("--interface is needed", *RANGE, code=2)
    refused("either --range FIRST,LAST", *on, code=2)
    refused("--router 192.0.2: no IPv4 address", *on, *RANGE, "--router", "192.0.2")
    refused("--port: 0 is no number", *on, *RANGE, "--port", "0", code=2)
    refused("interface eth9: there is none", "--interface", "eth9", *RANGE)
    refused("interface lo is no Ethernet", "--interface", "lo", *RANGE)
    wire.ip("link", "add", "dummy0", "type", "bridge")
    refused("interface dummy0 is down", "--interface", "dummy0", *RANGE)
    wire.ip("link", "set", "dummy0", "up")
    refused("interface dummy0 has no", "--interface", "dummy0", *RANGE)
    refused("it is not within 192.0.2.0/24", *on, "--range", "192.0.2.10,192.0.3.20")
    refused("its end is before its start", *on, "--range", "192.0.2.20,192.0.2.10")
    refused("FIRST,LAST[,MASK] is meant", *on, "--range", "192.0.2.20")
    refused("is the address of interface br0", *on, "--range", "192.0.2.1,192.0.2.10")
    refused("the mask of interface br0 is 255.255.255.0", *on, "--range",
            "192.0.2.20,192.0.2.30,255.255.0.0")
    bad = folder / "ks/rack.ks"
    bad.write_text("rootpw --plaintext correct-horse\nautopart --nonsense\n")
    got, err = refusal(wire, folder, *on, *RANGE, "--kickstarts", folder / "ks")
    assert got == 1 and f"{bad}:2:" in err.splitlines()[-1]
    bad.unlink()
    (folder / "ks/52-54-00-00-00-0g.ks").write_text(KICKSTART)
    refused("0g.ks: its name is no MAC address of a card", *on, *RANGE, "--kickstarts", folder / "ks")
    (folder / "ks/52-54-00-00-00-0g.ks").unlink()
    bad.symlink_to("/dev/zero")
    refused("not a regular file", *on, *RANGE, "--kickstarts", folder / "ks")
    bad.unlink()
    for port, kind, what in ((80, socket.SOCK_STREAM, "HTTP"), (67, socket.SOCK_DGRAM, "DHCP"),
                             (69, socket.SOCK_DGRAM, "TFTP")):
        with wire.socket(kind, "0.0.0.0", port):
            refused(f"port {port} ({what}) of", *on, *RANGE)
    write_tree(folder / "tree", "0.0.9")
    refused(f"a tree of Socle 0.0.9, and this program is of {version}", *on, *RANGE)
    write_tree(folder / "tree", version, {"tree": 2})
    refused("does not know such a tree", *on, *RANGE)
    write_tree(folder / "tree", version, {"files": [{"name": "../x", "size": 1, "sha256": "0" * 64}]})
    refused("files: number 1 is malformed", *on, *RANGE)
    write_tree(folder / "tree", version)
    (folder / "tree/grub.efi").write_bytes(b"short")
    refused("grub.efi: not of 20000 bytes", *on, *RANGE)
    (folder / "tree/tree.json").unlink()
    refused("no tree.json there; 'make pxe' writes a tree, --tree DIR says where", *on, *RANGE)
    refused("tree /nowhere: no tree.json there", *on, *RANGE, "--tree", "/nowhere")
    assert not list((folder / "state").glob("machines/*"))


def test_fifty_machines_at_once(wire, folder):
    """Each gets all of the image, right to the last byte, and its own kickstart."""
    image = TREE["socle/system.squashfs"]
    macs = [f"52:54:00:00:01:{i:02x}" for i in range(8)]
    for i, mac in enumerate(macs):
        (folder / f"ks/{dashes(mac)}.ks").write_text(f"{KICKSTART}# number {i}\n")
    with Server(wire, folder, *RANGE, "--kickstarts", folder / "ks") as server:
        clients = [wire.client(mac, f"192.0.2.{20 + i}") for i, mac in enumerate(macs)]

        def boot(n):
            client, i = clients[n % 8], n % 8
            installer = Installer(client, menu(client)[1])
            text = installer.kickstart("", macs[i])[2].decode()
            middle = len(image) // 2
            first = client.http("GET", "/socle/system.squashfs",
                                headers={"Range": f"bytes=0-{middle - 1}"})[2]
            rest = client.http("GET", "/socle/system.squashfs",
                               headers={"Range": f"bytes={middle}-"})[2]
            return f"# number {i}\n" in text, first + rest == image

        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            assert list(pool.map(boot, range(50))) == [(True, True)] * 50
        assert len(server.machines()) == 8
