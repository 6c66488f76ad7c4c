"""Boilerplate is told by its place, its form, its links and to whom it speaks; never by a phrase alone."""

import pytest

from corpus.article import Dropped
from corpus.page.boilerplate import LABELLED, LEADS, SPEAKS, Part, listed, reasons
from corpus.page.text import fields_of, fields_of_page

NEWS = "The council of Brenholm voted on Thursday to close the old fish market, the mayor Else Brandt said."
QUAY = "The quay was built in 1911 and last repaired in 1988, according to the harbour office."

KEPT = """
The company changed its privacy policy on Tuesday.
The company changed its privacy policy.
Labour’s share on the council fell to 31 percent.
She asked her brother to share this award with her.
“I never read the terms and conditions,” Reis told the court.
The regulator fined X, Facebook and LinkedIn a total of 40 million euros.
“We removed all third-party cookies from our site in March,” the company’s spokeswoman Ida Holt said.
Related: two other men were charged with helping him, the prosecutor said.
Recommended: a fine of 500 crowns and a ban of two years, the prosecutor said.
Facebook and Instagram were down for two hours.
The court ruled that all rights reserved by the heirs had lapsed in 2019.
Google will end third-party cookies in its browser.
The app asked users to sign up for e-mail updates before they could pay.
Newsletter publishers face a new tax.
“Sign up for our newsletter and win a car,” the fraudulent message read.
The bank told customers to enable JavaScript in their browsers.
He was told to create an account to see his own file.
The website’s cookie notice broke the law, the court found.
Copyright 2019 rules were struck down by the court on Monday.
Watch: the navy’s term for six hours on deck.
See also the ruling of 2011, the judges wrote.
Up next: a vote in the senate on Friday, the speaker said.
Members of the party must accept all terms and conditions of the coalition.
The reCAPTCHA test can be beaten by machines, a study found.
We all sign up for newsletters that nobody reads.
Facebook, X and WhatsApp share data with the police, the ministry said.
More from the budget: schools get 3 million crowns, the minister said.
Skip Bayless leaves Fox.
Advertisement spending fell by a third.
Police asked people to share this photo of the suspect.
Please share this with the family, he wrote in the letter.
Home is where the court sits, the judge said.
Steam tweaks its privacy settings, will soon let you hide while online
Ad blockers are used by a third of adults.
“Follow us on foot,” the guide told 40 tourists.
Members were asked to download the party’s app before Friday.
Support for local journalism fell by 9 percent.
“Click here to read your file,” the forged letter said.
The letter to your inbox cost the sender nothing, the court heard.
""".strip().split("\n")

DROPPED = """
Sign up for our newsletter and get the news in your inbox.
Share on Facebook Twitter Email
Share this article
Privacy Policy | Terms of Service
We use cookies to improve your experience on our site. By continuing you agree to our use of cookies.
© 2024 Brenholm Post. All rights reserved.
Related: Storm empties Sandvig
Read more: Storm empties Sandvig.
Read more
Advertisement
Story continues below advertisement
Your email address will not be published. Required fields are marked *
Create a free account
Facebook Twitter WhatsApp
Opens in new window
We may earn a commission if you buy through our links.
Please enable JavaScript to view this page.
This site is protected by reCAPTCHA and the Google Privacy Policy and Terms of Service apply.
The post Fish market to move appeared first on Brenholm Post.
© 2025 Brenholm Post. All rights reserved. All trademarks are property of their respective owners.
Pinterest Email Send Text Message Print Comment
By submitting your information you agree to the Terms & Conditions and are aged 16 or over.
By signing up you agree to our terms and our privacy policy.
Don’t miss: Five things to know about the quay
Follow us on Facebook, Mastodon and Instagram.
Click here to subscribe.
Get the day’s headlines in your inbox.
Download our free app for breaking news.
Support independent journalism. Donate today.
""".strip().split("\n")


@pytest.mark.parametrize("sentence", KEPT)
@pytest.mark.parametrize("place", ["between", "last", "first", "beside a label"])
def test_news_is_kept_whatever_phrase_is_in_it_and_wherever_it_stands(sentence: str, place: str) -> None:
    blocks = {
        "between": [NEWS, sentence, QUAY],
        "last": [NEWS, QUAY, sentence],
        "first": [sentence, NEWS, QUAY],
        "beside a label": [NEWS, "Advertisement", sentence, QUAY],
    }[place]
    assert reasons([Part(block) for block in blocks])[blocks.index(sentence)] is None


@pytest.mark.parametrize("notice", DROPPED)
def test_notices_go_wherever_they_stand(notice: str) -> None:
    for blocks in ([NEWS, notice, QUAY], [NEWS, QUAY, notice], [notice, NEWS]):
        assert reasons([Part(block) for block in blocks])[blocks.index(notice)] is not None


def test_a_block_says_why_it_is_boilerplate() -> None:
    blocks = [
        NEWS,
        "Advertisement",
        QUAY,
        "See also",
        "Sign up for our newsletter and get it in your inbox.",
    ]
    assert reasons([Part(block) for block in blocks]) == [None, LABELLED, None, LEADS, SPEAKS]


def test_a_doubtful_block_is_a_notice_among_notices() -> None:
    doubtful = "Terms of Service and Privacy Policy apply."
    assert reasons([Part(NEWS), Part(doubtful), Part(QUAY)])[1] is None
    notice = "Sign up for our newsletter and get the news in your inbox."
    assert reasons([Part(NEWS), Part(notice), Part(doubtful)]) == [None, SPEAKS, SPEAKS]


def test_links_tell_a_teaser_from_news() -> None:
    text = "Related: two men were charged, prosecutor says."
    assert reasons([Part(NEWS), Part(text), Part(QUAY)])[1] is None
    assert reasons([Part(NEWS), Part(text, linked=0.8), Part(QUAY)])[1] == LEADS


def test_advice_speaks_to_its_readers_and_stays() -> None:
    advice = [
        "You need not keep what shops store about you, Ida Holt of the consumer council says.",
        "Open the menu of your telephone and look for the word Privacy.",
        "We recommend that you delete the cookies that your browser keeps once a month.",
        "If you use two browsers, you have to do it in each of them.",
    ]
    assert reasons([Part(block) for block in advice]) == [None] * 4
    assert reasons([Part(NEWS), Part(advice[2]), Part(QUAY)])[1] == SPEAKS


def test_what_a_page_left_out_is_named_with_its_reason() -> None:
    fragment = (
        f"<p>{NEWS}</p><p>Related: <a href='/b'>Storm empties Sandvig, guard says.</a></p><p>{QUAY}</p>"
    )
    fields = fields_of(fragment)
    assert fields["text"] == f"{NEWS}\n\n{QUAY}"
    assert fields["dropped"] == (Dropped("Related: Storm empties Sandvig, guard says.", LEADS),)
    page = (
        f"<html><head><title>Quay</title></head><body><nav><a href='/'>Front "
        f"page</a></nav><article><p>{NEWS}</p>"
        f"<p>{QUAY}</p><p>Share this article</p></article><footer>Printed in Brenholm</footer></body></html>"
    )
    dropped = fields_of_page(page)["dropped"]
    assert isinstance(dropped, tuple)
    assert {one.text: one.reason for one in dropped}["Share this article"] == SPEAKS
    assert "Printed in Brenholm" in {one.text for one in dropped}
    assert NEWS not in {one.text for one in dropped}


def test_a_record_of_what_was_left_out_is_bounded_and_keeps_sentences_first() -> None:
    menu = [Dropped(f"Entry {number}", "a label") for number in range(5_000)]
    kept = listed([*menu, Dropped(NEWS, SPEAKS), Dropped("x" * 100_000, SPEAKS)])
    assert len(kept) <= 200 and sum(len(one.text) for one in kept) <= 30_000
    assert kept[0] == Dropped(NEWS, SPEAKS)
