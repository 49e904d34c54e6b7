"""What a decoding process gives up before it sees a byte from outside: secrets, rights, files and the network.

The environment is chosen by `clean_environment`, in the service. `give_up_rights` is called in the process: no program
that it starts gets more rights, and on kernels with Landlock it starts none, opens no file to write, makes and removes
none, and opens no TCP connection (ABI 4, Linux 6.7). Where a kernel has no Landlock the limits remain.
"""

import ctypes
import os
import resource
import struct
from collections.abc import Mapping
from contextlib import suppress

_KEPT = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_KEPT_PREFIXES = ("LC_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_", "COVERAGE_")

_PR_SET_NO_NEW_PRIVS = 38
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1
# linux/landlock.h; refer came with the second version, truncate with the third.
_EXECUTE, _WRITE, _REMOVE_TO_MAKE = 1 << 0, 1 << 1, sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_BIND_TCP, _CONNECT_TCP = 1, 2

_MOST_FILES = 256


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What decoding needs of it: where programs and libraries are, language and time. No settings, no keys."""
    return {
        name: value for name, value in environment.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }


def give_up_rights() -> None:
    """For this process and all that it starts. What the kernel does not have is left out."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _landlock(libc)
    except (OSError, AttributeError):  # elsewhere than on Linux
        return


def landlock_version() -> int:
    """Of this kernel; 0 without it."""
    with suppress(OSError, AttributeError):
        version = int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG))
        return max(version, 0)
    return 0


def _landlock(libc: ctypes.CDLL) -> None:
    """Handles these rights and allows none of them anywhere."""
    version = landlock_version()
    if version < 1:
        return
    files = _EXECUTE | _WRITE | _REMOVE_TO_MAKE
    files |= _REFER if version >= 2 else 0
    files |= _TRUNCATE if version >= 3 else 0
    rights = struct.pack("<QQ", files, _BIND_TCP | _CONNECT_TCP) if version >= 4 else struct.pack("<Q", files)
    ruleset = libc.syscall(_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), 0)
    if ruleset < 0:
        return
    libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
