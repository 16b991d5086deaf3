# SPDX-License-Identifier: GPL-2.0-or-later
"""Locked inputs and stages: what a release engineer relies on."""
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = ("apt.sh", "fetch", "stage", "userns", "enter")


class Project(type(Path())):
    """The folder of a small project, and what its tests need to know of it."""


@pytest.fixture
def project(tmp_path):
    """The real scripts, one locked file, a mirror in a folder."""
    top = Project(tmp_path / "project")
    (top / "mk").mkdir(parents=True)
    for name in SCRIPTS:
        shutil.copy(Path("mk") / name, top / "mk" / name)
    data = b"the locked contents\n" * 100
    sha = hashlib.sha256(data).hexdigest()
    pool = tmp_path / "mirror/debian/pool"
    pool.mkdir(parents=True)
    (pool / "thing_1_all.deb").write_bytes(data)
    (top / "versions").mkdir()
    (top / "versions/debian.lock").write_text(
        f"# epoch 1\nthing 1 {sha} {len(data)} debian/pool/thing_1_all.deb dom0\n")
    (top / "versions/sources.lock").write_text("")
    top.file, top.sha, top.cache = pool / "thing_1_all.deb", sha, tmp_path / "cache"
    return top


def run(project, *command, **env):
    return subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "SOCLE_CACHE": str(project.cache),
             "MIRROR": f"copy:{project.file.parent.parent}", **env})


def test_a_file_is_kept_under_its_hash(project):
    assert run(project, "mk/fetch").returncode == 0
    assert (project.cache / "sha256" / project.sha).read_bytes() == project.file.read_bytes()


def test_nothing_is_fetched_twice(project):
    run(project, "mk/fetch")
    project.file.unlink()
    again = run(project, "mk/fetch", LOCK="strict")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.parametrize("damage", [lambda b: b[:-7], lambda b: b"x" + b[1:]],
                         ids=["truncated", "corrupted"])
def test_damage_is_caught_by_hash_and_named(project, damage):
    project.file.write_bytes(damage(project.file.read_bytes()))
    result = run(project, "mk/fetch")
    assert result.returncode == 1
    assert f"debian/pool/thing_1_all.deb: contents do not match SHA-256 {project.sha}" \
        in result.stderr
    assert not (project.cache / "sha256" / project.sha).exists()


def test_strict_stops_and_names_what_is_gone(project):
    project.file.unlink()
    result = run(project, "mk/fetch", LOCK="strict")
    assert result.returncode == 1
    assert "thing 1 cannot be fetched: debian/pool/thing_1_all.deb" in result.stderr


def stage(project, *inputs, command="echo run >> $LOG; cp in/a $OUT/a"):
    result = run(project, "mk/stage", "copy", *inputs, "--", "sh", "-c", command,
                 LOG=str(project.cache) + ".log")
    return result


def runs(project):
    log = Path(str(project.cache) + ".log")
    return log.read_text().count("run") if log.exists() else 0


@pytest.fixture
def staged(project):
    (project / "in").mkdir()
    (project / "in/a").write_text("one")
    assert stage(project, "in").returncode == 0
    return project


def test_a_stage_runs_once_for_the_same_contents(staged):
    os.utime(staged / "in/a", (1, 1))
    stage(staged, "in")
    assert runs(staged) == 1
    assert (staged / "build/copy/a").read_text() == "one"


def test_a_stage_runs_again_for_changed_contents_or_mode_or_command(staged):
    (staged / "in/a").write_text("two")
    stage(staged, "in")
    assert (staged / "build/copy/a").read_text() == "two"
    os.chmod(staged / "in/a", 0o755)
    stage(staged, "in")
    stage(staged, "in", command="echo run >> $LOG; echo other > $OUT/a")
    assert runs(staged) == 4
    assert (staged / "build/copy/a").read_text() == "other\n"


def test_a_failed_stage_leaves_no_output(staged):
    (staged / "in/a").write_text("three")
    result = stage(staged, "in", command="echo half > $OUT/a; echo why it failed; exit 3")
    assert result.returncode == 1
    assert "why it failed" in result.stderr and "stage copy failed" in result.stderr
    assert (staged / "build/copy/a").read_text() == "one"


def test_no_mirror_is_named_in_the_tree():
    """The mirror comes from the host's apt sources or MIRROR=, never from a file."""
    urls = subprocess.run(
        ["grep", "-rInE", r"(https?|ftp)://[a-z0-9.-]*(debian|ubuntu|mirror)[a-z0-9.-]*/",
         "--exclude-dir=build", "--exclude-dir=.git", "."],
        capture_output=True, text=True, check=False)
    assert urls.stdout == ""
