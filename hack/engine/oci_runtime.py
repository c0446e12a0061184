#!/usr/bin/python3
"""OCI runtime for dockerd: takes the capabilities that this host cannot give out of the request, then becomes runc.

Started by dockerd for every container and every exec, possibly after the clone that it came from is gone: standard library only,
and nothing imported from this project.
"""

import json
import os
import sys

# Numbers from the kernel's include/uapi/linux/capability.h, in order.
NAMES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
)


def available() -> set:
    """Names of the capabilities in this process's bounding set."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("CapBnd:"))
    mask = int(line.split()[1], 16)
    return {f"CAP_{name}" for number, name in enumerate(NAMES) if mask >> number & 1}


def narrow(process: dict, allowed: set) -> None:
    """Leave in an OCI process only the capabilities that are allowed."""
    sets = process.get("capabilities") or {}
    for kind, names in sets.items():
        sets[kind] = [name for name in names or [] if name in allowed]


def argument(name: str, arguments: list) -> "str | None":
    """Value of a long or short option, in either spelling."""
    short = f"-{name[0]}"
    for position, word in enumerate(arguments):
        if word in (f"--{name}", short):
            return arguments[position + 1]
        if word.startswith(f"--{name}="):
            return word.split("=", 1)[1]
    return None


def rewrite(path: str, of_bundle: bool) -> None:
    """Narrow the capabilities in a bundle's config.json, or in the process file of an exec."""
    with open(path) as file:
        spec = json.load(file)
    narrow(spec.get("process") or {} if of_bundle else spec, available())
    with open(path, "w") as file:
        json.dump(spec, file)


def main(arguments: list) -> None:
    if "create" in arguments or "run" in arguments:
        rewrite(os.path.join(argument("bundle", arguments) or ".", "config.json"), of_bundle=True)
    elif "exec" in arguments and (path := argument("process", arguments)):
        rewrite(path, of_bundle=False)
    os.execvp("runc", ["runc", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
