#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast "socle kickstart check" is, on one core: files a second over real
files, the slowest of them, and the memory that all of it takes.

The files are those of other people in $SOCLE_CORPUS, or else our examples.
"theirs" is the bar of the design.
"""

import json
import os
import pathlib
import resource
import subprocess
import time

PROGRAM = "build/c/release/bin/socle"
ROUNDS = 20  # each file so often in the run that is timed
WORST_ROUNDS = 200  # and in the one that finds the slowest


def files():
    corpus = os.environ.get("SOCLE_CORPUS")
    top = pathlib.Path(corpus, "kickstart") if corpus else pathlib.Path("kickstart/examples")
    return sorted(str(p) for p in top.rglob("*") if p.is_file() and p.suffix != ".jsonl")


def timed(paths):
    start = time.perf_counter()
    # Whether the files are accepted is not what is measured here.
    code = subprocess.run([PROGRAM, "kickstart", "check", "--json", *paths],
                          stdout=subprocess.DEVNULL, check=False).returncode
    if code not in (0, 1):
        raise SystemExit(f"{PROGRAM} ended with {code}")
    return time.perf_counter() - start


def report(bench, ours, theirs, unit):
    print(json.dumps({"bench": bench, "ours": ours, "theirs": theirs, "unit": unit,
                      "ratio": round(ours / theirs, 3)}))


def main():
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    paths = files()
    timed(paths)  # into the page cache
    seconds = min(timed(paths * ROUNDS) for _ in range(3))
    start = min(timed(["/dev/null"]) for _ in range(5))
    each = {p: (min(timed([p] * WORST_ROUNDS) for _ in range(2)) - start) / WORST_ROUNDS * 1000
            for p in paths}
    worst = max(each, key=each.get)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{len(paths)} files, {sum(os.path.getsize(p) for p in paths)} bytes;"
          f" the slowest is {os.path.basename(worst)}, {os.path.getsize(worst)} bytes")
    report("kickstart-check", round(len(paths) * ROUNDS / seconds), 1000, "files/s")
    report("kickstart-worst-file", round(each[worst], 3), 10, "ms")
    report("kickstart-memory", round(memory, 1), 32, "MiB")


if __name__ == "__main__":
    main()
