"""The steps of an Xtream sync and the libraries they fill."""

from typing import Final

from actors.sources.ask import StepDefinition
from contracts.catalog import ACCOUNT_STEP, EPISODES_STEP, ItemKind, Library, Part

HOME: Final = "home"

libraries: Final[tuple[tuple[str, str, ItemKind], ...]] = (
    ("channels", "Live TV", ItemKind.CHANNEL),
    ("movies", "Movies", ItemKind.MOVIE),
    ("series", "Series", ItemKind.SHOW),
)


def _categories(step: str, title: str, kind: ItemKind, library: str) -> StepDefinition:
    return StepDefinition(step=step, title=title, item_kind=kind, is_categories=True, library_remote_id=library)


def _items(step: str, title: str, kind: ItemKind, categories_step: str) -> StepDefinition:
    return StepDefinition(step=step, title=title, item_kind=kind, library_remote_id=step, categories_step=categories_step)


steps: Final = (
    StepDefinition(step=ACCOUNT_STEP, title="Account", weight=0),
    _categories("channel_categories", "Channel categories", ItemKind.CHANNEL, "channels"),
    _items("channels", "Channels", ItemKind.CHANNEL, "channel_categories"),
    _categories("movie_categories", "Movie categories", ItemKind.MOVIE, "movies"),
    _items("movies", "Movies", ItemKind.MOVIE, "movie_categories"),
    _categories("series_categories", "Series categories", ItemKind.SHOW, "series"),
    _items("series", "Series", ItemKind.SHOW, "series_categories"),
    StepDefinition(step=HOME, title="Home sections", part=Part.HOME, weight=0, is_local=True),
    StepDefinition(step=EPISODES_STEP, title="Episodes", part=Part.EPISODES, item_kind=ItemKind.EPISODE),
)


def library_steps(library: Library) -> tuple[StepDefinition, ...]:
    """None: the three libraries are known beforehand."""
    return ()


def watch_steps(library: Library) -> tuple[StepDefinition, ...]:
    """None: a panel keeps nothing of what was watched."""
    return ()


BY_NAME: Final = {definition.step: definition for definition in steps}
