"""The account check, in every shape in which panels let in or refuse."""

from datetime import datetime
from typing import Any

import pytest

from actors.sources.xtream import read_account, unexpected_root
from contracts.errors import AccountExpired, AccountRejected, PlaybillError, UnexpectedAnswer
from tests.xtream_cases import RECORDED, body_of, cases, document

NOW = datetime.fromisoformat(document("accounts")["now"])
GOOD = [case for case in cases("accounts") if "error" not in case.values[0]]
BAD = [case for case in cases("accounts") if "error" in case.values[0]]
SECRETS = ("bob", "secret", "Welcome", "host.invalid")


@pytest.mark.parametrize("case", GOOD)
def test_a_good_account_says_what_its_fixture_says(case: dict[str, Any]) -> None:
    account = read_account([body_of(case)], NOW)

    assert {key: account.server[key] for key in case["server"]} == case["server"]
    assert account.warnings == case["warnings"]
    assert not any(secret in repr(account) for secret in SECRETS)


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_has_one_sentence_and_no_secret(case: dict[str, Any]) -> None:
    with pytest.raises(PlaybillError) as caught:
        read_account([body_of(case)], NOW)

    assert caught.value.code == case["error"]
    assert case.get("says", "") in caught.value.text
    assert not any(secret in caught.value.text for secret in SECRETS)
    assert "\n" not in caught.value.text


@pytest.mark.parametrize("case", cases("roots"))
def test_the_start_of_an_answer_says_whether_a_listing_may_follow(case: dict[str, Any]) -> None:
    found = unexpected_root(body_of(case))

    assert (found.code if found else None) == case["error"]
    assert found is None or case.get("says", "") in found.text
    assert found is None or "bob" not in found.text


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")
def test_every_recorded_account_reads_as_it_was() -> None:
    accounts = sorted(RECORDED.rglob("*auth.json"))
    outcomes = {}
    for path in accounts:
        try:
            outcomes[f"{path.parent.name}/{path.name}"] = read_account([path.read_bytes()], NOW).server["status"]
        except AccountRejected as error:
            outcomes[f"{path.parent.name}/{path.name}"] = error.code

    assert len(outcomes) == len(accounts) >= 9
    assert outcomes["telly-provider1/auth.json"] == AccountExpired.code
    assert outcomes["captured-xtreamcodeserver/auth.json"] == "Active"
    assert outcomes["captured-iptvnator-mock/expired.auth.json"] == AccountExpired.code
    assert outcomes["captured-iptvnator-mock/user1.auth.json"] == "Active"


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")
def test_the_recorded_page_of_a_bad_login_is_a_refusal() -> None:
    body = (RECORDED / "captured-xtreamcodeserver" / "bad_login.html").read_bytes()

    with pytest.raises(AccountRejected):
        read_account([body], NOW)
    assert isinstance(unexpected_root(body), AccountRejected)
    assert not isinstance(unexpected_root(body), UnexpectedAnswer)
