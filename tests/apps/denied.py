#!/usr/bin/env python3
"""Runs a program to which the kernel denies one system call, as a container's seccomp filter does.

Usage: denied.py CALL ERRNO PROGRAM [arguments]. Exit code 125: there are no filters here.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

# Of <asm/unistd.h>: x86_64, aarch64.
NUMBERS = {
    "clone3": (435, 435),
    "close_range": (436, 436),
    "eventfd2": (290, 19),
    "fallocate": (285, 47),
    "flock": (73, 32),
    "fsync": (74, 82),
    "ftruncate": (77, 46),
    "memfd_create": (319, 279),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "ppoll": (271, 73),
    "recvmsg": (47, 212),
    "sched_setaffinity": (203, 122),
    "sendmsg": (46, 211),
    "signalfd4": (289, 74),
    "socketpair": (53, 199),
    "waitid": (247, 95),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # <linux/bpf_common.h>
ALLOW, FAIL = 0x7FFF0000, 0x00050000
OFFSET_OF_NUMBER, OFFSET_OF_ARCH = 0, 4  # in struct seccomp_data


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def deny(call, error):
    column, arch = MACHINES[platform.machine()]
    instructions = [
        (LOAD, 0, 0, OFFSET_OF_ARCH),
        (JUMP_IF_EQUAL, 1, 0, arch),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, OFFSET_OF_NUMBER),
        (JUMP_IF_EQUAL, 0, 1, NUMBERS[call][column]),
        (RETURN, 0, 0, FAIL | error),
        (RETURN, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in instructions))
    program = Program(len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0


if __name__ == "__main__":
    if not deny(sys.argv[1], getattr(errno, sys.argv[2])):
        sys.exit(125)
    os.execv(sys.argv[3], sys.argv[3:])
