# SPDX-License-Identifier: MIT
"""Time whole commands in turn and print medians and the ratios pair by pair."""
import os
import shutil
import statistics
import subprocess
import sys
import time

RUNS, WORK, TOP = int(sys.argv[1]), sys.argv[2], sys.argv[3]
NULL = open(os.devnull, "r+")


def timed(command):
    start = time.monotonic()
    status = subprocess.call(command, stdin=NULL, stdout=NULL, stderr=NULL)
    if status:
        raise RuntimeError(f"{command[0]} ended with {status}")
    return (time.monotonic() - start) * 1000


def script(text):
    return ["sh", "-c", text]


OVERLAY = (
    f"mkdir -p {WORK}/o/u {WORK}/o/w {WORK}/o/m && mount -t overlay o "
    f"-o lowerdir={WORK}/rootfs,upperdir={WORK}/o/u,workdir={WORK}/o/w {WORK}/o/m"
)
UNDO = f"umount {WORK}/o/m && rm -rf {WORK}/o"
RUN = [f"{TOP}/container", "run", "--rm"]
COMMANDS = {
    "container run --network none": RUN + ["--network", "none", "busybox", "true"],
    "container run (bridge, NAT)": RUN + ["busybox", "true"],
    "bwrap --unshare-all": ["bwrap", "--unshare-all", "--bind", f"{WORK}/rootfs", "/", "--proc", "/proc",
                            "--dev", "/dev", "/bin/true"],
    "unshare": ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup",
                "--root", f"{WORK}/rootfs", "/bin/true"],
}
for runtime in ("crun", "runc"):
    if shutil.which(runtime):
        # Runtimes refuse this kind of host unless the bare version 2 mount is out of their sight.
        hide = "[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified"
        COMMANDS[f"{runtime} run, overlay by script"] = ["unshare", "--mount", "sh", "-c",
            f"{hide}; {OVERLAY} && {runtime} --root {WORK}/{runtime} run --bundle {WORK}/bundle "
            f"bench-{runtime}-$$; s=$?; {UNDO}; exit $s"]


def bundle():
    import json
    subprocess.run(["crun" if shutil.which("crun") else "runc", "spec"], cwd=f"{WORK}/bundle", check=True)
    path = f"{WORK}/bundle/config.json"
    spec = json.load(open(path))
    spec["process"]["terminal"] = False
    spec["process"]["args"] = ["true"]
    spec["root"] = {"path": f"{WORK}/o/m", "readonly": False}
    json.dump(spec, open(path, "w"))


def main():
    if shutil.which("crun") or shutil.which("runc"):
        bundle()
    usable = {}
    for name, command in COMMANDS.items():
        try:
            timed(command)
            timed(command)
            usable[name] = []
        except (RuntimeError, FileNotFoundError) as problem:
            print(f"# left out: {name}: {problem}")
    for _ in range(RUNS):
        for name in usable:
            usable[name].append(timed(COMMANDS[name]))
    ours = [name for name in usable if name.startswith("container")]
    print(f"{'ms, median of ' + str(RUNS):32}" + "".join(f"{'/ ' + name:>34}" for name in ours))
    for name, values in usable.items():
        row = f"{name:24}{statistics.median(values):8.2f}"
        for own in ours:
            ratio = statistics.median(a / b for a, b in zip(usable[own], values))
            row += f"{ratio:34.3f}"
        print(row)
    print("# the columns: how many times as long as that row the container took")


main()
