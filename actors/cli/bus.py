"""`playbill bus`: how to connect from outside."""

import shlex
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from contracts import subjects

if TYPE_CHECKING:
    from actors.settings import Settings

_SHELL: Final = """\
nats --server {url}{login} sub '{progress}'
nats --server {url}{login} pub {request} ''
"""
_PYTHON: Final = """\
import asyncio, json, nats

async def main():
    bus = await nats.connect({url!r}{login})
    progress = await bus.subscribe({progress!r})
    await bus.publish({request!r}, b"")
    async for message in progress.messages:
        state = json.loads(message.data)
        print(state["source_id"], state["status"], state["progress"], "%")

asyncio.run(main())
"""
_VARIABLE: Final = "PLAYBILL_CLIENT_PASSWORD"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How anyone reaches the bus."""

    url: str
    running: bool
    user: str | None = None
    password_from: str | None = None
    """Where the password is kept."""
    password: str | None = None
    """Only when it was asked for."""


def bus(
    *,
    show_password: Annotated[bool, Parameter(name="--show-password", negative=())] = False,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Show how to connect to the bus from outside: address, user, where the password is, and what to say.

    Parameters
    ----------
    show_password:
        Print the password itself.
    """
    settings = opened(config)
    access = access_to(settings, show_password=show_password)
    source = settings.sources[0].source_id if settings.sources else "SOURCE"
    print(msgspec.json.encode(access).decode() if json else described(access, source))
    return exits.COMPLETED


def access_to(settings: "Settings", *, show_password: bool) -> Access:
    """Raises BadSettings when a secret that is to be shown is not to be found."""
    running = bus_of_running(settings)
    nats = settings.nats
    if nats.password is not None:
        password_from = f"nats.password in {settings.file}" if nats.password.is_literal else nats.password.place
    elif nats.url is None:
        password_from = f"{nats.directory / 'bus.json'}, made anew at every start"
    else:
        password_from = None
    url = nats.url or (running.url if running is not None else f"nats://127.0.0.1:{nats.port}")
    return Access(
        url=url,
        running=running is not None,
        user="client" if nats.url is None else nats.user or ("client" if nats.password is not None else None),
        password_from=password_from,
        password=running.password if running is not None and show_password else None,
    )


def described(access: Access, source_id: str) -> str:
    """For people, ready to paste."""
    shell_password = shlex.quote(access.password) if access.password else f'"${_VARIABLE}"'
    shell_login = f" --user {access.user} --password {shell_password}" if access.user else ""
    python_password = repr(access.password) if access.password else f'os.environ["{_VARIABLE}"]'
    python_login = f", user={access.user!r}, password={python_password}" if access.user else ""
    names = {"url": access.url, "progress": subjects.progress("*"), "request": subjects.request(source_id)}
    python = _PYTHON.format(**names, login=python_login)
    if access.user and not access.password:
        python = python.replace("import asyncio, json, nats", "import asyncio, json, nats, os")
    return "\n".join((*_facts(access), "", _SHELL.format(**names, login=shell_login), python)).rstrip()


def _facts(access: Access) -> list[str]:
    state = "" if access.running else "   (nobody runs it now; start it with `playbill up`)"
    lines = [f"address   {access.url}{state}", f"user      {access.user or 'as in the settings'}"]
    if access.password is not None:
        lines.append(f"password  {access.password}")
    elif access.password_from is not None:
        lines.append(f"password  in {access.password_from}; --show-password prints it")
    lines.append(f"ask       {subjects.REQUESTS}   cancel  {subjects.CANCELS}")
    lines.append(f"progress  {subjects.PROGRESS}   events  {subjects.EVENTS}")
    return lines
