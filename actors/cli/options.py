"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

Config = Annotated[
    Path | None,
    Parameter(
        name=["--config", "-c"],
        help="Settings file. Default: $PLAYBILL_CONFIG, else ./playbill.toml, else ~/.config/playbill/playbill.toml.",
    ),
]
Json = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="One JSON document per line instead of text for people.")
]
Kind = Literal["movie", "show", "season", "episode", "channel", "artist", "album", "track"]
"""What libraries hold."""
Limit = Annotated[int, Parameter(validator=Number(gte=1))]
LogJson = Annotated[bool, Parameter(name="--log-json", negative=(), show_default=False, help="Log lines as JSON objects.")]
