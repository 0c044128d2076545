"""`playbill contracts`: what is said on the bus, as schemas."""

from pathlib import Path

from actors.cli import exits
from contracts.errors import BadRequest


def contracts(name: str | None = None, /, *, out: Path | None = None) -> int:
    """Print or write the JSON Schema of every public message and the AsyncAPI document of every public subject.

    Parameters
    ----------
    name:
        Only this document, such as `asyncapi.json`.
    out:
        Write the files into this directory instead of printing them.
    """
    from contracts.documents import documents

    found = documents()
    if name is not None and name not in found:
        raise BadRequest(f"there is no document {name!r}; there is {', '.join(found)}")
    chosen = {file: text for file, text in found.items() if name in (None, file)}
    if out is None:
        print("\n".join(text.rstrip("\n") for text in chosen.values()))
        return exits.COMPLETED
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file, text in chosen.items():
            (out / file).write_text(text, encoding="utf-8")
            print(out / file)
    except OSError as error:
        raise BadRequest(f"--out: cannot write to {out}: {error.strerror}") from None
    return exits.COMPLETED
