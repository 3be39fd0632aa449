"""Runs a command and ends it when standard input closes: python keeper.py GRACE_SECONDS COMMAND [ARGUMENT...]

Mage ends a cancelled or overdue block by killing its process. A killed process runs no more code, so its children
would keep running. The block holds the other end of this program's standard input, so the kernel closes it whatever
happens to the block. The command is then asked to stop, and is killed after GRACE_SECONDS.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1
_CHUNK = 65_536


def main(arguments: list[str]) -> int:
    grace, command = float(arguments[0]), arguments[1:]
    command_pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=command_pipe, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent
        )
    except OSError as error:
        print(f'could not start {command[0]}: {error.strerror}', flush=True)
        return 127
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: _stop(child, grace))
    threading.Thread(target=_stop_at_end_of_input, args=(child, grace), daemon=True).start()
    _relay(child)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _die_with_parent() -> None:
    """On Linux, makes the kernel ask the command to stop if this program itself is killed."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop_at_end_of_input(child: subprocess.Popen[bytes], grace: float) -> None:
    while os.read(0, _CHUNK):
        pass
    _stop(child, grace)


def _stop(child: subprocess.Popen[bytes], grace: float) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    killer = threading.Timer(grace, child.kill)
    killer.daemon = True
    killer.start()


def _relay(child: subprocess.Popen[bytes]) -> None:
    """Passes the command's output on. If nobody reads it any more, it is discarded, so that the command can finish."""
    assert child.stdout is not None
    is_read = True
    while chunk := os.read(child.stdout.fileno(), _CHUNK):
        view = memoryview(chunk)
        while is_read and view:
            try:
                view = view[os.write(1, view):]
            except BrokenPipeError:
                is_read = False


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
