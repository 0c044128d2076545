"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

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
LogJson = Annotated[bool, Parameter(name="--log-json", negative=(), show_default=False, help="Log lines as JSON objects.")]
