"""Failpoints: what an order says, when it strikes, that its hits are counted, and that each has its one place in the product."""

import ast
import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from actors import failpoints
from actors.failpoints import Fault, Order, Point, armed, hits, orders_of, reach
from contracts.errors import BadSettings

ROOT = Path(__file__).resolve().parents[1]
POINT = Point.WRITER_COMMITTED


async def strikes(orders: str, directory: Path, passes: int, *about: str, seed: int = 0) -> list[int]:
    """Which of so many passes of the point are struck by `bug`, counted from 1."""
    struck = []
    with armed(orders, directory, seed=seed):
        for number in range(1, passes + 1):
            try:
                await reach(POINT, *about)
            except Fault:
                struck.append(number)
    return struck


def in_a_process(orders: str, directory: Path, passes: int = 1) -> subprocess.CompletedProcess[str]:
    program = (
        "import asyncio, os\nfrom actors import failpoints\n"
        "async def main():\n"
        "    failpoints.arm(os.environ)\n"
        f"    for number in range({passes}):\n"
        f"        await failpoints.reach(failpoints.Point('{POINT}'))\n"
        "        print(number, flush=True)\n"
        "asyncio.run(main())\n"
    )
    variables = {failpoints.VARIABLE: orders, failpoints.DIRECTORY_VARIABLE: str(directory), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=60)


def test_an_order_says_where_what_about_what_when_and_how_often() -> None:
    text = "writer.committed=die@3; parser.publishing=bug[iptv movies]*6 ; fetcher.received=exit~0.25;"

    assert orders_of(text) == [
        Order(point=Point.WRITER_COMMITTED, action="die", nth=3, hits_max=1),
        Order(point=Point.PARSER_PUBLISHING, action="bug", about="iptv movies", hits_max=6),
        Order(point=Point.FETCHER_RECEIVED, action="exit", share=0.25, hits_max=0),
    ]
    assert orders_of("writer.begun=bug@2*0") == [Order(point=Point.WRITER_BEGUN, action="bug", nth=2, hits_max=0)]


@pytest.mark.parametrize(
    "text",
    [
        "writer.nowhere=die",
        "writer.committed=sleep",
        "writer.committed",
        "=die",
        "writer.committed=die@x",
        "writer.committed=die*",
    ],
)
def test_an_order_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(BadSettings) as refused:
        orders_of(f"parser.received=die; {text}")

    assert repr(text) in refused.value.text


def test_orders_without_a_directory_or_with_a_seed_that_is_no_number_are_refused(tmp_path: Path) -> None:
    orders = {failpoints.VARIABLE: f"{POINT}=die"}
    with pytest.raises(BadSettings, match=failpoints.DIRECTORY_VARIABLE):
        failpoints.arm(orders)
    with pytest.raises(BadSettings, match=failpoints.SEED_VARIABLE):
        failpoints.arm({**orders, failpoints.DIRECTORY_VARIABLE: str(tmp_path), failpoints.SEED_VARIABLE: "x"})


async def test_without_orders_nothing_happens_at_any_point(tmp_path: Path) -> None:
    assert not failpoints.arm({})
    for point in Point:
        await reach(point)
    assert not list(tmp_path.iterdir())


async def test_orders_end_with_their_block_also_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(Fault), armed(f"{POINT}=bug*0", tmp_path):
        await reach(POINT)

    await reach(POINT)


async def test_an_order_strikes_once_unless_it_says_how_often(tmp_path: Path) -> None:
    assert await strikes(f"{POINT}=bug", tmp_path / "once", 0) == []
    for name, order, expected in (
        ("once", f"{POINT}=bug", [1]),
        ("thrice", f"{POINT}=bug*3", [1, 2, 3]),
        ("always", f"{POINT}=bug*0", [1, 2, 3, 4, 5]),
        ("third", f"{POINT}=bug@3", [3]),
    ):
        directory = tmp_path / name
        directory.mkdir()

        assert await strikes(order, directory, 5) == expected, order
        assert hits(directory, POINT) == len(expected)


async def test_another_point_is_left_alone(tmp_path: Path) -> None:
    with armed(f"{POINT}=bug*0", tmp_path):
        for point in set(Point) - {POINT}:
            await reach(point)

    assert hits(tmp_path, POINT) == 0


async def test_an_order_about_something_strikes_only_what_is_about_it(tmp_path: Path) -> None:
    assert await strikes(f"{POINT}=bug[bad movies]*0", tmp_path, 2, "bad", "movies") == [1, 2]
    assert await strikes(f"{POINT}=bug[bad movies]*0", tmp_path, 2, "good", "movies") == []
    assert await strikes(f"{POINT}=bug[bad movies]*0", tmp_path, 2) == []


async def test_a_share_of_the_passes_is_struck(tmp_path: Path) -> None:
    struck = await strikes(f"{POINT}=bug~0.25", tmp_path, 1_000, seed=7)

    assert 150 < len(struck) < 350
    assert hits(tmp_path, POINT) == len(struck)
    assert len(await strikes(f"{POINT}=bug~0.25*5", tmp_path / "." / "", 10)) == 0, "five were struck long before"


async def test_what_an_action_raises(tmp_path: Path) -> None:
    for action, error in (("bug", Fault), ("exit", SystemExit), ("cancel", asyncio.CancelledError)):
        with armed(f"{POINT}={action}*0", tmp_path), pytest.raises(error):
            await reach(POINT)


async def test_what_is_held_goes_on_when_it_is_let_go_and_everything_else_goes_on_meanwhile(tmp_path: Path) -> None:
    with armed(f"{POINT}=hold", tmp_path):
        held = asyncio.create_task(reach(POINT))
        async with asyncio.timeout(10):
            while not (tmp_path / f"{POINT}.held").exists():
                await asyncio.sleep(0.01)
        await reach(POINT)
        assert not held.done()
        (tmp_path / f"{POINT}.go").touch()

        await asyncio.wait_for(held, 10)


def test_a_process_that_dies_has_noted_it_before_and_hits_are_counted_over_all_processes(tmp_path: Path) -> None:
    order = f"{POINT}=die@2*2"
    died = [in_a_process(order, tmp_path, passes=3) for _ in range(2)]
    spared = in_a_process(order, tmp_path, passes=3)

    assert [(each.returncode, each.stdout) for each in died] == [(failpoints.EXIT_CODE, "0\n")] * 2
    assert (spared.returncode, spared.stdout) == (0, "0\n1\n2\n")
    assert hits(tmp_path, POINT) == 2


def reached() -> Counter[str]:
    """What the product passes to `reach`, by the source of each call; a role's own point by its moment."""
    found: Counter[str] = Counter()
    for path in (ROOT / "actors").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.reach":
                found[ast.unparse(node.args[0])] += 1
    return found


def test_every_point_is_reached_from_exactly_one_place() -> None:
    moments = {"received", "publishing", "published", "settling", "settled"}
    served = {f"{role}.{moment}" for role in ("fetcher", "parser") for moment in moments}
    expected = {f"self._{moment}" for moment in moments} | {f"Point.{point.name}" for point in Point if point not in served}

    assert served <= set(Point)
    assert reached() == Counter(expected)
