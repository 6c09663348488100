"""Suspicious answers are found with their reason, honest ones are left alone, and the effect is shown."""

import json

import numpy as np
import pandas as pd
import pytest

from vocnlp.analysis.duplicates import plain, similar
from vocnlp.analysis.phrases import Phrases
from vocnlp.analysis.praise import effect_of_leaving_out, flag, leave_out, praise
from vocnlp.errors import InputError
from vocnlp.scores.metrics import NPS

WORDS = """
    arrived works looks feels sounds morning evening neighbour colour corner kitchen garden winter
    summer sister brother quiet heavy light sturdy bright useful simple clever warm cool soft firm
    before after while because almost never always sometimes maybe really bought chose compared
    returned opened cleaned moved charged lasted kettle lamp chair table sofa heater blender toaster
    printer phone laptop camera speaker bicycle helmet tent carpet mirror shelf drawer curtain
    pillow blanket mattress oven fridge freezer washer dryer vacuum iron
"""


def sentence(chance, length=14):
    return " ".join(chance.choice(WORDS.split(), length))


def reasons(flags):
    return {(one.row, one.reason) for one in flags}


def honest(n=400, seed=1):
    chance = np.random.default_rng(seed)
    return [sentence(chance) for _ in range(n)]


def test_copies_and_templates_of_praise_are_found(make_survey) -> None:
    texts = honest()
    copy = "这款电饭煲煮饭又快又香，客服态度热情，物流也很快，强烈推荐！"
    texts[10] = texts[20] = copy
    texts[30] = copy.replace("，", "  ").replace("！", "!!!")
    template = (
        "Great {} from this shop, arrived on time and well packed, I will certainly order here again soon"
    )
    for row, thing in ((50, "lamp"), (60, "chair"), (70, "sofa")):
        texts[row] = template.format(thing)
    found = flag(make_survey({"nps": np.full(400, 10.0), "text": texts}), NPS)
    assert reasons(found) == {(r, "copied") for r in (10, 20, 30)} | {(r, "templated") for r in (50, 60, 70)}
    assert found[0].detail == "3 customers gave this text word for word"
    assert found[0].id == "c10"


def test_complaints_short_texts_and_repeats_of_one_customer_are_no_copies(make_survey) -> None:
    long = "the kettle arrived broken and nobody answered my three letters about it"
    texts = [long] * 5 + ["很好，很满意"] * 30 + ["very good, thanks"] * 30 + [long + " but it is fine"] * 4
    scores = [0.0] * 5 + [10.0] * 64
    who = [f"c{k}" for k in range(65)] + ["one"] * 4
    survey = make_survey({"nps": scores, "text": texts, "who": who})
    assert flag(survey, NPS, customer="who") == ()


def test_similar_groups_by_shared_shingles() -> None:
    base = [plain(text) for text in honest(300, seed=3)]
    edited = [text.replace(text.split()[1], "thing", 1) for text in base[:5]]
    groups = similar(base + edited)
    for k in range(5):
        assert groups[k] == groups[300 + k]
    assert len(set(groups.tolist())) == 300
    assert similar([]).tolist() == []
    assert len(set(similar(["a", "b", "a b"]).tolist())) == 3


def test_plain_removes_what_copies_are_varied_by() -> None:
    assert plain("ＧＲＥＡＴ！！  Shop…") == plain("great shop") == "great shop"


def test_coached_phrases_are_those_of_one_shop(make_survey) -> None:
    chance = np.random.default_rng(2)
    texts = [sentence(chance, 8) for _ in range(600)]
    shop = np.array([f"shop {k % 12}" for k in range(600)], dtype=object)
    coached = [k for k in range(600) if shop[k] == "shop 3"][:8]
    for k in coached:
        texts[k] = (
            sentence(chance, 4)
            + " thanks to the wonderful advice of Joanna at the desk "
            + sentence(chance, 4)
        )
    for k in range(0, 600, 9):  # a phrase that everybody uses
        texts[k] += " i would definitely recommend it to all of my friends"
    found = flag(make_survey({"nps": np.full(600, 9.0), "text": texts, "shop": shop}), NPS, by=["shop"])
    assert reasons(found) == {(k, "coached") for k in coached}
    assert "advice of joanna" in found[0].detail
    assert found[0].detail.endswith("8 of them of shop shop 3")


def test_a_phrase_needs_enough_texts() -> None:
    assert Phrases([]).concentrated(np.zeros(0, dtype=np.intp)) == []
    few = [f"{text} the same long phrase in all of them" for text in honest(4)]
    assert Phrases(few).concentrated(np.zeros(4, dtype=np.intp)) == []


@pytest.mark.parametrize(
    "text",
    [
        "They promised a gift card for a five star review, so here it is.",
        "I got 20% cashback for leaving a positive review",
        "五星好评返现五元，所以来写了",
        "老闆說好評送小禮物",
        "店家要求我给五星，质量一般",
        "レビューを書くとクーポンがもらえるので書きました",
        "리뷰 쓰면 쿠폰 준다고 해서 씁니다",
        "Me dieron un descuento por dejar una reseña positiva",
        "Ganhei um cupom em troca de uma avaliação",
        "Bon d'achat en échange d'un avis",
        "Gutschein für eine positive Bewertung erhalten",
        "Ho ricevuto un buono in cambio di una recensione",
        "Cadeau voor een goede review gekregen",
        "Dostałem rabat za pozytywną opinię",
        "Обещали кэшбэк за хороший отзыв",
        "Beş yıldız için hediye verdiler, 5 yıldız karşılığında kupon",
        "أعطوني هدية مقابل تقييم إيجابي",
        "रिव्यू के बदले मुझे कैशबैक मिला",
        "Kasih bintang lima demi dapat voucher... maksudnya biar dapat voucher",
        "Shop tặng quà khi đánh giá 5 sao",
        "รีวิวแลกส่วนลดค่ะ",
    ],
)
def test_bought_praise_is_recognised_in_many_languages(make_survey, text) -> None:
    found = flag(make_survey({"nps": [10.0, 10.0], "text": [text, "works well, quick delivery"]}), NPS)
    assert reasons(found) == {(0, "incentive")}
    assert "reward" in found[0].detail


@pytest.mark.parametrize(
    "text",
    [
        "I bought it as a gift for my mother and the review of the lamp was right",
        "The discount was nice and I leave a good review",
        "给妈妈买的礼物，好评！",
        "物流很快，返修也方便，五星好评",
        "Ich habe einen Gutschein eingelöst, Bewertung folgt",
        "Compré un regalo, buena valoración",
    ],
)
def test_gifts_and_reviews_alone_are_no_bought_praise(make_survey, text) -> None:
    assert flag(make_survey({"nps": [10.0], "text": [text]}), NPS) == ()


def bursting(make_survey, *, moods):
    """Sixty quiet days, then one day with 25 more answers of the mood for the lamp."""
    rng = np.random.default_rng(3)
    day = np.concatenate([np.repeat(np.arange(60), 20), np.full(25, 30)])
    product = np.concatenate([rng.choice(["lamp", "sofa", "tent"], 1200), np.full(25, "lamp")])
    nps = np.concatenate([rng.choice([10.0, 8.0, 3.0], 1200, p=[0.5, 0.3, 0.2]), moods(rng)])
    created = (pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")).astype(str)
    return make_survey({"nps": nps, "product": product, "created_at": created, "text": [""] * len(nps)})


def test_a_burst_of_praise_is_found_and_a_busy_day_is_not(make_survey) -> None:
    pushed = bursting(make_survey, moods=lambda _: np.full(25, 10.0))
    found = flag(pushed, NPS, by=["product"], time="created_at")
    assert {one.reason for one in found} == {"burst"}
    rows = {one.row for one in found}
    assert rows >= set(range(1200, 1225))
    chosen = pushed.frame.loc[sorted(rows)]
    assert (chosen["product"] == "lamp").all()
    assert (chosen["created_at"].str[:10] == "2026-01-31").all()
    assert "on 2026-01-31" in found[0].detail
    busy = bursting(make_survey, moods=lambda rng: rng.choice([10.0, 8.0, 3.0], 25, p=[0.5, 0.3, 0.2]))
    assert flag(busy, NPS, by=["product"], time="created_at") == ()


def test_scores_against_the_words(make_survey) -> None:
    survey = make_survey(
        {
            "nps": [10.0, 10.0, 0.0, 0.0, 8.0, 10.0],
            "text": ["a", "b", "c", "d", "e", ""],
            "sentiment_score": [-0.9, 0.9, 0.8, -0.8, -0.9, -0.9],
        }
    )
    assert reasons(flag(survey, NPS)) == {(0, "contradiction"), (2, "contradiction")}
    assert praise(survey, NPS).warnings == ()


def test_a_reversed_scale_is_suspected(make_survey) -> None:
    rng = np.random.default_rng(1)
    nps = np.repeat([10.0, 0.0], 30)
    feeling = {"nps": nps, "sentiment_score": np.where(nps > 5, -0.3, 0.3) + rng.normal(0, 0.2, 60)}
    assert "is the scale of nps reversed?" in praise(make_survey(feeling), NPS).warnings[0]
    plain = {"nps": nps, "sentiment_score": np.where(nps > 5, -0.5, 0.5)}
    assert len(praise(make_survey(plain), NPS).warnings) == 1
    chance = {"nps": nps, "sentiment_score": rng.normal(0, 0.2, 60)}
    assert praise(make_survey(chance), NPS).warnings == ()


def test_straight_lines_need_questions_that_differ_in_direction(make_survey) -> None:
    same = {"csat": [5.0, 3.0, 5.0, 1.0], "effort": [5.0, 3.0, 1.0, 1.0], "nps": [8.0] * 4}
    survey = make_survey({**same, "ces": [4.0] * 4})
    assert flag(survey, NPS) == ()  # two questions of one scale are too few
    survey = make_survey({**same, "stars": [5.0, 3.0, 5.0, 1.0]})
    survey.scores = (*survey.scores, "stars")
    found = flag(survey, NPS)
    assert reasons(found) == {(0, "straight_lining"), (3, "straight_lining")}
    assert found[0].detail == "5 to all of csat, effort, stars, which differ in direction"


@pytest.fixture
def mixed(make_survey):
    copy = "wonderful shop with wonderful people, everything came on time and just as shown"
    texts = honest(60) + [copy] * 6 + [""] * 34
    nps = np.array([float(v) for v in np.resize([0, 5, 8, 9], 60)] + [10.0] * 6 + [6.0] * 34)
    shop = np.resize(np.array(["a", "b"], dtype=object), 100)
    shop[7] = None
    late = np.arange(100) < 20
    return make_survey({"nps": nps, "text": texts, "shop": shop}, negative={"delivery": late})


def test_leaving_out_changes_every_number(mixed) -> None:
    flags = flag(mixed, NPS)
    kept = leave_out(mixed, flags)
    assert len(kept) == 94
    assert not kept.frame["text"].str.startswith("wonderful").any()
    effect = effect_of_leaving_out(mixed, NPS, flags).set_index(["number", "name"])
    score = effect.loc[("score", "")]
    assert score["before"] == pytest.approx(NPS.score(mixed.frame["nps"]))
    assert score["after"] == pytest.approx(NPS.score(kept.frame["nps"]))
    assert score["change"] == pytest.approx(score["after"] - score["before"])
    assert score["before_low"] < score["before"] < score["before_high"]
    assert effect.loc[("answers", ""), "change"] == -6
    assert effect.loc[("negative", "delivery"), "before"] == pytest.approx(20 / 66)
    assert effect.loc[("negative", "delivery"), "after"] == pytest.approx(20 / 60)
    assert len(leave_out(mixed, flags, reasons={"burst"})) == 100


def test_who_writes_and_what_is_missing(mixed) -> None:
    result = praise(mixed, NPS, by=["shop"])
    everyone = result.response.iloc[0]
    assert (everyone["n"], everyone["wrote"]) == (100, 66)
    wrote, silent = mixed.commented, ~mixed.commented
    assert everyone["difference"] == pytest.approx(
        NPS.score(mixed.frame["nps"][wrote]) - NPS.score(mixed.frame["nps"][silent])
    )
    assert everyone["difference_low"] < everyone["difference"] < everyone["difference_high"]
    assert set(result.response["segment"]) == {"all", "a", "b", "(missing)"}
    missing = result.missing.set_index("column")
    assert missing.loc["shop", "missing"] == 1
    assert missing.loc["text", "share"] == pytest.approx(0.34)
    assert result.reasons == {"copied": 6}


def test_result_is_plain_data(mixed) -> None:
    result = praise(mixed, NPS, by=["shop"])
    loaded = json.loads(json.dumps(result.to_dict()))
    assert loaded["flagged"] == 6
    assert {row["left_out"] for row in loaded["effect"]} == {"all", "copied"}
    assert result.to_frame()["reason"].tolist() == ["copied"] * 6


def test_empty_surveys_of_texts_are_no_error(make_survey) -> None:
    result = praise(make_survey({"nps": [10.0, 3.0], "text": ["", ""], "shop": ["a", "b"]}), NPS, by=["shop"])
    assert result.flags == ()
    assert result.to_frame().empty


def test_praise_needs_answers(make_survey) -> None:
    with pytest.raises(InputError, match="no answer to nps"):
        praise(make_survey({"nps": [np.nan], "text": ["fine"]}), NPS)
