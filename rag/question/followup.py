"""Follow-up questions completed by rules: "Where did he speak?" after "Who is X?" asks where X spoke.

A pronoun takes the latest fitting name of the questions, "the strike" the one asked about, "And when?" the
rest of the question before. What comes out is a question that somebody could have typed. With a model
configured, its plan completes it.
"""

import re
from collections.abc import Callable, Sequence

from index.language.analysis import analyse_question
from index.language.kinds import BUSINESS, ROLES, SETTLEMENT
from index.language.names import is_person_like
from index.language.sentence import Name, NameKind
from index.language.words import fold, is_stopword, stems
from index.passages.sentences import sentence_spans
from rag.answer import Turn
from rag.question.analysed import analysed
from rag.question.focus import AUXILIARY, BARE, LISTS, PERSON, POINTING, SOMEBODY, YEAR, Focus, is_done
from rag.question.intent import intent_of, is_small_talk, matched, subject_of

_IT = re.compile(r"\b(?:it|its)\b", re.I)
_WHO_IT = re.compile(r"\bwho\s+(?:is|was)\s+it\b", re.I)
_THEY = re.compile(r"\b(?:they|them|their|theirs)\b", re.I)
_THERE = re.compile(r"(?:\b(in|at|from|to|near|around|on)\s+)?\bthere\b", re.I)
_EXPLETIVE = re.compile(rf"\b(?:{AUXILIARY}|be|been)\s+there\b", re.I)
_DEFINITE = re.compile(r"\b(the|this|that|these|those)\s+([a-z][a-z-]+)\b(?=\s*([a-z-]*))", re.I)
_TOLD_BEHIND = re.compile(r"(?:of|who|which|whose|behind|for|against|between|responsible)", re.I)
"""A word behind "the owner" that says whose: "the owner of"."""
_OWNS = frozenset(("his", "hers", "its", "their", "theirs"))

_ASKS = re.compile(
    r"^\W*(?:and\s+)?(?:where|when|why|how(?:\s(?:long|old|far|often|big))?|(?:what|whom?)(?=\s+(?:did|does|do)\b))\s+"
    rf"(?={AUXILIARY}\b)",
    re.I,
)
"""The words that ask, before an auxiliary and its subject: what stays of "Where was it signed?" is "was it
signed?". In "Who was arrested?" they are the subject."""
_BEGINS = re.compile(rf"^\W*{AUXILIARY}\b", re.I)
_ASKS_AGAIN = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(since when|for how long|by whom|with whom|when|where|why|how)"
    r"(?:\s+(?:is|was|were|are|did)(?:\s+(?:that|this))?)?\W*$",
    re.I,
)
"""A question of nothing but the words that ask: "And when?", "when was that?"."""
_ELLIPTIC = re.compile(
    r"^\W*(?:(?:and|but|or|so)\s+)?(?:why|since when|when|where|who|how|for how much|how many|how much|which"
    r"|by whom|by how many|by how much|according to whom|for how long|with whom|what else|anything else"
    r"|really|are you sure)"
    r"\b[\s\w]{0,12}\W*$",
    re.I,
)
_SOMEBODY = re.compile(r"^\W*(?:and\s+)?(?:who|what|which)\b", re.I)
_HAS_VERB = re.compile(rf"\b{AUXILIARY}\b", re.I)
_ANOTHER = re.compile(
    r"^\W*(?:(?:and|but)\s+)?(?:what about|how about)\s+(?=\S)|^\W*(?:and|but)\s+(?=\S)"
    r"(?:(?:how many|how much|who|where|when|what)\s+(?=(?:in|at|on|for|from|of)\b))?",
    re.I,
)
_OWN_QUESTION = re.compile(
    rf"^\W*(?:and|but)\s+(?:who|what|when|where|why|how|which|{AUXILIARY})\b"
    rf"|,\s+(?:who|what|when|where|why|how|which|{AUXILIARY})\b",
    re.I,
)
_WITH_LINK = re.compile(r"^(?:in|at|on|for|with)\s+", re.I)
_CAPITALS = re.compile(r"\w (?:the )?[A-Z][\w’'-]+ [A-Z][\w’'-]+")
"""A name of common words inside a question, which no list knows: "the Ever Given"."""
_BARE_NOUN = re.compile(r"the(?:\s+[a-z-]+){1,2}", re.I)
_PLEASE = re.compile(r"\bplease\b", re.I)
_CONTINUES = re.compile(r"^\W*(?:and|but|so|then)\b", re.I)
_SHE = r"(?:he|she|it|they)"
_HER = r"(?:him|his|her|its|it|them|their)"
_REASON = rf"(?:the|a|{_HER})\s+(?:[a-z]+\s+)?(?:reason|motive)s?"
_DID_THAT = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:"
    rf"(why|how|when|where)\s+{AUXILIARY}\s+"
    rf"(?:{_SHE}\s+(?:do|done)\s+(?:it|that|this|so)|(?:it|that|this)\s+happen(?:ed)?)"
    rf"|(?:for\s+)?(?:what|which)\s+reasons?(?:\s+{AUXILIARY}\s+(?:{_SHE}\s+)?(?:give|given))?"
    rf"|what(?:['’]s|\s+{AUXILIARY})\s+{_REASON}(?:\s+(?:for|behind)\s+(?:it|that|this))?"
    rf"|what\s+{AUXILIARY}\s+{_SHE}\s+(?:say|give)\s+(?:(?:is|was|were|are|as)\s+)?{_REASON}"
    rf"|{AUXILIARY}\s+{_SHE}\s+(?:(?:say|said|explain|explained)\s+why|(?:give|given)\s+(?:a|any)\s+reasons?)"
    rf"|what\s+made\s+{_HER}\s+do\s+(?:it|that|this|so)|how\s+come)\W*$",
    re.I,
)
"""A question for the reason or the way of what was asked: "why did they do that?", "what was the reason?"."""
_TAKES = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?((?:how\s+(?:long|much\s+time)|(how\s+(?:many|much)\s+[a-z]+))"
    rf"\s+{AUXILIARY}\s+it\s+take)(?:\s+{_HER})?\W*$",
    re.I,
)
"""An "it" that means no thing but what was done: "how long did it take?"."""
_DOES = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:(?:where|when|why|how)\s+)?(?:did|does|do|will|would|can|could)\s+(the\s+)?",
    re.I,
)
_LEADS = re.compile(rf"\b(?:{AUXILIARY}|of|by|for|with|from|about|since|until|like)$", re.I)
"""A word behind which the year is no mere time: "how was the year before?"."""
_ADVERB = re.compile(r"^\s+(?:still|ever|also|already|really|finally|first)(?=\s)")
_BE = re.compile(r"(?:is|are|was|were)$", re.I)
_ASKS_US = re.compile(r"\s+(?:you|we|i|there)\b", re.I)
_PLACES = SETTLEMENT | {"place"}
_YEAR_BESIDE = re.compile(
    r"\s+(?:(?:in|during)\s+)?(?:(?P<same>(?:that|the\s+same|that\s+same)\s+year)"
    r"|the\s+(?:(?P<back>year\s+before|(?:previous|preceding)\s+year)|year\s+after|(?:following|next)\s+year))(?=\W*$)",
    re.I,
)
"""A year that an earlier one tells, at the end of a question: "why did she lose the year before?"."""
_ASKS_SPEAKER = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:who(?:\s+exactly)?\s+(?:said|says|wrote|told|claimed|claims)\s+(?:this|that|it|so)"
    r"|(?:who\s+(?:is|was)|who['’]?s|whose)\s+(?:this|that|the)\s+(?:quote|quotation|line|claim|statement)"
    r"(?:\s+(?:is\s+)?(?:from|by))?"
    r"|whose\s+(?:words|claim)\s+(?:is|are|was|were)\s+(?:this|that|these|those|it)|according\s+to\s+whom)\W*$",
    re.I,
)
"""A question for the speaker of what was answered: "who said that?", "whose words are those?"."""
_QUOTED = re.compile(r"[“\"]([^“”\"]{12,300})[”\"]")
_MARKS = re.compile(r"\s*\[\d+\]")
_NEAR_YEAR = re.compile(
    r"^\W*(?:(?:and|but|what\s+about|how\s+about)\s+)*(?:in\s+)?"
    r"(?:the\s+(?:(?P<back>year\s+before|previous\s+year)|year\s+after|following\s+year|next\s+year))"
    r"(?:\s+that)?\W*$",
    re.I,
)
_BEFORE_THAT = re.compile(
    r"^\W*(?:(?:and|but|what\s+about|how\s+about|what|who)\s+)*(before|after)\s+(?:that|then)\W*$", re.I
)
_IN_YEAR = re.compile(r"(?:\b(?:in|of|for|during)\s+)?\b((?:1[5-9]|20)\d\d)\b", re.I)
_NOW = re.compile(r"\b(?:new|current|present)\s+|\s+now\b", re.I)
_HEAD = re.compile(r"\bthe\s+[a-z-]+\s+of\s+$", re.I)
"""A noun before a name: "the boss of" Brenlow Mills."""
_OWNED = re.compile(r"[’']s?(?:\s+[\w-]+){1,2}$")
"""What belongs to a name: "'s boss" of "NASA's boss"."""
_NAMED = re.compile(r"[A-Z][\w’'-]*$")
"""How the name of something ends, which has parts: "the Ever Given"."""
_ABOUT_PART = re.compile(r"What about the .+? (?=(?:of|in) )")
"""How a question about a part is completed: "What about the crew of the Ever Given?"."""
_WHO_DID = re.compile(r"^\W*who\s+([a-z]+)\s+((?:the\s+)?[A-Z].*)$")
"""A verb in the past and its object: "who found Ann Lee"."""
_WHAT_DID = re.compile(
    r"^\W*what\s+(?:did|does|do)\s.*\b(?:say|says|do|write|announce|promise|decide|find)\W*$", re.I
)
"""A question whose object is what is asked for, which "when" then has to name: "When did she say that"."""
_KIND = re.compile(r"\s+([a-z][a-z-]+)$")
"""The noun behind a name: "fire" of "the Carr fire"."""
_END = re.compile(r"(?=\W*$)")
_ENDS_LINKED = re.compile(r"\b(?:against|for|about|with|from|to)\W*$", re.I)
_IS = re.compile(r"\b(who|what|which\s\w+)(?:\s+is|['’]s)\b", re.I)
_ABOUT_IT = re.compile(r"\b(?:about|of|on|to|with|for|from|in)\s+(it|this|that)\W*$", re.I)
_DOES_ABOUT = re.compile(r"\bdo(?:ing|ne)?\s+about\b", re.I)
_ARCHIVE = re.compile(r"\b(?:you|here|archive|collection|database)\b", re.I)
_MORE = re.compile(
    r"^\W*(?:(?:and|ok|okay|please|now)\W+)*(?:(?:can|could|would)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:(?:tell|give|show)\s+(?:me|us)|say)\s+(?:(?:some|any|a\s+(?:bit|little|lot))\s+)?more"
    r"|(?:any|some|what)?(?:thing)?\s*more|go\s+on|continue|elaborate|expand)"
    r"(?:\s+(?:details?|information|info|facts|on|about|of|is\s+known|do\s+(?:you|we)\s+know|it|this|that|please))*\W*$",
    re.I,
)
"""A wish for more of the same: "tell me more", "more details please", "go on"."""
_MEANT = re.compile(
    r"^\W*(?:(?:no|nope|sorry|wait|actually|oops|well|but|oh)\W+)*"
    r"(?:(?:i|we)\s+(?:meant|mean|was\s+(?:asking|talking)\s+about|were\s+(?:asking|talking)\s+about|wanted"
    r"|said|asked\s+(?:about|for))\s+|(?<=[\s,])rather\s+|not\s+[^,]{1,60}?(?:,\s*(?:but\s+)?|\s+but\s+))"
    r"(?:rather\s+)?(?:to\s+say\s+)?(\S.*)$"
    r"|^\W*(?:no|nope)\W+(the(?:\s+[a-z][a-z-]+){1,2})\W*$",
    re.I,
)
"""A correction of the last question: "no, I meant the mayor", "not Ann Lee but Jon Dale", "no, the crew"."""
_SAYS = re.compile(
    r"\b(?:say|says|said|tells?|told|think|thinks|write|writes|wrote|claim|claims|claimed|speak|speaks|talk|talks|report|reports"
    r"|announce|announced|promise|promised)\b(?!\s+(?:me|us)\b)",
    re.I,
)
_ONE = re.compile(r"\b(?:the|that|in|of|from|year|ones?)\b", re.I)
_ABOUT = re.compile(r"^(?:about|on|regarding|concerning)\s+(?=\S)", re.I)
_AGAIN = frozenset("then exactly and so".split())
"""Words beside "how many" that ask nothing else: "how many then?"."""
MAX_TURNS = 12
MAX_TURN_CHARACTERS = 4_000
MAX_COMPLETED = 2_000
"""Characters of a completed question, as of a question that somebody types."""
_POINTS_BACK = (POINTING, PERSON, _THERE, _CONTINUES, _ANOTHER)
"""Patterns of words by which a question points back to the one before."""


_SEVERAL_IN_TIME = "first|second|third|last|next|latest|previous|newest|oldest|other|biggest|new|old"
_ANOTHER_ONE = re.compile(rf"\b(the\s+(?:{_SEVERAL_IN_TIME}))\s+one\b", re.I)
_WHICH_OF_SEVERAL = re.compile(
    rf"\bthe\s+(?:{_SEVERAL_IN_TIME})\s+((?:(?!{AUXILIARY}\b|(?:in|of|on|at|for|to|from|and|that|which)\b)[a-z][\w’'-]*\s*){{1,4}})",
    re.I,
)
"""What "one" goes back to: "solar maximum" of "the next solar maximum"."""


def standalone(
    question: str, history: Sequence[Turn], as_written: Callable[[str], str] = lambda text: text
) -> str:
    """The question with what it leaves unsaid filled in from the turns before it; else unchanged.

    `as_written` gives a question typed in small letters the capitals by which names are known. It is
    unchanged too where nothing was asked before, and where it would become longer than `MAX_COMPLETED`.
    """
    if not history:
        return question
    focus, is_talk = Focus(), False
    for turn in list(history)[-MAX_TURNS:]:
        content = turn.content[:MAX_TURN_CHARACTERS]
        if turn.role == "user":
            content = content[:MAX_COMPLETED]
            is_talk = is_small_talk(content)
            if not is_talk:
                content = as_written(content)
                focus = focus.asked(content, _complete(content, focus))
        elif not is_talk:
            focus = focus.answered(content)
    if is_small_talk(question) or _is_about_archive(question) or _has_subject(question):
        return question
    written = as_written(question)
    completed = _complete(written, focus)
    return question if completed == written else completed


def _is_about_archive(question: str) -> bool:
    """Whether the archive itself is asked about, whatever was asked before: "what is in here?"."""
    if not _ARCHIVE.search(question) or POINTING.search(question) or PERSON.search(question):
        return False
    return intent_of(analysed(question)) == "catalogue"


def _has_subject(question: str) -> bool:
    """Whether articles, an overview or the like are asked for about something: "the latest on football".

    A subject with "the" may be a part of what was asked about before: "the latest on the crew".
    """
    if any(each.search(question) for each in _POINTS_BACK):
        return False
    listed = matched(analysed(question), "catalogue", tuple)
    subject = listed.subject if listed else subject_of(question)
    told = _PLEASE.sub("", subject)
    return subject != question and bool(stems(told)) and not _DEFINITE.search(told)


def stands_alone(question: str) -> bool:
    """Whether nothing in a question points back to the one before: at most it has no name of its own."""
    points = any(each.search(question) for each in (*_POINTS_BACK, _DEFINITE))
    is_pointing = points or _is_elliptic(question, ())
    return not is_pointing and _HAS_VERB.search(question) is not None


def _complete(question: str, focus: Focus) -> str:
    if not focus.last and not focus.replied:
        return question
    completed = _completed(question, focus)
    return completed if len(completed) <= MAX_COMPLETED else question


def _completed(question: str, focus: Focus) -> str:
    if completed := _of_reply(question, focus) or _of_time(question, focus):
        return completed
    if completed := _of_more(question, focus) or _of_correction(question, focus):
        return completed
    if completed := _of_what_was_done(question, focus) or _of_what_it_takes(question, focus):
        return completed
    question = _with_last_one(_with_year(question, focus), focus)
    own = analyse_question(question).names
    if focus.last and not own and (again := _ASKS_AGAIN.match(question)):
        return _asked_again(again[1], focus)
    asked = _with_person(question, own, focus)
    if asked != question and focus.is_unnamed_person and focus.entity in asked:
        return asked
    is_other = _ANOTHER.match(asked) is not None and not _OWN_QUESTION.search(asked[_opening(asked) :])
    if focus.last and is_other:
        return _with_another(asked, own, focus)
    if focus.last and _is_elliptic(question, own):
        return _beside(question, focus)
    if not focus.entity:
        return asked if own else _with_noun(asked, focus) or asked
    own = analyse_question(asked).names
    return _with_thing(asked, own, focus)


def _of_reply(question: str, focus: Focus) -> str:
    """Who said what was answered: "Who said “It was dry”?"; empty where that is not asked."""
    if not _ASKS_SPEAKER.match(question) or not focus.replied:
        return ""
    told = _MARKS.sub("", focus.reply)
    if quoted := _QUOTED.search(told):
        return f"Who said “{quoted[1].strip(' ,.')}”?"
    first = next(iter(sentence_spans(told)), (0, 0))
    said = told[first[0] : first[1]].strip(" .!?")
    if is_stopword(said.split(" ")[0]):
        said = said[:1].lower() + said[1:]
    return f"Who said that {said}?" if said else ""


def _of_time(question: str, focus: Focus) -> str:
    """The last question about "the year before", or about "before that"; empty for others."""
    last = focus.last.rstrip(" ?")
    year = _IN_YEAR.search(last)
    if year and (near := _NEAR_YEAR.match(question)):
        other = int(year[1]) + (-1 if near["back"] else 1)
        return f"{last[: year.start(1)]}{other}{last[year.end(1) :]}?"
    if not last or not (told := _BEFORE_THAT.match(question)):
        return ""
    link = told[1].lower()
    if year:
        return f"{last[: year.start()]}{link} {year[1]}{last[year.end() :]}?"
    if focus.asks_who and focus.people:
        then = _IS.sub(r"\1 was", _NOW.sub("", last), count=1)
        return f"{then} {link} {focus.people[0].text}?"
    return ""


def _with_year(question: str, focus: Focus) -> str:
    """The question with the year for "the year before" at its end: "Why did she lose in 2021?"."""
    found = _YEAR_BESIDE.search(question)
    if not found or not focus.year or _LEADS.search(question[: found.start()]):
        return question
    year = int(focus.year) + (0 if found["same"] else -1 if found["back"] else 1)
    return f"{question[: found.start()]} in {year}{question[found.end() :]}"


def _with_last_one(question: str, focus: Focus) -> str:
    """The question with the noun for "one": "when was the last one", of the next solar maximum."""
    found, told = _ANOTHER_ONE.search(question), _WHICH_OF_SEVERAL.search(focus.last)
    return f"{question[: found.end(1)]} {told[1]}{question[found.end() :]}" if found and told else question


def _of_what_was_done(question: str, focus: Focus) -> str:
    """Why or how that was done what the last question asks about; empty where that is not asked."""
    found = _DID_THAT.match(question)
    if not found or not focus.last or subject_of(focus.last) != focus.last:
        return ""
    verb = _HAS_VERB.search(focus.last)
    is_clause = verb is not None and not _BE.match(verb[0]) and not _ASKS_US.match(focus.last, verb.end())
    is_deed = is_clause or any(map(is_done, re.findall(r"\b[a-z]+\b", focus.last)))
    is_asked = verb is not None or _SOMEBODY.match(focus.last) is not None
    return _asked_again(found[1] or "why", focus) if is_deed and is_asked else ""


def _of_what_it_takes(question: str, focus: Focus) -> str:
    """How long what was asked about took: "how long did it take for Ann Lee to cross the Atlantic?"."""
    found, does = _TAKES.match(question), _DOES.match(focus.last)
    if not found or not does:
        return ""
    for name in analyse_question(focus.last).names:
        is_taker = found[2] and name.kind not in (NameKind.PLACE, NameKind.PERSON)  # A ship takes passengers.
        if name.start == does.end() and not is_taker:
            done = _ADVERB.sub("", focus.last[name.end :]).strip(" ?.!")
            return f"{found[1]} for {does[1] or ''}{name.text} to {done}?" if done else ""
    return ""


def _of_more(question: str, focus: Focus) -> str:
    """The wish for more, with what about; the last question where that has no words of its own."""
    if not focus.last or not _MORE.match(question):
        return ""
    if not focus.entity or focus.is_clause:
        return focus.last
    names = analyse_question(focus.last).names  # Of whom "he" meant, too.
    is_bare = focus.name is None or focus.entity == focus.name.text or focus.entity not in focus.last
    about = " and ".join(name.text for name in names[:2]) if names and is_bare else focus.entity
    return f"Tell me more about {about}"


def _of_correction(question: str, focus: Focus) -> str:
    """The last question about what was meant instead; empty where nothing is corrected."""
    meant = _MEANT.match(question)
    if not focus.last or not meant:
        return ""
    rest = (meant[1] or meant[2]).strip(" ?.!")
    if _HAS_VERB.search(rest):
        return _completed(f"{rest[0].upper()}{rest[1:]}?", focus)
    last = focus.last.rstrip(" ?.!")
    if _BARE_NOUN.fullmatch(rest) and rest.split()[-1].casefold() in ROLES:
        for found in _DEFINITE.finditer(last):
            if found[2].casefold() in ROLES:
                return f"{last[: found.start()]}{rest}{last[found.end() :]}?"
    own, known = analyse_question(rest).names, analyse_question(last).names
    if own and is_person_like(own[0]) and not any(map(is_person_like, known)):
        return f"Who is {rest}?" if _SOMEBODY.match(last) else f"What about {rest}?"
    return _with_another(rest, own, focus)


def alone(question: str) -> str:
    """A follow-up as it is asked where it has nothing to do with the question before; empty for most.

    "And about oil prices?" may be about what somebody said of them, or about oil prices; "and about the
    captain?" is about what was asked before.
    """
    if stands_alone(question):
        return question
    opening = _ANOTHER.match(question)
    rest = question[opening.end() :].strip(" ?.!") if opening else ""
    is_about = _ABOUT.match(rest) or (opening and opening[0].casefold().split()[-1] == "about")
    bare = _ABOUT.sub("", rest)
    points = any(each.search(bare) for each in (POINTING, PERSON, _HAS_VERB)) or _DEFINITE.match(bare)
    return f"What about {bare}?" if is_about and stems(bare) and not points else ""


def _opening(question: str) -> int:
    """Where a question begins behind "And how many" of "And how many in Ohio?"; else 0."""
    found = _ANOTHER.match(question)
    return found.end() if found and found[0].split()[-1].casefold() not in ("and", "but") else 0


def _is_elliptic(question: str, own: Sequence[Name]) -> bool:
    """Whether a question has no clause of its own: "how many?", "by whom?"."""
    is_short = _ELLIPTIC.match(question) is not None and not _HAS_VERB.search(question)
    if _SOMEBODY.match(question) and stems(question):
        return False  # "Who scored?"
    return is_short and not own and not POINTING.search(question)


# Persons


def _with_person(question: str, own: Sequence[Name], focus: Focus) -> str:
    """The question with whom "he" and "the judge" mean, where no name before them says it."""
    for found in reversed(list(SOMEBODY.finditer(question))):
        if somebody := focus.somebody(found[1]):
            question = _put(question, found, somebody.text)
    first = PERSON.search(question)
    named = [name for name in own if name.kind is NameKind.PERSON or " " in name.text]
    if first and any(is_person_like(name) and name.start < first.start() for name in named):
        return question
    pointers = list(PERSON.finditer(question))[:2]
    meant = [person.text if (person := focus.whom(one[0])) else "" for one in pointers]
    if focus.is_unnamed_person:
        meant = [text or focus.entity for text in meant]
    if len(set(meant)) < len(meant):  # "What did Ann Lee take with her?"
        pointers, meant = pointers[:1], meant[:1]
    for found, text in reversed(list(zip(pointers, meant, strict=True))):
        question = _put(question, found, text) if text else question
    return question


def _put(question: str, found: re.Match[str], entity: str) -> str:
    """The question with the entity for a pronoun, in the possessive for "his"."""
    word = found[0].casefold()
    is_before_noun = word == "her" and re.match(r"\s+[a-z]", question[found.end() :]) is not None
    if word in _OWNS or is_before_noun:
        entity = entity if entity.endswith(("’s", "'s")) else f"{entity}'s"
    return f"{question[: found.start()]}{entity}{question[found.end() :]}"


# Things


def _with_thing(question: str, own: Sequence[Name], focus: Focus) -> str:
    """The question with what "it", "they", "there" or "the strike" means, or with what its silence means."""
    pointer = POINTING.search(question)
    if own and not pointer and not LISTS["reactions"].isdisjoint(question.casefold().strip(" ?").split()):
        return _because_of(question, focus)
    if own and not (pointer and all(name.start > pointer.start() for name in own)):
        return _with_last_word(question, focus)
    if focus.is_clause and pointer:
        return _in_case_of(question, focus)
    if (found := _IT.search(question)) and not _WHO_IT.search(question):
        is_said = focus.is_event and stems(focus.entity)[-1:] == stems(question)[-1:]
        return _put(question, found, focus.bare if is_said else focus.entity)
    if found := _THEY.search(question):
        return _with_several(question, found, focus)
    if own:
        return question
    if completed := _with_place(question, focus) or _with_noun(question, focus):
        return completed
    is_bare = len(stems(question)) <= BARE and not _CAPITALS.search(question)
    if not (is_bare or pointer or PERSON.search(question) or _CONTINUES.match(question)):
        return question
    return _in_case_of(question, focus)


def _with_last_word(question: str, focus: Focus) -> str:
    """A question with a name and what "it" behind it means: "what did Ann Lee say about the strike"."""
    found = _ABOUT_IT.search(question)
    if found and _DOES_ABOUT.search(question) and focus.clause and ":" not in focus.last:
        return f"{focus.clause}: {_CONTINUES.sub('', question).strip()}"
    if found is None or focus.is_clause or not focus.entity or focus.entity in question:
        return question
    is_person = focus.name is not None and is_person_like(focus.name) and not focus.is_event
    return question if is_person else f"{question[: found.start(1)]}{focus.entity}{question[found.end(1) :]}"


def _because_of(question: str, focus: Focus) -> str:
    """The question with what was done: "Lee go to Kolmar: how did Ostrand react?"."""
    is_complete = len(stems(question)) > BARE or ":" in focus.last
    return question if is_complete or not focus.clause else f"{focus.clause}: {question}"


def _with_several(question: str, found: re.Match[str], focus: Focus) -> str:
    is_of = re.search(r"\bof\s+$", question[: found.start()]) is not None
    several = (focus.replied_several if is_of else "") or focus.several
    if several:
        return _put(question, found, several)
    place = next((name.text for name in focus.names if name.kind is NameKind.PLACE), "")
    if focus.name is None or focus.is_event or is_of:
        return _in_case_of(question, focus)
    if is_person_like(focus.name) and place:
        return f"{question.rstrip(' ?')} in {place}?"
    is_country = focus.name.group != ""
    is_body = not focus.is_place or is_country
    return _put(question, found, focus.entity) if is_body else _in_case_of(question, focus)


def _with_place(question: str, focus: Focus) -> str:
    """The question with the place for "there"; empty where "there" is none, or no place is known."""
    expletive = _EXPLETIVE.search(question)
    found = next(
        (one for one in _THERE.finditer(question) if not expletive or one.end() > expletive.end()), None
    )
    if found is None:
        return ""
    places = [name.text for name in focus.names if name.kind is NameKind.PLACE]
    place = places[0] if places else focus.entity
    link = found[1] or ("in" if places else "at")
    return f"{question[: found.start()]}{link} {place}{question[found.end() :]}"


def _with_noun(question: str, focus: Focus) -> str:
    """The question with what "the strike" goes back to, or "the owner" with whose; else empty."""
    for found in _DEFINITE.finditer(question):
        noun = found[2].casefold()
        is_part = noun in LISTS["parts"] or (focus.is_place and noun in LISTS["parts of places"])
        if is_part and not focus.has(noun) and not _TOLD_BEHIND.fullmatch(found[3]):
            link = "in" if focus.is_place and noun in LISTS["parts of places"] else "of"
            return f"{question[: found.end()]} {link} {focus.entity}{question[found.end() :]}"
        if whole := _named_by(found, focus):
            return f"{question[: found.start()]}{whole}{question[found.end() :]}"
    return ""


def _named_by(found: re.Match[str], focus: Focus) -> str:
    """What a noun alone goes back to: "the company" to Brenlow Mills; empty if nothing is known."""
    noun = found[2].casefold()
    if noun in ROLES:
        return focus.titled(noun) or ""
    if focus.has(noun) and not focus.is_clause:
        return focus.entity
    is_told = _TOLD_BEHIND.fullmatch(found[3]) is not None  # "the company of the year"
    is_kind = not is_told and (noun in BUSINESS or noun in _PLACES)
    is_pointed = found[1].casefold() != "the"
    if is_kind:
        kind = NameKind.ORGANISATION if noun in BUSINESS else NameKind.PLACE
        of_kind = focus.latest(kind, is_earlier=is_pointed)
        if of_kind and (is_pointed or not focus.is_event):
            return of_kind
        if not of_kind and kind is NameKind.ORGANISATION and focus.replied_company:
            return focus.replied_company
    if focus.name is None or focus.is_event:
        return ""
    is_other = focus.name.kind is NameKind.OTHER
    is_thing = noun in LISTS["things"] and (is_other or focus.entity.startswith("the "))
    return focus.entity if is_thing or (is_kind and is_other) else ""


def _in_case_of(question: str, focus: Focus) -> str:
    """The question with what it is about behind it."""
    told, asked = stems(focus.entity), set(stems(question))
    is_own = focus.name is None and _DEFINITE.search(question) is not None  # "the line" beside "the tram".
    is_told = set(told) <= asked or (focus.name is None and told[-1] in asked) if told else False
    if is_own or is_told or focus.entity in question:
        return question
    if focus.is_clause:
        return f"{focus.entity}: {_CONTINUES.sub('', question).strip()}"
    if _ENDS_LINKED.search(question):  # "Who voted against?"
        return f"{question.rstrip(' ?')} {focus.entity}?"
    is_event = focus.is_event and (focus.name is not None or focus.entity.islower())
    link = "in" if focus.is_place or is_event else "in the case of"
    return f"{question.rstrip(' ?')} {link} {focus.entity}?"


# The last question again


def _asked_again(asks: str, focus: Focus) -> str:
    """The last question with other words that ask: "When was it signed?" for "Where was it signed?"."""
    last = focus.last.strip()
    asks = asks[0].upper() + asks[1:].lower()
    if bare := _ASKS.match(last):
        is_open = _WHAT_DID.match(last) is not None
        return f"{asks} {_END.sub(' that', last[bare.end() :], count=1) if is_open else last[bare.end() :]}"
    told = _WHO_DID.match(last.rstrip(" ?."))
    if told and is_done(told[1]):
        return f"{asks} was {told[2]} {told[1]}?"
    if _BEGINS.match(last):
        return f"{asks} {last[0].lower()}{last[1:]}"
    return f"{last.rstrip(' ?.')}, and {asks.lower()}?"


def _beside(question: str, focus: Focus) -> str:
    """The last question with a short one behind it: "How many were displaced, and according to whom?"."""
    rest = _ANOTHER.sub("", question).strip(" ?")
    if set(rest.casefold().split()) - _AGAIN <= set(focus.last.casefold().split()):
        return focus.last
    return f"{focus.last.rstrip(' ?.')}, and {rest[0].lower()}{rest[1:]}?" if rest else focus.last


def _with_another(question: str, own: Sequence[Name], focus: Focus) -> str:
    """The last question about something else: "And in Ohio?", "What about Gatwick?", "And his wife?"."""
    opening = _ANOTHER.match(question)
    rest = question[opening.end() if opening else 0 :].strip(" ?")
    last = focus.last.rstrip(" ?")
    year, old = YEAR.search(rest), YEAR.search(last)
    if year and old and len(rest.split()) <= BARE:
        return f"{last[: old.start()]}{year[0]}{last[old.end() :]}?"
    if year and not _ONE.sub(" ", rest.replace(year[0], " ")).strip():
        return f"{last} in {year[0]}?"
    if told := _ABOUT.match(rest):
        before = re.search(rf"\s+{told[0].strip()}\s+.*$", last, re.I)
        if _SAYS.search(last):
            return f"{last[: before.start()] if before else last} {rest}?"
        rest = rest[told.end() :]
    told_about = told or (opening and opening[0].casefold().split()[-1:] == ["about"])
    if told_about and stems(rest) and set(stems(rest)) <= set(stems(last)):
        return f"What about {rest}?"  # "The State Fair", behind its queen.
    if focus.is_clause and not own:
        return f"{last}, and {rest}?"
    if focus.is_clause and told_about and not analyse_question(last).names:
        return f"What about {rest}?"
    is_part = _is_part(rest) or (told_about and focus.name and _BARE_NOUN.fullmatch(rest))
    if not own and _BARE_NOUN.fullmatch(rest) and (part := _ABOUT_PART.match(last)):
        return f"What about {rest} {last[part.end() :]}?"
    kind = _KIND.match(rest, rest.find(own[0].text) + len(own[0].text)) if own else None
    if kind and fold(kind[1]) not in map(fold, last.split()):
        return f"What about {rest}?"  # "The Carr fire", behind a dam.
    if not own and focus.name and _BARE_NOUN.fullmatch(rest) and focus.has(rest.split()[-1]):
        return f"What about {focus.entity}?"
    is_whole = focus.is_event or (_is_part(rest) and focus.entity.startswith("the "))
    if not own and is_whole and not focus.where and is_part:
        link = "of" if _NAMED.search(focus.entity) else "in"
        return f"What about {rest} {link} {focus.entity}?"
    if replaced := _replaced(rest, own, focus):
        start, end, new = replaced
        return f"{last[:start]}{new}{last[end:]}?"
    is_place = own and own[0].kind is NameKind.PLACE and own[0].text == rest
    return f"{last} in {rest}?" if is_place else f"{last} {rest}?"


def _is_part(rest: str) -> bool:
    """Whether it is somebody or something of what was asked about: "the captain"."""
    return _BARE_NOUN.fullmatch(rest) is not None and rest.split()[-1].casefold() in ROLES | LISTS["parts"]


def _replaced(rest: str, own: Sequence[Name], focus: Focus) -> tuple[int, int, str] | None:
    """Which part of the last question something else stands for, and with what words."""
    known = analyse_question(focus.last).names
    if own and known:
        is_person = is_person_like(own[0])
        alike = [name for name in known if name.kind is own[0].kind]
        alike = alike or [name for name in known if is_person_like(name) == is_person] or list(known)
        whole = rest.casefold() == f"the {own[0].text}".casefold() or (
            rest.startswith(own[0].text) and _OWNED.match(rest, len(own[0].text))
        )
        new = rest if whole else own[0].text
        start = alike[-1].start
        if focus.last[:start].casefold().endswith("the "):
            new = own[0].text
        return start, alike[-1].end, new
    meant = analyse_question(rest).names  # Whom "he" means: "Ann Lee's wife".
    people = [name for name in known if meant and name.kind is NameKind.PERSON]
    if people:
        person = next((name for name in people if meant[0].text.startswith(name.text)), people[0])
        return person.start, person.end, rest
    start = focus.last.find(focus.entity) if focus.entity else -1
    if start < 0:
        return None
    new = _WITH_LINK.sub("", rest)
    where = focus.where if _BARE_NOUN.fullmatch(new) else ""
    if _BARE_NOUN.fullmatch(new) and (head := _HEAD.search(focus.last[:start])):
        return head.start(), start, f"{new} of "  # "The analysts of", for "the boss of" Brenlow Mills.
    return start, start + len(focus.entity), f"{new}{where}"
