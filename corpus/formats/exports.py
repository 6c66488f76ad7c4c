"""Keys of other tools: an article's fields in exports of news APIs, readers and crawlers, by their names.

Known are the keys of NewsAPI, GNews, the Guardian, the New York Times, news-please, newspaper4k, trafilatura,
CC-News, WordPress, JSON Feed, schema.org and others that use the same words. Ours win.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from corpus.article import Remark, one_line
from corpus.dates import date_or_none, plausible_date

Fields = dict[str, object]

# Paths of keys in the order of their trust; letters and digits of a key count, a dot leads into an object.
_ADDRESSES = tuple(
    """
    url link weburl canonicalurl canonicallink pageurl articleurl permalink originalurl source thread.url
    links.permalink mainentityofpage mainentityofpage.id canonical.href alternate.href
""".split()
)
_TITLES = tuple(
    "title headline headline.main webtitle title.rendered fields.headline articletitle name".split()
)
_TEXTS = tuple(
    """
    text fulltext maintext articlebody articletext bodytext fields.bodytext contenttext textcontent plaintext
    document pagecontent cleanedtext html body content article storytext story rawtext bodyhtml fields.body
    contenthtml content.rendered content.html summary.content body.sections blocks.body
""".split()
)
_TEASERS = tuple(
    """
    leadparagraph abstract shortdescription fields.trailtext description summary excerpt
    excerpt.rendered snippet
""".split()
)
_PUBLISHED = tuple(
    """
    publishedat published publisheddate publishdate publishedon publishedtime
    publishtime datepublished datepublish publicationdate publicationtime webpublicationdate
    firstpublished firstpublishedat firstpublisheddate pubdate datetimepub datetime dateissued issued date
    fields.firstpublicationdate thread.published articlepublishedtime displaydate posted postedat dategmt
    publishingdate seendate
""".split()
)
_UPDATED = tuple(
    """
    updatedat updated updateddate dateupdated datemodified datemodify modified modifieddate modifiedat
    lastmodified lastmod lastupdated fields.lastmodified articlemodifiedtime
""".split()
)
_AUTHORS = tuple(
    """
    authors byline author bylines byline.original byline.person fields.byline creator creators dccreator
    writer writers writtenby authorname authornames authorlist journalist journalists reporter reporters
    contributors articleauthor embedded.author yoastheadjson.author
""".split()
)
_OUTLETS = tuple(
    """
    source.name source.title source sourcename sourcetitle sourcehostname sitename metasitename ogsitename
    publication publication.name fields.publication outlet newspaper publisher publisher.name provider.name
    provider medianame sitetitle site origin.title opengraph.sitename yoastheadjson.ogsitename
""".split()
)
_DOMAINS = tuple(
    """
    domain hostname sourcedomain cleanurl sourceurl source.url source.uri sitefull thread.sitefull site
""".split()
)
_LISTS = tuple(
    """
    articles articles.results response.results response.docs response.articles response.content results docs
    items posts news stories entries documents hits.hits objects data data.articles value
""".split()
)

_PARAGRAPHS = ("paragraphs", "bodyhtml", "html")
_JSON_FEED = "https://jsonfeed.org/"
_WRAPPERS = ("metadata", "meta", "article", "attributes")
_OURS = frozenset("id title text html source url urls authors byline published_at updated_at".split())
_READ = frozenset(
    path.partition(".")[0]
    for paths in (
        *(_ADDRESSES, _TITLES, _TEXTS, _TEASERS, _PUBLISHED, _UPDATED, _AUTHORS, _OUTLETS, _DOMAINS),
        *(_WRAPPERS, _PARAGRAPHS, ("tags",)),
    )
    for path in paths
)
"""Keys, squeezed, from which a field of an article is taken."""
_VALUE_KEYS = frozenset(("date", "numberlong", "oid", "iso", "value", "text"))
_MOST_WRAPPED = 3

_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|span|article|section|figure|blockquote|table)\b[^<>]*>", re.I
)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8});", re.IGNORECASE)
_CUT_OFF = re.compile(r"(?<!\s)\s*\[\+\d+ chars\]\s*$")
_URL = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+/?$")
_DATE_KEY = re.compile(r"date|time|publish|issued|datum|fecha|posted")
_AUTHOR_KEY = re.compile(
    r"author|byline|written|writer|reporter|journalist|creator|correspondent|autor|auteur|verfasser"
)
_YEAR = re.compile(r"\d{4}|\d\d[./]\d\d")
_LEAST_DATE, _MOST_DATE = 6, 60
"""Characters of a value that may be a date; shorter ones are years and counts."""
_MOST_PEOPLE = 100
_MOST_REMARKS = 5
_SHOWN_CHARACTERS = 60


def entries_of(document: object) -> object:
    """The list of articles in a document of an API, if it is one; else the document itself."""
    if not isinstance(document, dict) or _has_text(document):
        return document
    if isinstance(graph := document.get("@graph"), list):
        return [node for node in graph if isinstance(node, dict) and _has_text(node)] or document
    feed = document.get("title") if str(document.get("version")).startswith(_JSON_FEED) else None
    for path in _present(document, _LISTS):
        for _, _, found in _located(document, path):
            if isinstance(found, dict) and path == "response.content":
                return [found]
            if isinstance(found, list) and (
                path == "articles" or any(isinstance(one, dict) for one in found)
            ):
                return [_of_feed(one, feed) for one in found] if _is_words(feed) else found
    return document


def _of_feed(item: object, feed: object) -> object:
    """The item of a JSON Feed under the feed's title, unless it names its own outlet."""
    return {"source": feed, **item} if isinstance(item, dict) else item


def unified(entry: Mapping[str, object]) -> tuple[Fields, tuple[Remark, ...]]:
    """The entry's fields under our keys, and remarks on unused keys that look like a date or an author.

    A value under one of our keys stays where it is, unless it is an object that holds the value; keys that
    were not used stay as they are. `domain` is a host where the entry names one.
    """
    if _is_unified(entry):
        return dict(entry), ()
    inner = entry.get("_source")
    fields: Fields = dict(inner if isinstance(inner, dict) and not _has_text(entry) else entry)
    if isinstance(fields.get("id"), dict):
        fields["id"] = _bare(fields["id"])
    _part_source(fields)
    _take(fields, "url", _ADDRESSES, _is_url)
    _take(fields, "title", _TITLES, _is_words)
    if isinstance(title := fields.get("title"), str):
        fields["title"] = _ENTITY.sub(lambda entity: html.unescape(entity[0]), title)
    _take_text(fields)
    _take(fields, "source", _OUTLETS, lambda value: _is_words(value) and not _is_address(value))
    if isinstance(fields.get("source"), dict):
        fields["source_details"] = fields.pop("source")
    _take(fields, "domain", _DOMAINS, _is_address)
    # A date that cannot be right is passed on last, so that it is said to be so.
    _take(fields, "published_at", _PUBLISHED, _is_plausible)
    _take(fields, "published_at", _PUBLISHED, lambda value: date_or_none(value) is not None)
    _take(fields, "updated_at", _UPDATED, _is_plausible)
    _take_authors(fields)
    return fields, tuple(_unused(fields))[:_MOST_REMARKS]


def _is_unified(entry: Mapping[str, object]) -> bool:
    """Whether an entry has its text and date under our keys, and no key that another field is taken from."""
    if not (
        _is_words(entry.get("text")) and _is_words(entry.get("published_at")) and _are_ours(tuple(entry))
    ):
        return False
    if _is_url(entry.get("source")) or "&" in str(entry.get("title")):
        return False
    return not any(isinstance(value, dict) for value in entry.values())


@lru_cache(maxsize=1_024)
def _are_ours(names: tuple[object, ...]) -> bool:
    others = {_squeezed(name) for name in names if name not in _OURS}
    return not any(key in _READ or _AUTHOR_KEY.search(key) for key in others)


# Finding and moving values


@lru_cache(maxsize=4_096)
def _squeezed(key: object) -> str:
    return re.sub(r"[^a-z0-9]+", "", str(key).lower())


def _bare(value: object) -> object:
    """A value without the object that a database or a feed puts around it, or the first of a list."""
    for _ in range(_MOST_WRAPPED):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict) and len(value) == 1 and _squeezed(next(iter(value))) in _VALUE_KEYS:
            value = next(iter(value.values()))
    return value


def _present(fields: Fields, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of which the first key is there, and then those within objects that tell of the article."""
    return _paths_from(tuple(fields), paths)


@lru_cache(maxsize=1_024)
def _paths_from(names: tuple[str, ...], paths: tuple[str, ...]) -> tuple[str, ...]:
    """As `_present`; remembered, as the entries of an export have the same keys."""
    keys = set(map(_squeezed, names))
    found = [path for path in paths if path.partition(".")[0] in keys]
    wrapped = [f"{wrapper}.{path}" for wrapper in _WRAPPERS if wrapper in keys for path in paths]
    return (*found, *wrapped)


def _located(fields: Fields, path: str) -> Iterator[tuple[Fields, str, object]]:
    """Where the path leads: object, key and value; of a list on the way, its first object."""
    first, _, rest = path.partition(".")
    for key in [key for key in fields if _squeezed(key) == first]:
        value = fields[key]
        if not rest:
            yield fields, key, value
            continue
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from _located(inner, rest)


def _is_missing(fields: Fields, key: str) -> bool:
    value = fields.get(key)
    return not value.strip() if isinstance(value, str) else value is None or value in ([], {})


def _take(fields: Fields, key: str, paths: tuple[str, ...], fits: Callable[[object], bool]) -> None:
    """Move the first value that fits to our key, unless that has a value which is no object."""
    if not _is_missing(fields, key) and not isinstance(fields[key], dict):
        return
    for path in _present(fields, paths):
        for holder, name, found in _located(fields, path):
            if fits(value := _bare(found)):
                del holder[name]
                fields[key] = value
                return


def _part_source(fields: Fields) -> None:
    """An address under `source` is that of the article, or of its site, and not the outlet."""
    source = fields.get("source")
    if not _is_url(source):
        return
    address = str(fields.pop("source")).strip()
    is_page = urlsplit(address).path.strip("/") or urlsplit(address).query
    key = "url" if is_page else "domain"
    fields["source_url" if not _is_missing(fields, key) else key] = address


def _take_text(fields: Fields) -> None:
    """The text under `text` or `html`: the article, else what its list of articles shows of it."""
    if _is_missing(fields, "text") and not _is_words(fields.get("html")):
        for path in _present(fields, (*_TEXTS, *_TEASERS)):
            located = ((holder, name, _prose(value)) for holder, name, value in _located(fields, path))
            found = next((one for one in located if one[2]), None)
            if found is None:
                continue
            del found[0][found[1]]
            article = _CUT_OFF.sub("", found[2])
            is_markup = path not in ("text", "fulltext", "maintext") and _MARKUP.search(article)
            fields.pop("text", None)
            fields["html" if is_markup else "text"] = article
            break
    text = fields.get("text")
    for path in _present(fields, _TEXTS):
        for holder, name, value in list(_located(fields, path)):
            if name not in ("text", "html") and (path == "fields.body" or value == text):
                del holder[name]


def _prose(value: object) -> str:
    """A text, or the paragraphs and sections of one in a list; empty for anything else."""
    if isinstance(value, str):
        return value if value.strip() else ""
    if not isinstance(value, list):
        return ""
    parts: list[str] = []
    for one in value:
        if isinstance(one, dict):
            keys = {_squeezed(key): part for key, part in one.items()}
            if keys.keys() & {"title", "url"}:  # It is an article of its own.
                return ""
            body = next((keys[key] for key in (*_PARAGRAPHS, *_TEXTS) if key in keys), "")
            parts += [_prose(keys.get("headline")), _prose(body)]
        elif isinstance(one, str):
            parts.append(one.strip())
    return "\n\n".join(filter(None, parts))


def _take_authors(fields: Fields) -> None:
    listed = fields.get("authors")
    if isinstance(listed, list) and any(isinstance(one, dict) and "name" not in one for one in listed):
        fields["authors"] = list(_people(listed)) or listed
    if any(
        not _is_missing(fields, key) and not isinstance(fields[key], dict) for key in ("authors", "byline")
    ):
        return
    for path in _present(fields, _AUTHORS):
        for holder, name, value in list(_located(fields, path)):
            if people := list(_people(value)):
                del holder[name]
                fields["authors"] = people
                break
        if not _is_missing(fields, "authors"):
            break
    else:
        tags = fields.get("tags")
        contributors = [one for one in tags if isinstance(one, dict)] if isinstance(tags, list) else []
        named = [one.get("webTitle") for one in contributors if one.get("type") == "contributor"]
        fields["authors"] = [name for name in named if _is_words(name)] or None
    if isinstance(fields.get("byline"), dict):
        fields["byline_details"] = fields.pop("byline")


def _people(value: object) -> Iterator[str]:
    """Names or bylines in a string, an object with a name or its parts, or a list of them."""
    for one in (value if isinstance(value, list) else [value])[:_MOST_PEOPLE]:
        if isinstance(one, dict):
            named = {_squeezed(key): part for key, part in one.items() if _is_words(part)}
            keys = ("name", "fullname", "displayname", "title", "rendered")
            parts = [named[key] for key in ("firstname", "middlename", "lastname") if key in named]
            one = next((named[key] for key in keys if key in named), " ".join(map(str, parts)))
        if isinstance(one, str) and one.strip() and not _is_url(one):
            yield one


def _has_text(document: Mapping[str, object]) -> bool:
    return any(_squeezed(key) in _TEXTS and isinstance(value, str) for key, value in document.items())


def _is_plausible(value: object) -> bool:
    return plausible_date(value) is not None


def _is_words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: object) -> bool:
    return isinstance(value, str) and bool(_URL.match(value.strip()))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and (_is_url(value) or bool(_HOST.match(value.strip())))


# What looks like a date or an author


def _unused(fields: Fields) -> Iterator[Remark]:
    """Keys that look like what the article lacks."""
    for key, meaning, looks in (
        ("published_at", "a date", _looks_like_date),
        ("authors", "an author", _looks_like_author),
    ):
        if not _is_missing(fields, key) or (key == "authors" and not _is_missing(fields, "byline")):
            continue
        for path, value in _leaves(fields):
            if looks(path, value):
                shown = one_line(path)[:_SHOWN_CHARACTERS]
                if looks is _looks_like_date and date_or_none(str(value)) is None:
                    sentence = f'the key "{shown}" looks like a date that is not full; write YYYY-MM-DD'
                    yield Remark(sentence, one_line(str(value))[:_SHOWN_CHARACTERS])
                else:
                    yield Remark(f'the key "{shown}" looks like {meaning} and is not read; name it "{key}"')


def _leaves(fields: Fields) -> Iterator[tuple[str, object]]:
    for key, value in fields.items():
        yield str(key), value
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())


def _looks_like_date(key: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) < _LEAST_DATE:
        return False
    if isinstance(value, str) and (len(value) > _MOST_DATE or _is_url(value)):
        return False
    is_named = bool(_DATE_KEY.search(key.lower())) and bool(_YEAR.search(str(value)))
    return is_named or (isinstance(value, str) and not value.isdecimal() and date_or_none(value) is not None)


@lru_cache(maxsize=4_096)
def _names_author(key: str) -> bool:
    return _AUTHOR_KEY.search(key.lower()) is not None


def _looks_like_author(key: str, value: object) -> bool:
    return (
        _names_author(key)
        and not _is_url(value)
        and (_is_words(value) or (isinstance(value, list | dict) and bool(list(_people(value)))))
    )
