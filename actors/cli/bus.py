"""`playbill bus`: how to connect from outside."""

import shlex
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from contracts import subjects
from contracts.errors import BusUnavailable

if TYPE_CHECKING:
    from actors.settings import Settings

_SHELL: Final = """\
nats pub {request} ''
nats sub '{progress}'
"""
_PYTHON: Final = """\
import asyncio, json, nats, os

async def main():
    bus = await nats.connect(os.environ["NATS_URL"]{login})
    progress = await bus.subscribe({progress!r})
    await bus.publish({request!r}, b"")
    async for message in progress.messages:
        state = json.loads(message.data)
        print(state["source_id"], state["status"], state["progress"], "%")

asyncio.run(main())
"""
_LOGIN: Final = ', user=os.environ["NATS_USER"], password=os.environ["NATS_PASSWORD"]'
_CREDENTIALS: Final = ', user_credentials=os.environ["NATS_CREDS"]'


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How anyone reaches the bus."""

    url: str
    running: bool
    user: str | None = None
    password_from: str | None = None
    """Where the password is kept."""
    password: str | None = None
    """Only when it was asked for."""
    credentials: str | None = None
    """A `.creds` file, instead of user and password."""


def bus(
    *,
    env: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    show_password: Annotated[bool, Parameter(name="--show-password", negative=(), show_default=False)] = False,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Show how to connect to the bus from outside: address, user, where the password is, and what to say.

    Parameters
    ----------
    env:
        Print only what sets NATS_URL, NATS_USER and NATS_PASSWORD, which `nats` and scripts read: eval "$(playbill bus --env)".
    show_password:
        Print the password itself.
    """
    settings = opened(config)
    access = access_to(settings, show_password=show_password or env)
    if env:
        print(exported(access))
        return exits.COMPLETED
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
        password=(running.password if running is not None else nats.client_password) if show_password else None,
        credentials=str(nats.credentials) if nats.credentials is not None else None,
    )


def exported(access: Access) -> str:
    """A line for a shell. Raises BusUnavailable when the password is not known, since nobody runs a Playbill here."""
    if access.user is not None and access.password is None:
        raise BusUnavailable("no Playbill runs here, and its password is made anew at every start; start it with `playbill up`")
    login = {"NATS_USER": access.user, "NATS_PASSWORD": access.password, "NATS_CREDS": access.credentials}
    known = {"NATS_URL": access.url, **login}
    return "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in known.items() if value is not None)


def described(access: Access, source_id: str) -> str:
    """For people, ready to paste."""
    names = {"progress": subjects.progress("*"), "request": subjects.request(source_id)}
    shell = _SHELL.format(**names)
    login = _LOGIN if access.user else _CREDENTIALS if access.credentials else ""
    python = _PYTHON.format(**names, login=login)
    return "\n".join((*_facts(access), "", 'eval "$(playbill bus --env)"', shell, python)).rstrip()


def _facts(access: Access) -> list[str]:
    state = "" if access.running else "   (nobody runs it now; start it with `playbill up`)"
    lines = [f"address   {access.url}{state}", *([f"user      {access.user}"] if access.user else [])]
    if access.password is not None:
        lines.append(f"password  {access.password}")
    elif access.password_from is not None:
        lines.append(f"password  in {access.password_from}")
    if access.credentials is not None:
        lines.append(f"login     by {access.credentials}")
    lines.append(f"ask       {subjects.REQUESTS}   cancel  {subjects.CANCELS}")
    lines.append(f"progress  {subjects.PROGRESS}   events  {subjects.EVENTS}")
    return lines
