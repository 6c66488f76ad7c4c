"""Pages that stand in the place of an article are told by several signs; news about them is read."""

import pytest

from corpus.errors import ReadError
from corpus.page.text import fields_of_page
from corpus.page.wall import Look

ASKED = "https://post.example/2024/03/fish-market-to-move"
TITLE = "Fish market to move"
TEXT = (
    "The council of Brenholm voted on Thursday to close the old fish market and move the stalls to the north "
    "quay, the mayor Else Brandt said.\n\nThe quay was built in 1911 and last repaired in 1988, according to "
    "the harbour office, which expects costs of 14 million crowns."
)


def page(title: str, *paragraphs: str, head: str = "", tag: str = "main", heading: str | None = None) -> str:
    """A page with these paragraphs under its title."""
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    shown = title if heading is None else heading
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title>{head}</head>"
        f"<body><{tag}><h1>{shown}</h1>{body}</{tag}></body></html>"
    )


NOINDEX = "<meta name='robots' content='noindex, nofollow'>"
NEWS = '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "headline": "%s",'
NEWS += ' "datePublished": "2024-03-14", "author": {"name": "Mette Kvist"}}</script>'

WALLS = {
    "consent": page(
        "Brenholm Post",
        "We value your privacy. We and our partners use cookies to store and access information on a "
        "device and "
        "to process personal data for personalised ads and content.",
        "You can accept all or manage your choices at any time in the privacy centre.",
        heading="We value your privacy",
    ),
    "consent in German": page(
        "Datenschutz",
        "Wir und unsere Partner verwenden Cookies und verarbeiten personenbezogene Daten auf Ihrem Gerät.",
        "Ihre Einwilligung können Sie jederzeit in den Einstellungen am Ende der Seite widerrufen.",
    ),
    "Cloudflare": page(
        "Just a moment...",
        "Checking if the site connection is secure. This may take a few seconds, please do not close the "
        "page.",
        "post.example needs to review the security of your connection before proceeding.",
        head=NOINDEX,
        heading="post.example",
    ),
    "captcha under the headline of the article": page(
        TITLE,
        "Please enable JS and disable any ad blocker. Complete the captcha below to prove that you are "
        "human.",
        "If you believe that this is a mistake, contact our support team with the reference number 77aa.",
        head="<script src='https://geo.captcha-delivery.com/captcha/'></script>",
    ),
    "traffic": page(
        "Pardon Our Interruption",
        "As you were browsing, something about your browser made us think you were a bot. To regain access, "
        "please make sure that cookies and JavaScript are enabled before reloading the page.",
    ),
    "denied": page(
        "403 Forbidden",
        "You don’t have permission to access this resource. Your IP address has been blocked by the "
        "operator of "
        "this site.",
    ),
    "another country": page(
        "Unavailable in your region",
        "We recognise that you are attempting to access this website from a country of the European Economic "
        "Area, where the General Data Protection Regulation applies, and access cannot be granted at "
        "this time.",
    ),
    "login": page(
        "Log in | Brenholm Post",
        "Enter your e-mail address and password to continue. Forgot your password? Reset it here.",
        "Don’t have an account? Create a free account to read this article and to follow your topics.",
        head="<meta property='og:type' content='website'>",
    ),
    "session": page(
        "Session expired",
        "Your session has expired. Please sign in again to continue reading on Brenholm Post.",
    ),
    "paywall": page(
        "Subscribe to continue reading",
        "You have read all your free articles this month. Subscribe now for unlimited access to all our "
        "stories.",
        "Already a subscriber? Log in. You can cancel at any time.",
    ),
    "paywall under the headline": page(
        TITLE,
        "The council of Brenholm voted on Thursday to close the old fish market.",
        "This article is for subscribers only. Subscribe now for 1 crown a week to keep reading.",
        tag="article",
        head=NEWS % TITLE,
    ),
    "not found": page(
        "Brenholm Post",
        "We could not find the page you requested. The link may be broken or the article may have been "
        "removed.",
        "Use the search above, or go back to the home page.",
        heading="404",
    ),
    "not found in French": page(
        "Page introuvable - Le Quai",
        "La page que vous cherchez n’existe plus ou a été déplacée par nos services depuis peu.",
        "Retournez à la page d’accueil pour lire les dernières nouvelles du port.",
    ),
    "gone": page(
        "Oops! Something is missing",
        "Sorry, this page is no longer available. It may have been moved, renamed or deleted by the editors.",
        head=NOINDEX,
    ),
    "maintenance": page(
        "We’ll be back soon",
        "Our site is currently down for scheduled maintenance. We apologise for the inconvenience and "
        "thank you "
        "for your patience. Please check back in an hour.",
    ),
    "server error with status 200": page(
        "503 Service Temporarily Unavailable",
        "The server is temporarily unable to handle your request because of maintenance. Please try "
        "again later.",
    ),
    "ad blocker": page(
        "Brenholm Post",
        "It seems that an ad blocker runs in your browser. Turn it off for this site, then reload the page.",
        "Advertisements pay for our reporters. Thank you!",
        heading="Please switch off your ad blocker",
    ),
    "not found above a list of stories": page(
        "Brenholm Post",
        "The page you asked for could not be found. It may have been moved.",
        "Here are some of our most read stories:",
        "Storm empties Sandvig in three hours, the coast guard said on Sunday evening",
        "School of 1911 to be repaired for 9 million crowns, the county said on Monday",
        heading="404",
    ),
    "only in the app": page(
        "Read in the app",
        "Get the Brenholm Post app to read this article. It is free in the store of your telephone.",
        "You have the app? Open it now, and look there for what you wanted.",
    ),
    "parked": page(
        "post.example is for sale",
        "This domain may be for sale. Buy this domain now or contact the domain owner for a price.",
    ),
    "age": page(
        "Age verification",
        "You must be at least 18 to enter this site. Please confirm your age to continue to the article.",
    ),
}


@pytest.mark.parametrize("wall", WALLS.values(), ids=WALLS)
def test_a_wall_is_no_article_even_if_nothing_was_read_before(wall: str) -> None:
    with pytest.raises(ReadError) as raised:
        fields_of_page(wall, ASKED, Look(ASKED, ASKED))
    assert "looks like" in str(raised.value) or "no article" in str(raised.value)


@pytest.mark.parametrize("wall", WALLS.values(), ids=WALLS)
def test_a_wall_takes_no_articles_place(wall: str) -> None:
    with pytest.raises(ReadError, match=r"looks like|no article"):
        fields_of_page(wall, ASKED, Look(ASKED, ASKED, TITLE, TEXT))


TEASERS = [
    f"The {name} of Brenholm was opened on Monday by the mayor Else Brandt, who said that it had cost "
    f"{n} million "
    f"crowns and would last for at least {n} decades if the harbour office looked after it."
    for n, name in enumerate("quay market school bridge library museum ferry".split(), start=2)
]
WALLS["not found above the latest news"] = page(
    "Page not found | Brenholm Post",
    "Sorry, the page that you are looking for does not exist any more. It may have been moved or deleted.",
    *TEASERS,
    heading="Page not found",
)

ABOUT = {
    "captchas": page(
        "Are you a robot?",
        "Captchas are beaten by machines in nine of ten cases, a study of the university of Sandvig found.",
        "The researchers let software solve 10,000 puzzles of four makers. “Please verify that you are "
        "human” was "
        "the sentence that people hated most, said Ida Holt, who led the study.",
        "People needed 32 seconds on average, and the machines less than one.",
        tag="article",
    ),
    "cookies": page(
        "Cookies",
        "The regulator fined the company 40 million euros on Monday because it set cookies before people had "
        "agreed to them.",
        "Its consent window had no button for a refusal, the regulator said. The company will appeal.",
    ),
    "a paywall": page(
        "Subscribers only",
        "The Coast Gazette will put its sports pages behind a paywall in May, its publisher said on Tuesday.",
        "Readers will pay 4 crowns a week. The paper lost a third of its advertisers last year, and it "
        "has 20,000 "
        "subscribers.",
    ),
    "an outage": page(
        "Service unavailable",
        "The website of the Brenholm savings bank was down for maintenance for nine hours on Sunday.",
        "About 40,000 customers could not log in to their accounts, the bank said. It apologised for the "
        "inconvenience, and an upgrade of its servers had failed, said its spokesman Per Lund.",
    ),
    "a page that was not found": page(
        "Page not found",
        "A leaf of the oldest manuscript of Brenholm is still missing, the museum said on Friday.",
        "The page was not found in the vault, where it was kept since 1911. Police have questioned two men.",
    ),
    "a short correction": page(
        "Correction",
        "An earlier version of the report on the fish market misstated the costs of the quay. They are "
        "14 million "
        "crowns, not 40 million.",
        tag="article",
    ),
    "a refusal": page(
        "Access denied",
        "Reporters were refused access to the trial of the harbour master on Wednesday, the court confirmed.",
        "The judge ruled that the hearing would be closed. “You don’t have permission to enter,” a guard "
        "told "
        "them.",
    ),
    "a letter to readers": page(
        "Why we ask you to pay",
        "Dear readers, from Monday you will be asked for a subscription when you open more than five "
        "stories.",
        "We know that many of you will not like it. We lost 12 million crowns last year, and our owners "
        "said in "
        "January that they would not pay for it again. Forty of our colleagues have left since.",
        "The alternative was to close the desk in Sandvig, which has reported on the harbour since 1911. "
        "Else "
        "Brandt, who led it for two decades, argued that a paper without Sandvig would not be ours.",
        tag="article",
        head=NEWS % "Why we ask you to pay",
    ),
    "a login": page(
        "Log in with your face",
        "Sweden will let people sign in to public services with their faces, the minister Ola Berg "
        "announced.",
        "About 3 million accounts are to be moved in 2025. Critics warned of errors in the dark.",
    ),
    "a domain": page(
        "brenholm.example is for sale",
        "The council put its old domain on sale on Monday for 2 million crowns, the town’s lawyer said.",
        "Two casinos bid for it. “This domain is our name,” said Else Brandt, who voted against the sale.",
    ),
    "advice": page(
        "How to get rid of cookies",
        "Cookies tell shops what you looked at. To delete them, open the settings of your browser and choose "
        "Privacy.",
        "Some browsers block them from the start, others must be told. Ida Holt of the consumer council "
        "says that "
        "most people need ten minutes for it.",
        "The council tested six browsers in March. Two of them kept cookies of third parties for a year.",
        tag="article",
    ),
}


@pytest.mark.parametrize("told", ABOUT.values(), ids=ABOUT)
@pytest.mark.parametrize(
    "look",
    [Look(ASKED, ASKED), Look(), Look(ASKED, ASKED, TITLE, TEXT)],
    ids=["address", "file", "another story"],
)
def test_news_about_walls_is_read(told: str, look: Look) -> None:
    text = str(fields_of_page(told, look.asked, look)["text"])
    first = told.split("<p>")[-1].split("</p>")[0]
    assert " ".join(first.split()) in text


def test_a_correction_may_replace_an_article() -> None:
    fields = fields_of_page(ABOUT["a short correction"], ASKED, Look(ASKED, ASKED, TITLE, TEXT))
    assert "14 million" in str(fields["text"])


def test_a_request_that_ends_at_the_front_page_found_no_article() -> None:
    cards = [f"The {name} of Brenholm opened on Monday with a speech of the mayor." for name in "abcdef"]
    front = page("Brenholm Post", *cards, head="<link rel='canonical' href='https://post.example/'>")
    with pytest.raises(ReadError, match="front page"):
        fields_of_page(front, "https://post.example/", Look(ASKED, "https://post.example/"))
    assert fields_of_page(
        front, "https://post.example/", Look("https://post.example/", "https://post.example/")
    )
    asked = "https://post.example/news/fish-market-to-move"  # "news" tells nothing of the article.
    news = page("Brenholm Post: news of the coast", *cards)
    with pytest.raises(ReadError, match="front page"):
        fields_of_page(news, asked, Look(asked, "https://post.example/"))


def test_a_request_that_ends_at_a_login_is_told_by_its_address() -> None:
    odd = page(
        "Brenholm Post", "Tervetuloa takaisin, jatka lukemista omalla tunnuksellasi ja salasanallasi heti."
    )
    ended = "https://post.example/login?next=/2024/03/fish-market-to-move"
    with pytest.raises(ReadError, match="ended at /login"):
        fields_of_page(odd, ended, Look(ASKED, ended, TITLE, TEXT))


def test_a_wall_in_a_language_without_phrases_is_told_by_what_was_read_before() -> None:
    polish = page(
        "Szanowni Państwo",
        "Prosimy o wyrażenie zgody na przetwarzanie danych osobowych przez naszych zaufanych partnerów.",
        "Zgoda jest dobrowolna i można ją wycofać w dowolnym momencie na stronie ustawień.",
    )
    with pytest.raises(ReadError, match="read before"):
        fields_of_page(polish, ASKED, Look(ASKED, ASKED, TITLE, TEXT))


def test_a_teaser_never_takes_the_place_of_the_article_that_it_begins() -> None:
    teaser = [
        f"The council heard {n} speakers on the quay, and each of them asked for more time." for n in "12345"
    ]
    gate = "To continue reading, subscribe from 1 crown a week."
    shown = page(TITLE, *teaser, gate, tag="article", head=NEWS % TITLE)
    whole = "\n\n".join(teaser * 4)
    with pytest.raises(ReadError, match="a paywall"):
        fields_of_page(shown, ASKED, Look(ASKED, ASKED, TITLE, whole))
    assert "speakers" in str(fields_of_page(shown, ASKED, Look(ASKED, ASKED))["text"]), (
        "a long teaser is read"
    )


def test_an_article_that_became_shorter_or_was_rewritten_is_read() -> None:
    short = page(TITLE, "The council of Brenholm will close the old fish market, the mayor Else Brandt said.")
    assert fields_of_page(short, ASKED, Look(ASKED, ASKED, TITLE, TEXT * 3))
    other = page(
        "Storm empties Sandvig",
        "The storm that reached Sandvig on Sunday emptied the town within three hours, the coast guard said.",
        tag="article",
        head=NEWS % "Storm empties Sandvig",
    )
    assert fields_of_page(other, ASKED, Look(ASKED, ASKED, TITLE, TEXT))


def test_what_many_pages_of_articles_have_makes_no_wall() -> None:
    recipe = page(
        "Fish soup of Sandvig",
        "Cut the onions and the leek small and let them sweat in butter until they are soft and golden.",
        "Add the stock, two potatoes and a glass of white wine, and boil everything for a quarter of an "
        "hour.",
        head=NOINDEX + "<script src='https://www.google.com/recaptcha/api.js'></script>",
    ).replace("<body>", "<body><form><input name='login'><input type='password'></form>")
    assert "onions" in str(
        fields_of_page(recipe, "https://post.example/soup", Look("https://post.example/soup"))["text"]
    )


def test_the_first_half_of_an_article_with_a_request_is_no_new_version_of_it() -> None:
    told = [
        f"The council heard {n} speakers on the quay, and each of them asked for time." for n in range(12)
    ]
    shown = page(
        TITLE, *told[:4], "Wybierz plan, aby czytać dalej i wspierać nas.", tag="article", head=NEWS % TITLE
    )
    with pytest.raises(ReadError, match="only the beginning"):
        fields_of_page(shown, ASKED, Look(ASKED, ASKED, TITLE, "\n\n".join(told)))
    shorter = page(TITLE, *told[:4], tag="article", head=NEWS % TITLE)
    assert fields_of_page(shorter, ASKED, Look(ASKED, ASKED, TITLE, "\n\n".join(told))), (
        "shortened by its editors"
    )
