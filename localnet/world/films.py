"""The demo film, and as many different files of it as there are people.

The film plays in any browser (H.264 baseline, AAC, 320 x 568, 3 s, index first). A `free` box after its end
changes the bytes and therefore every hash, and nothing that a player sees (ISO/IEC 14496-12 §8.1.2).
"""

from functools import cache
from pathlib import Path

DEMO = Path(__file__).parent / "media" / "demo.mp4"
WIDTH, HEIGHT = 320, 568
MIME = "video/mp4"


@cache
def demo_film() -> bytes:
    return DEMO.read_bytes()


def film_of(label: str, padding: int = 0) -> bytes:
    """The demo film as nobody else's: the label, and `padding` bytes to make it heavy, in a box that players
    skip.
    """
    content = label.encode() + bytes(padding)
    return demo_film() + (8 + len(content)).to_bytes(4, "big") + b"free" + content
