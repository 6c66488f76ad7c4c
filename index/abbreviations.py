"""Words that decide whether a full stop ends a sentence: abbreviations, and words that begin one."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Never the last word of a sentence: a name follows.
TITLES = _words("""
    mr mrs ms mx dr prof gen col lt cpt capt cmdr cdr maj sgt cpl pvt adm brig sen sens rep reps gov govs
    pres rev hon msgr messrs mmes fr supt det insp atty asst amb sec dir vs v viz cf e.g i.e mt ft dep
""")
#: A number follows: "No. 10", "Oct. 15".
NUMBERED = _words("""
    no nos jan feb mar apr jun jul aug sept sep oct nov dec art sec ch vol pp p fig figs para paras rm ext
    op ca approx est sun mon tue tues wed thu thur thurs fri sat
""")
#: Abbreviations that may also end a sentence: the next word decides.
MAYBE = _words("""
    inc corp co cos ltd llc bros jr sr st ave blvd rd ln hwy sq dept assn assoc univ inst intl int'l int’l
    gov't gov’t govt nat'l nat’l natl etc al esq plc mfg ala ariz ark calif colo conn del fla ga ill ind
    kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo ont que min
    max yr yrs hr hrs lb lbs oz in
""")
#: Words as well as abbreviations: before a capital they end their sentence.
ALSO_WORDS = _words("no nos art sun sat op ext in min max la al mass miss ill etc")
#: Words that are capital only where a sentence begins.
STARTERS = _words("""
    the a an this that these those there here he she it they we you i his her its their our my your in on
    at by for from with without but and or nor so yet as if when while whenever after before since until
    although though however meanwhile because during under over about among between against despite unlike
    like what who whom whose why how where which then now not no yes some many most both each all another
    other others such also still even just only once later earlier instead moreover furthermore
    nevertheless nonetheless according asked speaking it's he's she's they're we're that's there's don't
    let's i'm i've it’s he’s she’s they’re we’re that’s there’s don’t let’s i’m i’ve
""")
#: Names that carry their exclamation mark.
EXCLAIMING = _words("yahoo jeopardy yum e guess")
