"""The documents of a Jellyfin server that list nothing: of the server, of users, of sessions and of preferences; pure."""

from typing import Any, Final

from actors.demo.jellyfin_accounts import Accounts, Client
from actors.demo.jellyfin_item import digest
from actors.demo.jellyfin_library import JellyfinLibrary

Document = dict[str, Any]

_UNSET: Final = "2026-01-01T00:00:00.0000000Z"


def public_info(library: JellyfinLibrary, version: str, address: str) -> Document:
    return {
        "LocalAddress": address,
        "ServerName": library.server_name,
        "Version": version,
        "ProductName": "Jellyfin Server",
        "OperatingSystem": "",
        "Id": library.server_id,
        "StartupWizardCompleted": True,
    }


def info(library: JellyfinLibrary, version: str, address: str) -> Document:
    more = {"HasPendingRestart": False, "IsShuttingDown": False, "SupportsLibraryMonitor": True, "HasUpdateAvailable": False}
    return {**public_info(library, version, address), **more, "OperatingSystemDisplayName": "", "SystemArchitecture": "X64"}


def user(library: JellyfinLibrary, accounts: Accounts, name: str) -> Document:
    configuration = {
        "PlayDefaultAudioTrack": True,
        "SubtitleLanguagePreference": "",
        "DisplayMissingEpisodes": False,
        "GroupedFolders": [],
        "OrderedViews": [],
        "LatestItemsExcludes": list(library.latest_excludes),
        "MyMediaExcludes": [],
        "HidePlayedInLatest": True,
    }
    policy = {
        "IsAdministrator": accounts.is_administrator(name),
        "IsHidden": False,
        "IsDisabled": False,
        "EnableAllFolders": True,
        "EnabledFolders": [],
        "EnableLiveTvAccess": True,
        "EnableMediaPlayback": True,
    }
    return {
        "Name": name,
        "ServerId": library.server_id,
        "Id": accounts.user_id(name),
        "HasPassword": True,
        "HasConfiguredPassword": True,
        "HasConfiguredEasyPassword": False,
        "EnableAutoLogin": False,
        "LastLoginDate": _UNSET,
        "LastActivityDate": _UNSET,
        "Configuration": configuration,
        "Policy": policy,
    }


def login(library: JellyfinLibrary, accounts: Accounts, name: str, client: Client, token: str) -> Document:
    session = {
        "Id": digest("session", name, client.device_id),
        "UserId": accounts.user_id(name),
        "UserName": name,
        "Client": client.client,
        "DeviceName": client.device,
        "DeviceId": client.device_id,
        "ApplicationVersion": client.version,
        "IsActive": True,
        "LastActivityDate": _UNSET,
        "ServerId": library.server_id,
        "PlayableMediaTypes": [],
        "SupportedCommands": [],
    }
    found = {"User": user(library, accounts, name), "SessionInfo": session, "AccessToken": token}
    return found | {"ServerId": library.server_id}


def display_preferences(library: JellyfinLibrary, client: str) -> Document:
    """What a user's home screen shows, row by row; other values in the same place are null when nobody chose any."""
    sections = {f"homesection{place}": name for place, name in enumerate(library.home_sections)}
    others = {"chromecastVersion": "stable", "skipForwardLength": "30000", "dashboardTheme": None, "tvhome": None}
    return {
        "Id": "3ce5b65d-e116-d731-65d1-efc4a30ec35c",
        "SortBy": "SortName",
        "RememberIndexing": False,
        "PrimaryImageHeight": 250,
        "PrimaryImageWidth": 250,
        "CustomPrefs": others | sections,
        "ScrollDirection": "Horizontal",
        "ShowBackdrop": True,
        "RememberSorting": False,
        "SortOrder": "Ascending",
        "ShowSidebar": False,
        "Client": client or "emby",
    }


def live_tv_info(library: JellyfinLibrary, accounts: Accounts) -> Document:
    enabled = [accounts.user_id(name) for name in accounts.users] if library.channels else []
    service = {"Name": "Emby", "IsVisible": True, "HasUpdateAvailable": False, "Status": "Ok", "Tuners": []}
    return {"Services": [service], "IsEnabled": True, "EnabledUsers": enabled}


def virtual_folders(library: JellyfinLibrary) -> list[Document]:
    """The libraries as an administrator sees them."""
    folders = [view for view in library.views if view.collection_type != "livetv"]
    return [
        {"Name": view.name, "Locations": [f"/media/{view.name.lower()}"], "ItemId": view.id, "LibraryOptions": {}}
        | ({"CollectionType": view.collection_type} if view.collection_type else {})
        for view in folders
    ]


def problem(title: str, status: int, errors: dict[str, list[str]] | None = None) -> Document:
    """A refusal as the framework below Jellyfin writes it."""
    found: Document = {"type": "https://tools.ietf.org/html/rfc9110#section-15.5", "title": title, "status": status}
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    return found | ({"errors": errors} if errors else {}) | {"traceId": trace}
