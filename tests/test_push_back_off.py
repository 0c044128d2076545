"""How long a server is left alone."""

from actors.push.back_off import BackOff
from actors.push.config import Pace


def test_each_wait_is_twice_as_long_up_to_five_minutes() -> None:
    back_off = BackOff(Pace())

    assert [back_off.wait_s(0) for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_chance_takes_off_a_quarter_at_most() -> None:
    assert BackOff(Pace()).wait_s(1) == 0.75


def test_after_a_connection_that_lived_long_it_begins_anew() -> None:
    back_off = BackOff(Pace())
    for _ in range(5):
        back_off.wait_s(0)

    back_off.lived(59)
    assert back_off.wait_s(0) == 32
    back_off.lived(60)
    assert back_off.wait_s(0) == 1


def test_who_refuses_is_asked_as_seldom_as_may_be() -> None:
    back_off = BackOff(Pace())
    back_off.refused()

    assert [back_off.wait_s(0), back_off.wait_s(0)] == [300, 300]
