"""A stand-in Xtream provider: a real HTTP server with a catalogue of its own and a switch for every failure."""

from actors.demo.catalogue import Catalogue, recorded_catalogue
from actors.demo.demo import demo_catalogue
from actors.demo.switches import Hold, Switches
from actors.demo.xtream_server import ServedRequest, XtreamServer

__all__ = ["Catalogue", "Hold", "ServedRequest", "Switches", "XtreamServer", "demo_catalogue", "recorded_catalogue"]
