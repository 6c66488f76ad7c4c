"""Names of the calendar: English months in full and as numbers, and the months of other languages."""

MONTH_NAMES = tuple(
    "January February March April May June July August September October November December".split()
)
MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, start=1)}
"""1 to 12 by the first three letters of a month's name, in lower case."""

_OTHERS = {
    1: "januar jänner janvier janv enero ene gennaio janeiro januari jan stycznia tammikuuta ocak "
    "января ledna ianuarie січня ιανουαρίου",
    2: "februar feber février févr fevrier febrero febbraio fevereiro februari feb lutego helmikuuta "
    "şubat февраля února februarie лютого φεβρουαρίου",
    3: "märz maerz mär marts mars marzo março marco maart mrt mar marca maaliskuuta mart марта března "
    "martie березня μαρτίου",
    4: "april avril avr abril abr aprile apr kwietnia huhtikuuta nisan апреля dubna aprilie квітня απριλίου",
    5: "mai maj mayo maggio maio mei maja toukokuuta mayıs мая května травня μαΐου",
    6: "juni juin junio giugno junho jun czerwca kesäkuuta haziran июня června iunie червня ιουνίου",
    7: "juli juillet juil julio luglio julho jul lipca heinäkuuta temmuz июля července iulie липня ιουλίου",
    8: "august août aout agosto augustus augusti aug sierpnia elokuuta ağustos августа srpna серпня "
    "αυγούστου",
    9: "september septembre septiembre settembre setembro sept sep września syyskuuta eylül сентября "
    "září septembrie вересня σεπτεμβρίου",
    10: "oktober octobre octubre ottobre outubro okt oct października lokakuuta ekim октября října "
    "octombrie жовтня οκτωβρίου",
    11: "november novembre noviembre novembro nov marraskuuta kasım ноября listopadu noiembrie листопада "
    "νοεμβρίου",
    12: "dezember december décembre decembre diciembre dicembre dezembro des dez dic déc dec grudnia "
    "joulukuuta aralık декабря prosince decembrie грудня δεκεμβρίου",
}
MONTHS_ABROAD = {name: number for number, names in _OTHERS.items() for name in names.split()}
"""1 to 12 by a month's name in lower case, as dates have it; no name that is another month elsewhere."""
