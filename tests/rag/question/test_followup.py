import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.analysis import analyse_question
from rag.answer import Turn
from rag.question.followup import MAX_COMPLETED, alone, standalone, stands_alone
from tests.answers.chains import completed
from tests.counting import calls_of


def after(question: str, *turns: str) -> str:
    roles = ("user", "assistant")
    return standalone(question, [Turn(roles[i % 2], text) for i, text in enumerate(turns)])  # type: ignore[arg-type]


def test_a_pronoun_takes_the_person_last_asked_about() -> None:
    assert after("Where did he speak?", "Who is Alexander Lavrentiev?", "Putin's envoy.") == (
        "Where did Alexander Lavrentiev speak?"
    )


def test_a_pronoun_takes_the_person_answered_when_none_was_asked_about() -> None:
    answer = "*Example Post, 15 October 2019:* Maria Perez, Russia's envoy to Syria, spoke on Monday. [1]"
    assert (
        after("What did she say?", "Who is Russia's envoy to Syria?", answer) == "What did Maria Perez say?"
    )


def test_his_becomes_a_possessive() -> None:
    assert after("What is his plan?", "Who is John Dale?", "A councillor.") == "What is John Dale's plan?"


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        ("And when?", "Where was the treaty signed?", "When was the treaty signed?"),
        ("why", "Did Ann Lee resign?", "Why did Ann Lee resign?"),
        ("when was that?", "What did Ann Lee promise?", "When did Ann Lee promise that?"),
        ("how long is it", "When was the Ever Given refloated?", "how long is the Ever Given"),
        ("was anybody hurt", "How strong was the Kolmar quake?", "was anybody hurt in the Kolmar quake?"),
        ("And in Ohio?", "How big was the outbreak in Michigan?", "How big was the outbreak in Ohio?"),
        ("What about Wendbury?", "Who is the mayor of Kolmar?", "Who is the mayor of Wendbury?"),
        (
            "how many people were on board",
            "tell me about the germanwings crash",
            "how many people were on board in the germanwings crash?",
        ),
    ],
)
def test_what_is_searched_is_a_question_that_somebody_could_type(
    asked: str, before: str, searched: str
) -> None:
    assert after(asked, before, "An answer.") == searched


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        (
            "What did the owner pay?",
            "When did the Ever Given sink?",
            "What did the owner of the Ever Given pay?",
        ),
        (
            "How long has the strike lasted?",
            "Who leads the strike at Ostmark Rail?",
            "How long has the strike at",
        ),
        (
            "How many does the company employ?",
            "What does Brenlow Mills make?",
            "How many does Brenlow Mills employ?",
        ),
        (
            "and in 2019?",
            "How many boats did Norrline run in 2018?",
            "How many boats did Norrline run in 2019?",
        ),
        ("Do they live there?", "When did Ann Lee marry John Dale?", "Do Ann Lee and John Dale live there?"),
        ("Is there a school there?", "Who lives in Torvik Sound?", "Is there a school in Torvik Sound?"),
        ("And his wife?", "How old is John Dale?", "How old is John Dale's wife?"),
        ("thanks!", "How old is John Dale?", "thanks!"),
        ("what about the captain", "who won the derby", "What about the captain in the derby?"),
        ("and the palace?", "when did lee go to kolmar", "when did lee go to kolmar, and the palace?"),
        ("who paid", "how many ships were stuck behind it", "who paid"),
        ("who paid", "How was the Ever Given freed?", "who paid in the case of the Ever Given?"),
        ("how did Ostrand react", "When did Ann Lee go to Kolmar?", "Ann Lee go to Kolmar: how did Ostrand"),
        ("And the Hall?", "How did Ostrand react to the strike?", "How did the Hall react to the strike?"),
        ("who owned it", "how long was the iron ship stuck", "who owned the iron ship"),
    ],
)
def test_nouns_and_places_go_back_to_what_was_asked_about(asked: str, before: str, searched: str) -> None:
    assert after(asked, before, "An answer.").startswith(searched)


@pytest.mark.parametrize(
    ("before", "answer", "asked", "searched"),
    [
        (
            "When is the next solar maximum?",
            "In 2025.",
            "when was the last one",
            "when was the last solar maximum",
        ),
        ("Who was Jon Dale's lawyer?", "Ann Lee. [1]", "what happened to her", "what happened to Ann Lee"),
        ("Who was Jon Dale?", "A lawyer of Ann Lee. [1]", "how old is he", "how old is Jon Dale"),
        (
            "Which rower won in Velda?",
            "Jon Dale. [1]",
            "How many TDs did he have?",
            "How many TDs did Jon Dale have?",
        ),
        (
            "who baked the loaves",
            "It was Brenlow Mills. [1]",
            "where is the company",
            "where is Brenlow Mills",
        ),
        ("when is the strike", "In May. [1]", "when was the last one", "when was the last one"),
    ],
)
def test_one_the_company_and_he_go_back_to_what_was_asked_for_and_answered(
    before: str, answer: str, asked: str, searched: str
) -> None:
    assert after(asked, before, answer) == searched


@pytest.mark.parametrize(
    ("chain", "asked", "searched"),
    [
        (
            ("How did the Alma Rose get free?", "By tug."),
            "what about the crew",
            "What about the crew of the Alma Rose?",
        ),
        (
            ("How did the Alma Rose get free?", "By tug.", "what about the crew", "They wait."),
            "and the chairs?",
            "What about the chairs of the Alma Rose?",
        ),
        (
            ("what did the board decide about the pier", "To sell."),
            "who was against it",
            "who was against the pier",
        ),
        (
            ("did the board vote to sell the old pier", "Yes."),
            "who voted against",
            "who voted against the old pier?",
        ),
        (
            ("what did the boss of Brenlow say", "Nothing."),
            "and the analysts?",
            "what did the analysts of Brenlow say?",
        ),
        (("what did Ann Lee say", "It was dry."), "and Brenlow's boss?", "what did Brenlow's boss say?"),
        (("what did Ann Lee say", "It was dry."), "when was that", "When did Ann Lee say that"),
        (("who found Vettby", "A boy."), "how", "How was Vettby found?"),
        (("who is the Kolmar fair queen", "Ann Lee."), "what about the fair", "What about the fair?"),
        (("did Ann Lee resign", "Yes."), "by how many", "did Ann Lee resign, and by how many?"),
    ],
)
def test_what_is_searched_is_what_a_person_would_ask_next(
    chain: tuple[str, ...], asked: str, searched: str
) -> None:
    assert after(asked, *chain) == searched


def test_he_is_one_of_the_question_before_one_of_the_answer_unless_only_of_her_the_sex_is_known() -> None:
    turns = ("where did Vask die", "Trump said that Vask had fled into a tunnel.")
    assert after("who found him", *turns) == "who found Vask"
    assert (
        after("what did she say", "why did Vask leave", "Anna Lee had told him to.")
        == "what did Anna Lee say"
    )


def test_of_two_pronouns_for_one_person_the_first_is_named() -> None:
    turns = ("Who is Teodor Vask?", "A mayor.")
    assert after("What did he take with him?", *turns) == "What did Teodor Vask take with him?"
    assert after("Did he say why he left?", *turns) == "Did Teodor Vask say why he left?"


def test_two_persons_are_told_apart() -> None:
    chain = ["Who is Teodor Vask?", "A mayor.", "Who ran against him?", "Hanne Brook did."]
    assert after("Did he thank her?", *chain) == "Did Teodor Vask thank Hanne Brook?"


def test_names_typed_in_small_letters_are_known_by_how_they_are_written() -> None:
    history = [Turn("user", "where does ann lee live"), Turn("assistant", "In Kolmar.")]
    asked = standalone("how old is she", history, lambda text: text.replace("ann lee", "Ann Lee"))
    assert asked == "how old is Ann Lee"


def test_he_is_not_who_only_says_in_an_answer_what_is_quoted() -> None:
    answer = "Ann Lee said on Friday that the mill was lit by John Dale."
    assert after("How old is he?", "Who lit the mill?", answer) == "How old is John Dale?"


def test_which_of_them_asks_about_those_that_the_answer_joins() -> None:
    asked = after("Which of them won?", "Which companies bid for Harrowgate Steel?", "Tolmer and Vantis bid.")
    assert asked == "Which of Tolmer and Vantis won?"


def test_a_chain_of_five_is_about_what_was_asked_and_not_about_what_was_searched() -> None:
    chain = [
        "When was the Ever Given refloated?",
        "In March.",
        "how long is it",
        "400 metres.",
        "Who owned it?",
    ]
    assert after("Where is it now?", *chain, "A company.") == "Where is the Ever Given now?"


def test_he_is_who_was_answered_once_somebody_else_was_asked_for() -> None:
    chain = ["Who is the mayor of Kolmar?", "Ann Lee is.", "When was she born?", "In May."]
    asked = after("How old is he?", *chain, "And who is the mayor of Wendbury?", "John Dale is.")
    assert asked == "How old is John Dale?"


@pytest.mark.parametrize("part", ["tuning", "reporting", "pointing"])
def test_nine_of_ten_follow_ups_in_chains_name_what_they_are_about(part: str) -> None:
    results = completed(part)
    assert sum(is_named for _, _, is_named in results) >= 0.9 * len(results)
    assert not any(" in the case of" in one and one.count("in the case of") > 1 for _, one, _ in results)


@pytest.mark.parametrize(
    ("asked", "is_whole"),
    [
        ("articles about football", True),
        ("tell me about football", True),
        ("the latest on football", True),
        ("articles about it", False),
        ("the latest on the crew", False),
        ("newest articles", False),
    ],
)
def test_a_form_with_a_subject_of_its_own_stands_alone(asked: str, is_whole: bool) -> None:
    history = [Turn("user", "How long was the Kestrel Canal blocked?"), Turn("assistant", "Six days. [1]")]
    searched = standalone(asked, history)
    assert (searched == asked) == is_whole and ("Kestrel" in searched) != is_whole


def test_it_takes_the_subject_of_the_question_before() -> None:
    assert "Ever Given" in after(
        "How long is it?", "Where did the Ever Given run aground?", "In the Suez Canal."
    )


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    chain = ("Who is Alexander Lavrentiev?", "An envoy.", "Where did he speak?", "In Abu Dhabi.")
    assert "Lavrentiev" in after("What did he say?", *chain)


@pytest.mark.parametrize(
    "question", ["Who is Maria Perez?", "How many people were displaced by the offensive?"]
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert after(question, "Who is Alexander Lavrentiev?", "An envoy.") == question
    assert standalone(question, []) == question


@pytest.mark.parametrize("turn", ["And where? ", "What about it? ", "Bank of England, ", "he "])
def test_a_completed_question_is_never_longer_than_one_that_is_typed(turn: str) -> None:
    history = [Turn("user", turn * 400), Turn("assistant", "Maria Perez spoke. " * 200)] * 6
    for question in (turn.strip(), f"{turn * 150}"[:1_990], f"And {turn * 100}"[:1_990]):
        assert len(standalone(question, history)) <= MAX_COMPLETED


def test_completing_a_question_costs_the_same_however_long_the_conversation_is() -> None:
    def cost(turns: int) -> int:
        history = [Turn("user", "And Abc of Xyz? " * 120), Turn("assistant", "Maria Perez spoke. ")] * turns
        analyse_question.cache_clear()
        return calls_of(lambda: standalone("And where is it?", history))

    assert cost(200) <= cost(6) * 1.1


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=5))
def test_any_history_gives_some_question_back(question: str, turns: list[str]) -> None:
    assert isinstance(after(question, *turns), str)


def test_a_name_of_common_words_is_asked_about_and_not_what_came_before() -> None:
    history = [Turn("user", "Hydrogen leak halts second Artemis launch attempt")]
    assert standalone("When was the Ever Given refloated?", history) == "When was the Ever Given refloated?"
    assert standalone("When was it launched?", history) == "When was Artemis launched?"


@pytest.mark.parametrize(
    ("asked", "before", "answer", "searched"),
    [
        (
            "who said that?",
            "Why was the dam closed?",
            "“The wall was leaking badly,” an engineer told the council [1].",
            "Who said “The wall was leaking badly”?",
        ),
        (
            "whose words are those",
            "Why was the dam closed?",
            "The wall of the dam leaked [1]. It was closed on Monday [2].",
            "Who said that the wall of the dam leaked?",
        ),
        (
            "and the year before?",
            "Who won the Kolmar marathon in 2019?",
            "Ann Lee won it [1].",
            "Who won the Kolmar marathon in 2018?",
        ),
        (
            "and the following year",
            "How many homes burnt in Kolmar in 2018?",
            "Some 40 homes burnt [1].",
            "How many homes burnt in Kolmar in 2019?",
        ),
        (
            "and before that?",
            "Who won the Kolmar marathon in 2019?",
            "Ann Lee won it [1].",
            "Who won the Kolmar marathon before 2019?",
        ),
        (
            "and before that?",
            "Who is the new mayor of Kolmar?",
            "Ann Lee was named the new mayor of Kolmar [1].",
            "Who was the mayor of Kolmar before Ann Lee?",
        ),
        (
            "how many then?",
            "How many homes burnt in Kolmar in 2018?",
            "Some 40 homes burnt [1].",
            "How many homes burnt in Kolmar in 2018?",
        ),
        (
            "what did Ann Lee say about it?",
            "What caused the fire at Kolmar Mills?",
            "A short circuit caused it [1].",
            "what did Ann Lee say about the fire at Kolmar Mills?",
        ),
        (
            "what was he charged with",
            "Which airline did the sleeping baggage handler work for?",
            "He worked for an airline of the coast [1].",
            "what was the sleeping baggage handler charged with",
        ),
        (
            "why did she retire",
            "Who does Ann Lee play next?",
            "Lee will next face Ida Marsh [1].",
            "why did Ann Lee retire",
        ),
    ],
)
def test_a_follow_up_goes_back_to_what_was_answered_and_when(
    asked: str, before: str, answer: str, searched: str
) -> None:
    assert after(asked, before, answer) == searched


@pytest.mark.parametrize("asked", ["what is in here?", "what else do you have", "newest article here"])
def test_what_is_asked_of_the_archive_is_about_no_thing_asked_before(asked: str) -> None:
    assert after(asked, "What is the timeline of the Kolmar fire?", "It broke out in May [1].") == asked


@pytest.mark.parametrize(
    ("asked", "is_whole"),
    [
        ("How many people were displaced?", True),
        ("Did anybody resign?", True),
        ("How many were there?", False),
        ("Who owns it?", False),
        ("Why did she leave?", False),
        ("and was it dry?", False),
        ("Was the owner told?", False),
        ("how many?", False),
    ],
)
def test_a_question_stands_alone_where_nothing_points_back(asked: str, is_whole: bool) -> None:
    assert stands_alone(asked) is is_whole


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        ("Tell me more", "What is the latest on Kolmar?", "Tell me more about Kolmar"),
        ("more details please", "Who is Ann Lee?", "Tell me more about Ann Lee"),
        ("go on", "What happened at the fire in Kolmar?", "Tell me more about the fire in Kolmar"),
        ("No, I meant Ostrand", "What is the latest on Kolmar?", "What is the latest on Ostrand?"),
        ("sorry, i meant Jon Dale", "When did Ann Lee visit Kolmar?", "When did Jon Dale visit Kolmar?"),
        ("not Kolmar but Ostrand", "When did Ann Lee visit Kolmar?", "When did Ann Lee visit Ostrand?"),
        ("no, the mayor", "Who is the governor of Kolmar?", "Who is the mayor of Kolmar?"),
        (
            "I meant the 2022 one",
            "How many fled the flood in Kolmar",
            "How many fled the flood in Kolmar in 2022?",
        ),
        ("no, I meant when did she resign", "Why did Ann Lee resign?", "When did Ann Lee resign?"),
        ("And about oil prices?", "What did Ann Lee say?", "What did Ann Lee say about oil prices?"),
        ("and about gas?", "What did Ann Lee say about oil?", "What did Ann Lee say about gas?"),
        (
            "and about the schools?",
            "Tell me more about the water in Kolmar",
            "Tell me more about the schools in Kolmar?",
        ),
    ],
)
def test_corrections_and_wishes_for_more_are_of_the_question_before(
    asked: str, before: str, searched: str
) -> None:
    assert after(asked, before, "It is so.") == searched


def test_what_about_the_schools_is_of_the_thing_that_was_asked_about() -> None:
    turns = ("What is the latest on the Kolmar water crisis?", "It goes on.")
    assert after("and about the schools?", *turns) == "What about the schools in the Kolmar water crisis?"
    assert (
        after("What about the Autopilot?", "How fast was the car going?", "Fast.")
        == "What about the Autopilot?"
    )


def test_more_is_asked_of_whom_he_meant() -> None:
    turns = (
        "Who is Jon Dale?",
        "A councillor.",
        "Who is Ann Lee?",
        "A judge.",
        "What did he say?",
        "Nothing.",
    )
    assert after("tell me more", *turns) == "Tell me more about Jon Dale"


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("And about oil prices?", "What about oil prices?"),
        ("what about the ferry", ""),
        ("How many people were hurt?", "How many people were hurt?"),
        ("what about Kolmar", "What about Kolmar?"),
        ("and about his wife?", ""),
        ("And in Ohio?", ""),
        ("why?", ""),
    ],
)
def test_a_follow_up_about_something_new_can_be_asked_alone(asked: str, searched: str) -> None:
    assert alone(asked) == searched


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        ("And why was that person chosen?", "Who is Gwen Pardoe?", "And why was Gwen Pardoe chosen?"),
        ("how old is this woman", "What did Ann Lee call Jon Dale?", "how old is Ann Lee"),
        ("what is the man's job?", "What did Ann Lee call Jon Dale?", "what is Jon Dale's job?"),
        ("was the man who fled armed?", "Who is Jon Dale?", "was the man who fled armed?"),
        ("who runs this company?", "Did Lisbon sue Toyota?", "who runs Toyota?"),
        ("how many live in that place?", "Did Toyota leave Lisbon?", "how many live in Lisbon?"),
        (
            "when was the firm of the year chosen?",
            "Who runs Toyota?",
            "when was the firm of the year chosen?",
        ),
    ],
)
def test_that_person_company_or_place_is_the_latest_of_its_kind(
    asked: str, before: str, searched: str
) -> None:
    assert after(asked, before, "An answer.") == searched


@pytest.mark.parametrize("between", ["Who is Ann Lee?", "How do mountain ferries pay their staff?"])
def test_that_city_may_be_one_that_was_named_before_the_last_question(between: str) -> None:
    turns = ("Where is Lisbon?", "In Portugal.", between, "It is so.")
    assert after("how many people live in that city?", *turns) == "how many people live in Lisbon?"


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        ("what did they say was the reason", "did Toyota close its plant", "Why did Toyota close its plant"),
        ("what was the main reason?", "When was the tunnel closed?", "Why was the tunnel closed?"),
        ("did they say why?", "Has Toyota cut its prices?", "Why has Toyota cut its prices?"),
        ("how did they do that?", "When was the Ever Given refloated?", "How was the Ever Given refloated?"),
        ("what was the reason?", "Who was arrested in Oslo?", "Who was arrested in Oslo, and why?"),
        ("what was the reason?", "What is known about the fire?", "what was the reason of the fire?"),
        ("why did she do it?", "Do you have anything on Ann Lee?", "why did Ann Lee do it?"),
        ("why did they sell the land?", "Did Toyota close its plant?", "why did Toyota sell the land?"),
        ("when?", "Which airline did Ann Lee work for?", "Which airline did Ann Lee work for, and when?"),
        ("why?", "How many people left Oslo?", "How many people left Oslo, and why?"),
        (
            "how long did it take?",
            "Did Ann Lee cross Asia?",
            "how long did it take for Ann Lee to cross Asia?",
        ),
        (
            "how many votes does it take",
            "Can Ann Lee win?",
            "how many votes does it take for Ann Lee to win?",
        ),
        (
            "how many passengers does it take?",
            "Does Peru ban jets?",
            "how many passengers does it take for Peru to ban jets?",
        ),
        (
            "how many passengers does it take?",
            "Where is the Arnika now?",
            "how many passengers does the Arnika take?",
        ),
    ],
)
def test_what_was_done_is_asked_with_the_clause_of_the_question_before(
    asked: str, before: str, searched: str
) -> None:
    assert after(asked, before, "An answer.") == searched


@pytest.mark.parametrize(
    ("asked", "before", "searched"),
    [
        ("why did she lose the year before?", "Did Ann Lee win in 2022?", "why did Ann Lee lose in 2021?"),
        ("did she run in the following year?", "Did Ann Lee win in 2022?", "did Ann Lee run in 2023?"),
        ("where did she train that year?", "Did Ann Lee win in 2022?", "where did Ann Lee train in 2022?"),
        (
            "how was the year before?",
            "Did Ann Lee win in 2022?",
            "how was the year before in the case of Ann Lee?",
        ),
        ("will she run next year?", "Did Ann Lee win in 2022?", "will Ann Lee run next year?"),
        ("why did she lose the year before?", "Did Ann Lee win?", "why did Ann Lee lose the year before?"),
    ],
)
def test_the_year_before_at_the_end_of_a_question_is_told_by_the_last_one(
    asked: str, before: str, searched: str
) -> None:
    assert after(asked, before, "An answer.") == searched


def test_a_year_is_kept_while_follow_ups_are_asked_and_no_longer() -> None:
    turns = ["Did Ann Lee win in 2022?", "No.", "Where does she live?", "In Oslo."]
    assert after("why did she lose the year before?", *turns) == "why did Ann Lee lose in 2021?"
    turns += ["Who is Jon Dale?", "A judge."]
    assert after("did he win the year before?", *turns) == "did Jon Dale win the year before?"
