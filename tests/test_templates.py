# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliances of templates/ by themselves, in machines without Xen."""
import base64
import hashlib
import subprocess

import appliances
import host
import pytest
from machine import GIB, ssh_public_key

MESSAGE = """it's "5 < 6" & more"""


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_tiny_boots_and_says_what_it_was_told(firmware):
    seed = appliances.seed(f"tiny-{firmware}", {
        "ovf-env.xml": appliances.environment({"other": "x", "com.socle.tiny.message": MESSAGE})})
    disk = appliances.image("tiny", f"tiny-{firmware}")
    with appliances.Guest(f"tiny-{firmware}", disk, seed, firmware=firmware, memory=256) as m:
        m.expect(r"tiny 1\.0 is up after", timeout=120)
        _, page = m.page()
    facts = dict(line.split("=", 1) for line in page.splitlines())
    assert facts["message"] == MESSAGE
    assert facts["firmware"] == firmware
    assert facts["role"] == "bare"
    assert facts["address"].startswith("10.0.2.")


def test_tiny_without_properties_has_its_defaults():
    disk = appliances.image("tiny", "tiny-defaults")
    with appliances.Guest("tiny-defaults", disk, memory=128) as m:
        m.expect("message=Hello from Socle", timeout=120)


def test_package_is_what_other_tools_read(tmp_path):
    """The descriptor first, a manifest that is true, a disk that QEMU reads; twice the same."""
    disk = appliances.image("tiny", "tiny-package")
    model = subprocess.run(["templates/model", "tiny"], check=True, capture_output=True).stdout
    (tmp_path / "model").write_bytes(model)
    packages = [tmp_path / "one/tiny.ova", tmp_path / "two/tiny.ova"]
    for package in packages:
        package.parent.mkdir()
        subprocess.run(["build/c/release/bin/socle", "appliance", "export", "--model",
                        tmp_path / "model", disk, package], check=True)
    assert packages[0].read_bytes() == packages[1].read_bytes()
    subprocess.run(["tar", "-xf", packages[0], "-C", tmp_path], check=True)
    names = subprocess.run(["tar", "-tf", packages[0]], check=True, capture_output=True,
                           text=True).stdout.split()
    assert names == ["tiny.ovf", "tiny.mf", "tiny-disk1.vmdk"]
    for line in (tmp_path / "tiny.mf").read_text().splitlines():
        name, digest = line.removeprefix("SHA256(").split(")= ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest, name
    subprocess.run(["qemu-img", "compare", tmp_path / "tiny-disk1.vmdk", disk], check=True)
    subprocess.run(["xmllint", "--noout", tmp_path / "tiny.ovf"], check=True)


FAULTS = [("memory = 128 MiB", "memory = lots", ":10: memory is a size"),
          ("version = 1.0", "version = 1.0\nversion = 2", ":4: version is there twice"),
          ("cpus = 1", "cpu = 1", ":9: cpu: no such key"),
          ("os-id = 101\n", "", "appliance.conf: os-id is missing"),
          ("label = Message\n", "", ":13: label is missing"),
          ("MaxLen(200)", "MaxLen(long)", ':17: qualifiers "MaxLen(long)" is no qualifier')]


@pytest.mark.parametrize("right, wrong, message", FAULTS)
def test_faults_of_a_recipe_are_named_by_line(tmp_path, right, wrong, message):
    subprocess.run(["cp", "-r", "templates", tmp_path], check=True)
    conf = tmp_path / "templates/tiny/appliance.conf"
    text = conf.read_text()
    assert right in text
    conf.write_text(text.replace(right, wrong))
    run = subprocess.run([tmp_path / "templates/model", "tiny"], capture_output=True, text=True,
                         check=False)
    assert run.returncode == 1 and message in run.stderr, run.stderr


@pytest.mark.long
@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_web_serves_the_page_of_its_properties(firmware):
    """Its disk is larger than it was built, and used to its end."""
    title = "Ærø & <friends>"
    seed = appliances.seed(f"web-{firmware}", {"ovf-env.xml": appliances.environment({
        "com.socle.web.title": title, "com.socle.web.admin-password": "correct horse",
        "com.socle.web.ssh-key": ssh_public_key()})})
    disk = appliances.image("web", f"web-{firmware}", 2 * GIB)
    with appliances.Guest(f"web-{firmware}", disk, seed, firmware=firmware, memory=256) as m:
        m.expect(host.DOM0_LOGIN, timeout=600)
        status, page = m.page(timeout=200)
        assert status == 200 and "<title>Ærø &amp; &lt;friends&gt;</title>" in page, page
        assert m.page("/admin/")[0] == 401
        login = base64.b64encode(b"admin:correct horse").decode()
        assert m.page("/admin/", headers={"Authorization": f"Basic {login}"})[0] == 200
        m.wait_ssh(timeout=300)
        assert m.ssh("systemctl --failed --no-legend --plain").strip() == ""
        assert int(m.ssh("df --output=size -B1 / | tail -n 1")) > 1.7 * GIB
        assert m.ssh("awk -F: '$2 !~ /^[!*]/ { print $1 }' /etc/shadow").strip() == ""


@pytest.mark.long
@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_debian_is_configured_by_cloud_init(firmware):
    seed = appliances.seed(f"debian-{firmware}", {
        "meta-data": "instance-id: one\nlocal-hostname: cloudy\n",
        "user-data": f"#cloud-config\nssh_authorized_keys: ['{ssh_public_key()}']\n"
                     f"disable_root: false\n"})
    disk = appliances.image("debian-13", f"debian-{firmware}", 5 * GIB)
    with appliances.Guest(f"debian-{firmware}", disk, seed, firmware=firmware, memory=1024) as m:
        m.expect(host.DOM0_LOGIN, timeout=900)
        m.wait_ssh(timeout=600)
        assert m.ssh("hostname").strip() == "cloudy"
        m.ssh("cloud-init status --wait", timeout=600, check=False)
        assert m.ssh("systemctl --failed --no-legend --plain").strip() == ""
        assert int(m.ssh("df --output=size -B1 / | tail -n 1")) > 4.5 * GIB
