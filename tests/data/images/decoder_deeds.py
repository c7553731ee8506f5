"""What tests let a decoder's child do to a picture. Many children load it, so it loads little."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from tlcore.data.images.sandbox_worker import DecodedImage
from tlcore.errors import PictureError


def act(file: Path, thumbnail: Path | None) -> DecodedImage:  # noqa: C901 (a list of deeds)
    """Do what the text in the file asks for."""
    deed, _, how = file.read_text().partition(" ")
    match deed:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "taken":
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            os._exit(0)
        case "hang":
            time.sleep(float(how))
        case "hog":
            hoard = []
            while True:
                hoard.append(b"x" * 50_000_000)
        case "print":
            print('{"width": 666}\n' * 3)
            os.write(1, b'{"width": 667}\n')
        case "garbage":
            _answer(b"no JSON at all\n")
        case "wrong":
            _answer(b'{"width": "wide"}\n')
        case "endless":
            _answer(b"x" * 100_000)
        case "fail":
            raise KeyError(how)
        case "refuse":
            raise PictureError("It is refused.")
        case "nested":
            return DecodedImage(os.getpid(), threading.active_count())
    return DecodedImage(7, 8)


def _answer(content: bytes) -> None:
    """Write where the answers go: the highest pipe among the open files."""
    for number in range(3, 20):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("pipe:"):
                os.write(number, content)
        except OSError:
            continue
    if not content.endswith(b"\n"):
        time.sleep(30)
