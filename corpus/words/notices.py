"""Phrases of boilerplate in English: consent, sharing, signing up, labels of buttons, other stories."""

import re


def _any_of(phrases: str) -> str:
    """A pattern of alternatives, one a line."""
    return "(?:" + "|".join(filter(None, map(str.strip, phrases.split("\n")))) + ")"


_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_YEAR = r"(?:19|20)\d\d\b"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DATE = re.compile(
    _any_of(rf"""
    \b{_MONTH}\.?\s+{_DAY},?\s+{_YEAR}
    \b{_DAY}\s+{_MONTH}\.?,?\s+{_YEAR}
    \b{_YEAR}-\d\d-\d\d\b
    \b\d{{1,2}}[/.]\d{{1,2}}[/.]{_YEAR}
    """)
)
BYLINE = re.compile(
    r"(?:By|Written by|Words by|Story by)\s+(?-i:[A-Z])"
    r"|(?:Published|Updated|Posted|Last (?:modified|updated)|First published)\b",
    re.IGNORECASE,
)
TO_THE_READER = re.compile(
    _any_of(r"""
    \b(?:we|our)\b[^.]{0,200}\b(?:cookies|trackers|tracking technologies)\b
    \b(?:cookies|trackers)\b[^.]{0,200}\b(?:we use|our (?:site|website|partners)|you (?:agree|consent|accept))
    \b(?:cookies|trackers)\b[^.]{0,200}\byour (?:browser|device|consent|preferences|choices|experience)
    \b(?:sign|signing) up\b.{0,80}\b(?:newsletters?|e-?mail|updates|inbox)\b
    \bby (?:signing up|subscribing|submitting|clicking|continuing|registering).{0,80}\b(?:agree|consent)
    \b(?:enable|turn on) javascript\b
    \bjavascript (?:is|to be) (?:disabled|enabled)\b
    \bdisable your ad ?blocker\b
    \bforgot your password\b
    \byou must (?:be logged in|confirm your)\b
    \byour e-?mail address will not be published\b
    \brequired fields are marked\b
    \bthis site (?:is protected by|uses)\b
    \bwe may (?:earn|receive)\b.{0,60}\bcommissions?\b
    (?:©|\(c\)|\bcopyright)\s*(?:©\s*)?(?:19|20)\d\d
    \b(?:story|article) continues below\b
    \bscroll (?:down )?to continue\b
    \bappeared first on\b
    """),
    re.IGNORECASE,
)
_NETWORK = "(?:facebook|twitter|x|whatsapp|linkedin|pinterest|reddit|e-?mail|copy link|print|flipboard|share)"
IN_FEW_WORDS = re.compile(
    _any_of(rf"""
    \ball rights reserved\b
    \b(?:cookie|privacy) (?:policy|notice|settings|preferences|consent)\b
    \bterms (?:of (?:use|service)|(?:and|&) conditions)\b
    \bmanage (?:consent|preferences|cookies)\b
    \b(?:create|log ?in to|sign in to) (?:a|an|your) (?:free )?account\b
    \bskip to (?:main )?(?:content|navigation)\b
    \bshare (?:this|on|via|article|to)\b
    \b{_NETWORK}(?:\W+{_NETWORK}\b)+
    \bopens? in (?:a )?new (?:window|tab)\b
    \badvertise with us\b
    \baffiliate links?\b
    \bour newsletters?\b
    \breCAPTCHA\b
    \bad ?blocker\b
    """),
    re.IGNORECASE,
)
LABEL = re.compile(
    _any_of(r"""
    advertisement(?:\W.{0,40})?|ad|sponsored|adchoices
    share|shares?\s*\d*|tweet|print|e-?mail|save|copy link|link copied
    facebook|twitter|instagram|youtube|pinterest|linkedin|reddit|whatsapp|x
    menu|search|close|home|top|back to top|next|previous|open .{0,12}menu|skip .{0,30}|jump to .{0,30}
    log ?in|sign ?in|sign ?up|register|subscribe(?: now)?|newsletter|follow(?: us)?
    comments?(?: \(?\d+\)?)?|\d+ comments?|show comments|leave a (?:comment|reply)|reply
    more|read more|see more|show more|view (?:all|more)|loading
    play|watch(?: now)?|listen|image|photo|video|gallery|getty images
    tags?|topics?|recommended|trending
    accept(?: all)?|reject(?: all)?|manage .{0,20}
    """)
    + r"\W*",
    re.IGNORECASE,
)
TEASER = re.compile(
    _any_of(r"""
    see also
    also read
    read (?:also|more|next)
    related(?: (?:stories|articles?|posts?|content|video))?
    more (?:from|on this)
    watch(?: now)?
    don.t miss|up next|recommended|must read|dig deeper
    editors?.? (?:picks?|choice)
    """)
    + r"\s*(?:[:>»|–—]|- |$)",
    re.IGNORECASE,
)
OTHER_STORIES = re.compile(
    _any_of(r"""
    related|recommended|similar|trending|popular|latest|featured|sponsored|promoted
    more (?:from|on|in|stories|news|articles|like)\b
    most (?:popular|read|viewed|shared)
    read (?:next|more)|keep reading|up next|see also|also on|around the|don.t miss|this week
    you (?:may|might)|what to (?:read|watch)|our picks|editors?.? picks?|cool posts
    (?:top|other) (?:stories|news|articles)|recent (?:posts|articles|news)|(?:next|previous) article
    comments?\b|\d+ (?:comments?|responses|thoughts|replies)|leave a|post a comment|discussion
    join the (?:conversation|discussion)
    newsletter|subscribe|sign up|follow us|share this|get the|stay (?:in|up|connected)
    about (?:us|the site)|categories|archives|tags|topics
    """)
    + r"\b.{0,60}",
    re.IGNORECASE,
)
"""A heading below which the page goes on with something else."""
