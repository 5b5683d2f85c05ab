"""Photos as telephones send them, encoded anew: what was hidden in the file, its place and its camera, is gone."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

PHOTO_BYTES = 15_000_000
PHOTO_PIXELS = 40_000_000
LONGEST_SIDE = 2400


class NotAPhoto(Exception):
    """The file is no JPEG, PNG or WebP picture of a reasonable size. `code`: size, pixels or kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_photo(data: bytes) -> bytes:
    """Return the picture as JPEG, upright, without metadata, at most 2,400 pixels long. Raises `NotAPhoto`."""
    if not data or len(data) > PHOTO_BYTES:
        raise NotAPhoto("size")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as opened:
                if opened.width * opened.height > PHOTO_PIXELS:
                    raise NotAPhoto("pixels")
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPhoto("pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NotAPhoto("kind") from error
    upright.info = {}  # or a comment in the file would be written out again
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=85)
    return out.getvalue()
