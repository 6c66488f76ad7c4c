"""Word documents: their text in its order, and what they state of themselves."""

import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from corpus.article import Article, Failure
from corpus.read import read
from tests.corpus.documents import docx, word


def test_headings_paragraphs_and_tables_come_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(
        docx(
            "Ferry stays in port",
            "MANBIJ, Syria, Oct. 15, 2019 (Agency) - The gale closed the harbour.",
            title="Gale closes harbour",
            author="Ann Lee; Bo Kim",
            table=[["Day", "Boats"], ["Monday", "0"]],
        )
    )
    [entry] = read(path)
    assert isinstance(entry, Article)
    assert entry.text.startswith("Ferry stays in port\n\nMANBIJ, Syria") and entry.text.endswith(
        "Day\tBoats\nMonday\t0"
    )
    assert (entry.title, entry.authors) == ("Gale closes harbour", ("Ann Lee", "Bo Kim"))
    assert entry.published_at == "2019-10-15"


def test_a_document_without_properties_has_none_made_up(tmp_path: Path) -> None:
    path, whole = tmp_path / "export.docx", tmp_path / "whole.docx"
    whole.write_bytes(docx("Ferry stays in port", "The gale closed the harbour on Monday, the town said."))
    with ZipFile(whole) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "_rels/.rels":
                content = re.sub(rb"<Relationship [^>]*core-properties[^>]*>", b"", content)
            if name != "docProps/core.xml":
                new.writestr(name, content)
    [entry] = read(path)
    assert isinstance(entry, Article) and entry.title == "Ferry stays in port"
    assert (entry.authors, dict(entry.metadata)) == ((), {})


def test_a_document_without_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "blank.docx"
    path.write_bytes(docx("", title="Blank"))
    [failure] = read(path)
    assert isinstance(failure, Failure) and failure.reason == "it holds no text"


def test_a_document_without_properties_has_its_headline_and_byline(tmp_path: Path) -> None:
    path = tmp_path / "made.docx"
    told = p(r("The ferry stayed in port on Monday."))
    path.write_bytes(word(p(r("Ferry stays in port")) + p(r("By Ann Lee, Harbour Editor")) + told))
    [entry] = read(path)
    assert isinstance(entry, Article)
    assert (entry.title, entry.authors) == ("Ferry stays in port", ("Ann Lee",))
    assert not any("document" in key for key in entry.metadata)


def text_of(tmp_path: Path, body: str, **notes: str) -> str:
    """The text of a document with this body."""
    path = tmp_path / "made.docx"
    path.write_bytes(word(body, **notes))
    [entry] = read(path)
    assert isinstance(entry, Article), entry
    return entry.text


def p(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def r(text: str) -> str:
    return f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(instruction: str, result: str) -> str:
    told = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return mark("begin") + told + mark("separate") + result + mark("end")


def box(text: str) -> str:
    """A text box in both of its forms, as Word writes it."""
    content = f"<w:txbxContent>{p(r(text))}</w:txbxContent>"
    drawn = f"<w:drawing><wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp></w:drawing>"
    old = f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawn}</mc:Choice>'
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def cell(inner: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


DELETED = '<w:del w:id="1"><w:r><w:delText>{}</w:delText></w:r></w:del>'
INSERTED = '<w:ins w:id="2">{}</w:ins>'
END_DELETED = '<w:rPr><w:del w:id="9"/></w:rPr>'
TYPED_IN = '<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr><w:t>Enter a name</w:t></w:r>'
SHOWN = {
    "an insertion stands, a deletion does not": (
        p(r("It costs ") + DELETED.format("14 ") + INSERTED.format(r("19 ")) + r("million.")),
        "It costs 19 million.",
    ),
    "an insertion that was deleted again does not stand": (
        p(r("It rains") + INSERTED.format(DELETED.format(" a lot")) + r(".")),
        "It rains.",
    ),
    "moved text stands once, where it was moved to": (
        p(f"<w:moveFrom w:id='3'>{r('The board met.')}</w:moveFrom>", "<w:rPr><w:moveFrom/></w:rPr>")
        + p(r("It rained."))
        + p(f"<w:moveTo w:id='4'>{r('The board met.')}</w:moveTo>"),
        "It rained.\n\nThe board met.",
    ),
    "an inserted paragraph": (
        p(r("One.")) + p(INSERTED.format(r("Two.")), "<w:rPr><w:ins w:id='5'/></w:rPr>"),
        "One.\n\nTwo.",
    ),
    "two paragraphs whose border was deleted are one": (
        p(r("The vote was "), END_DELETED) + p(r("close.")) + p(r("It rained.")),
        "The vote was close.\n\nIt rained.",
    ),
    "a content control in a line, and one in another": (
        p(r("Mayor ") + control(control(r("Greta Holm"))) + r(" spoke.")),
        "Mayor Greta Holm spoke.",
    ),
    "a content control around paragraphs and a table": (
        control(p(r("One.")) + table(row(cell(p(r("a"))), cell(p(r("b")))))) + p(r("Two.")),
        "One.\n\na\tb\n\nTwo.",
    ),
    "a content control that waits for a name shows none": (
        p(r("By ") + control(TYPED_IN, "<w:showingPlcHdr/>") + r("the staff")),
        "By the staff",
    ),
    "a filled-in control whose template still marks it as waiting": (
        p(r("By ") + control(r("Ann Lee"), "<w:showingPlcHdr/>")),
        "By Ann Lee",
    ),
    "a smart tag, custom XML and a change of direction": (
        p(
            f"<w:smartTag>{r('Oslo')}</w:smartTag><w:customXml>{r(' and ')}</w:customXml>"
            f"<w:bdo w:val='ltr'>{r('Bergen')}</w:bdo>"
        ),
        "Oslo and Bergen",
    ),
    "a simple field shows its result": (
        p(r("Above ") + f'<w:fldSimple w:instr="DOCPROPERTY t">{r("16 tonnes")}</w:fldSimple>'),
        "Above 16 tonnes",
    ),
    "a field shows its result and not its instruction": (
        p(r("At ") + field(' DATE \\@ "h" ', r("9.30 a.m.")) + r(" sharp")),
        "At 9.30 a.m. sharp",
    ),
    "a field within an instruction shows nothing": (
        p(mark("begin") + field(" MERGEFIELD x ", r("hidden")) + mark("separate") + r("shown") + mark("end")),
        "shown",
    ),
    "a field over two paragraphs": (
        p(mark("begin") + "<w:r><w:instrText> TOC </w:instrText></w:r>" + mark("separate") + r("One"))
        + p(r("Two") + mark("end"))
        + p(r("Three.")),
        "One\n\nTwo\n\nThree.",
    ),
    "a field that never ends hides nothing": (
        p(mark("begin") + r("The rest.")) + p(r("All.")),
        "The rest.\n\nAll.",
    ),
    "a link, with a tracked change in it": (
        p(f"<w:hyperlink>{r('the ')}{INSERTED.format(r('report'))}</w:hyperlink>"),
        "the report",
    ),
    "a text box comes once, after its paragraph": (
        p(r("The bridge ") + box("Built in 1911.") + r("reopened.")) + p(r("It rained.")),
        "The bridge reopened.\n\nBuilt in 1911.\n\nIt rained.",
    ),
    "an old text box": (
        p(
            f"<w:r><w:pict><v:textbox><w:txbxContent>{p(r('Aside.'))}</w:txbxContent></v:textbox></w:pict></w:r>"
        ),
        "Aside.",
    ),
    "a table within a table": (
        table(row(cell(p(r("Day"))), cell(table(row(cell(p(r("Monday"))), cell(p(r("3")))))))),
        "Day\tMonday 3",
    ),
    "rows and cells in content controls, and a deleted row": (
        table(
            control(row(cell(p(r("a"))), control(cell(p(r("b")))))),
            f"<w:tr><w:trPr><w:del w:id='7'/></w:trPr>{cell(p(r('gone')))}</w:tr>",
            row(cell(p(r("c"))), cell(p(INSERTED.format(r("d"))))),
        ),
        "a\tb\nc\td",
    ),
    "a cell that spans rows is told in each, one that spans columns once": (
        table(
            row(cell(p(r("North")), '<w:vMerge w:val="restart"/>'), cell(p(r("1"))), cell(p(r("2")))),
            row(cell(p(""), "<w:vMerge/>"), cell(p(r("both")), '<w:gridSpan w:val="2"/>')),
        ),
        "North\t1\t2\nNorth\tboth",
    ),
    "the choice of an old form, and signs by their number": (
        p(
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>'
            '<w:listEntry w:val="no"/><w:listEntry w:val="yes"/></w:ddList></w:ffData></w:fldChar></w:r>'
            "<w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r>"
            + mark("end")
            + r(" to ")
            + '<w:r><w:sym w:font="Arial" w:char="00BD"/><w:sym w:font="Wingdings" w:char="F04A"/></w:r>'
        ),
        "yes to ½",
    ),
    "a formula, a tab, a break and a hyphen that does not break": (
        p(
            r("E = ") + "<m:oMath><m:r><m:t>mc</m:t></m:r></m:oMath>"
            "<w:r><w:tab/><w:t>x</w:t><w:br/><w:t>F</w:t><w:noBreakHyphen/><w:t>16</w:t></w:r>"
        ),
        "E = mc\tx\nF-16",
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_a_document_is_read_as_it_is_shown(case: str, tmp_path: Path) -> None:
    body, shown = SHOWN[case]
    assert text_of(tmp_path, body) == shown


def test_notes_follow_the_text_in_the_order_in_which_it_refers_to_them(tmp_path: Path) -> None:
    def refer(kind: str, number: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'

    body = p(r("One") + refer("endnote", 1) + r(" two") + refer("footnote", 3) + refer("footnote", 2))
    body += p("<w:del w:id='8'>" + refer("footnote", 4) + "</w:del>" + r("Three."))
    footnotes = "".join(f'<w:footnote w:id="{n}">{p(r(f"Foot {n}."))}</w:footnote>' for n in (2, 3, 4))
    endnotes = f'<w:endnote w:id="1">{p(r("End 1."))}</w:endnote>'
    text = text_of(tmp_path, body, footnotes=footnotes, endnotes=endnotes)
    assert text == "One two\n\nThree.\n\nFoot 3.\n\nFoot 2.\n\nEnd 1."


def test_a_cell_that_claims_a_billion_columns_costs_no_more_than_a_table_has(tmp_path: Path) -> None:
    claimed = cell(p(r("a")), '<w:gridSpan w:val="999999999"/>')
    assert text_of(tmp_path, table(row(claimed), row(claimed))) == "a\na"
