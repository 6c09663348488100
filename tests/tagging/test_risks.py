"""Risk flags: what is alleged for real fires, what only sounds like it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.errors import TaxonomyError
from vocnlp.schema import Risk
from vocnlp.tagging.risks import RiskTagger, load
from vocnlp.text.clauses import split

TAGGER = load()

POISON = """
version: poison@1
languages: {de: {also: [lb]}, zh: {}}
checks: {safety: []}
rules:
  safety:
    de: {high: [001 gift, 002 ganz viel gift]}
    zh: {high: [001 有毒]}
"""


def risks(text: str, language: str, tagger: RiskTagger = TAGGER) -> list[Risk]:
    return tagger.tag(text, split(text), language)


def categories(text: str, language: str) -> set[str]:
    return {risk.category for risk in risks(text, language)}


REPORTED = [
    # fraud
    ("en", "fraud", "This shop is a scam, they took my money and never sent anything."),
    ("en", "fraud", "They charged my card twice without my permission."),
    ("en", "fraud", "The bag I received is a counterfeit, the stitching and the logo are wrong."),
    ("zh", "fraud", "这家店就是骗子，付了款就把我拉黑了。"),
    ("zh", "fraud", "拿到专柜鉴定，确定是假货，要求退一赔三。"),
    ("zh", "fraud", "没经过我同意就自动扣费，连扣了三个月。"),
    ("zh-Hant", "fraud", "根本是詐騙，收了錢就消失不見。"),
    ("es", "fraud", "Es una estafa, me cobraron y nunca llegó el pedido."),
    ("pt", "fraud", "Fui enganado, paguei e o vendedor sumiu. É golpe!"),
    ("fr", "fraud", "C'est une arnaque, j'ai payé et je n'ai jamais rien reçu."),
    ("de", "fraud", "Das sind Betrüger, das Geld ist weg und die Ware kam nie an."),
    ("it", "fraud", "È una truffa: ho pagato e non mi è mai arrivato niente."),
    ("nl", "fraud", "Dit is pure oplichting, geld betaald en niets ontvangen."),
    ("ru", "fraud", "Это мошенники, деньги взяли, а товар не прислали."),
    ("uk", "fraud", "Це шахраї, гроші забрали, а товар не надіслали."),
    ("tr", "fraud", "Bunlar dolandırıcı, parayı aldılar ürün göndermediler."),
    ("ja", "fraud", "届いたのは偽物でした。これは詐欺です。"),
    ("ko", "fraud", "사기당했어요. 돈만 받고 물건을 안 보냅니다."),
    ("ar", "fraud", "هؤلاء نصابين، أخذوا الفلوس وما أرسلوا الطلب."),
    ("th", "fraud", "ร้านนี้โกงเงิน โอนแล้วไม่ส่งของ"),
    ("vi", "fraud", "Shop này lừa đảo, nhận tiền rồi chặn luôn."),
    ("id", "fraud", "Penjualnya penipu, uang sudah ditransfer barang tidak dikirim."),
    # safety
    ("en", "safety", "The charger caught fire on my nightstand while I was asleep."),
    ("en", "safety", "We both got food poisoning after eating the oysters here."),
    ("en", "safety", "I got an electric shock when I touched the kettle."),
    ("zh", "safety", "充电的时候突然起火了，把桌子都烧坏了。"),
    ("zh", "safety", "吃完当晚全家上吐下泻，去医院说是食物中毒。"),
    ("zh", "safety", "热水壶漏电，我被电了一下。"),
    ("zh-Hant", "safety", "行動電源充到一半突然爆炸，嚇死人。"),
    ("es", "safety", "El cargador se incendió mientras dormíamos."),
    ("pt", "safety", "A panela explodiu e eu me queimei no braço."),
    ("fr", "safety", "La batterie a explosé et j'ai été brûlé à la main."),
    ("de", "safety", "Der Akku ist explodiert, ich habe mir die Hand verbrannt."),
    ("ru", "safety", "Зарядка загорелась ночью, чуть не спалили квартиру."),
    ("ja", "safety", "充電中に発火して、手をやけどしました。"),
    ("ko", "safety", "충전 중에 배터리가 폭발해서 손에 화상을 입었어요."),
    ("it", "safety", "Dopo cena siamo finiti in ospedale per un'intossicazione alimentare."),
    ("vi", "safety", "Ăn xong cả nhà bị ngộ độc phải nhập viện."),
    ("id", "safety", "Baterainya meledak waktu dicas."),
    # legal
    ("en", "legal", "I am contacting my lawyer and will see you in court."),
    ("zh", "legal", "再不退款我就去法院起诉你们。"),
    ("zh", "legal", "已经打了12315投诉，等着工商来查吧。"),
    ("es", "legal", "Voy a denunciarlos, ya hablé con mi abogado."),
    ("pt", "legal", "Já registrei reclamação no Procon e vou processar a empresa."),
    ("fr", "legal", "Je vais porter plainte, mon avocat prendra contact avec vous."),
    ("de", "legal", "Ich habe Anzeige erstattet und meinen Anwalt eingeschaltet."),
    ("ru", "legal", "Подаю в суд, заявление в Роспотребнадзор уже написал."),
    ("ja", "legal", "消費者センターに相談し、弁護士を立てて訴えます。"),
    ("ko", "legal", "소비자원에 신고하고 고소할 겁니다."),
    ("it", "legal", "Ho già sentito il mio avvocato, vi denuncio."),
    # churn
    ("en", "churn", "I will never buy from you again."),
    ("en", "churn", "I have cancelled my subscription and switched to another provider."),
    ("zh", "churn", "再也不会来这家店了。"),
    ("zh", "churn", "用了五年，这次彻底失望，已经卸载了。"),
    ("es", "churn", "Nunca más vuelvo a comprar aquí."),
    ("pt", "churn", "Nunca mais compro nesta loja."),
    ("fr", "churn", "Je ne commanderai plus jamais chez vous."),
    ("de", "churn", "Nie wieder, hier kaufe ich nicht mehr."),
    ("it", "churn", "Mai più, non comprerò più da voi."),
    ("nl", "churn", "Nooit meer, hier bestel ik niet meer."),
    ("ru", "churn", "Больше никогда здесь ничего не закажу."),
    ("ja", "churn", "もう二度と利用しません。"),
    ("ko", "churn", "다시는 안 갑니다."),
    ("tr", "churn", "Bir daha asla buradan alışveriş yapmam."),
    ("ar", "churn", "لن أشتري منكم مرة أخرى."),
    ("vi", "churn", "Sẽ không bao giờ mua lại ở shop này nữa."),
    ("th", "churn", "จะไม่ซื้อร้านนี้อีกแล้ว"),
    # privacy, discrimination, exposure
    ("en", "privacy", "You leaked my phone number and now I get spam calls every day."),
    ("zh", "privacy", "刚下单就接到推销电话，个人信息肯定被泄露了。"),
    ("de", "privacy", "Meine Daten wurden ohne meine Zustimmung weitergegeben."),
    ("en", "discrimination", "The waiter made racist remarks and refused to serve us."),
    ("zh", "discrimination", "店员歧视外地人，态度恶劣。"),
    ("fr", "discrimination", "Le vigile a tenu des propos racistes envers ma femme."),
    ("en", "exposure", "I will post this on Twitter so that everybody knows."),
    ("zh", "exposure", "我要在抖音上曝光你们。"),
    # more languages and wordings
    ("cs", "fraud", "Je to podvod, zaplatil jsem a nic nepřišlo."),
    ("cs", "fraud", "Tohle jsou podvodníci, peníze si nechali."),
    ("ro", "fraud", "Este o țeapă, am plătit și nu am primit nimic."),
    ("ro", "churn", "Nu mai cumpăr niciodată de aici."),
    ("sv", "fraud", "Det är rena bedrägeriet, jag betalade och fick inget."),
    ("sv", "churn", "Jag handlar aldrig mer här."),
    ("da", "fraud", "Det er svindel, jeg betalte og fik aldrig varen."),
    ("da", "churn", "Jeg handler aldrig her igen."),
    ("no", "fraud", "Dette er svindel, jeg betalte og fikk aldri varen."),
    ("fa", "fraud", "این فروشگاه کلاهبردار است، پول گرفتند و جنس نفرستادند."),
    ("hi", "fraud", "यह धोखाधड़ी है, पैसे ले लिए और सामान नहीं भेजा।"),
    ("hi", "safety", "चार्जर में आग लग गई।"),
    ("uk", "churn", "Більше ніколи тут нічого не куплю."),
    ("pl", "churn", "Nigdy więcej tu nic nie kupię."),
    ("pl", "fraud", "Zostałem oszukany, pieniądze przepadły."),
    ("id", "churn", "Tidak akan pernah beli di sini lagi."),
    ("ar", "safety", "الشاحن انفجر وأحرق يدي."),
    ("tr", "safety", "Şarj aleti patladı, elim yandı."),
    ("th", "safety", "กินแล้วท้องเสียทั้งบ้าน ต้องไปโรงพยาบาล"),
    ("nl", "safety", "De oplader vloog in brand terwijl we sliepen."),
    ("zh", "fraud", "被忽悠了，说好的全新发来的是翻新机。"),
    ("zh", "churn", "以后不会再买了，拉黑。"),
    ("zh", "safety", "用了一次脸就红肿过敏了。"),
    ("en", "safety", "The lotion gave me a rash all over my neck."),
    ("en", "safety", "I cut my finger on a sharp edge and needed stitches."),
    ("en", "privacy", "My account was hacked and your support did nothing."),
    ("ja", "privacy", "個人情報が流出していました。"),
    ("es", "legal", "Pondré una reclamación en Consumo y acudiré a los tribunales."),
    ("zh", "exposure", "已经联系了媒体记者。"),
    ("ko", "exposure", "인터넷에 다 올릴 거예요."),
    ("pl", "fraud", "To są oszuści, wzięli pieniądze i nic nie wysłali."),
    ("pl", "safety", "Ładowarka się zapaliła w nocy."),
    ("en", "exposure", "I have already contacted the local TV station about this."),
    ("zh-Hant", "churn", "真的很失望，不會再回購了。"),
    ("zh", "churn", "第一次在这买，也是最后一次。"),
    ("en", "churn", "We will never, ever go back."),
    ("en", "churn", "Next time I will call a local taxi."),
    ("fr", "churn", "Je suis obligé de changer de banque."),
    ("nl", "churn", "Wij stappen over naar een andere bank."),
    ("ru", "legal", "Я подал заявление в полицию."),
]

SILENT = [
    # negated
    ("en", "fraud", "I was sceptical at first, but it is not a scam at all."),
    ("en", "fraud", "No fraud, no hidden fees, everything as described."),
    ("en", "safety", "It has never caught fire in three years."),
    ("zh", "fraud", "不是骗子，东西很好，放心买。"),
    ("zh", "fraud", "用了半年，没有被骗，挺靠谱的。"),
    ("zh", "safety", "充电不发烫，没有起火的情况，很安全。"),
    ("es", "fraud", "No es una estafa, llegó todo perfecto."),
    ("pt", "fraud", "Não é golpe, podem comprar sem medo."),
    ("fr", "fraud", "Ce n'est pas une arnaque, je recommande."),
    ("de", "fraud", "Das ist kein Betrug, alles kam pünktlich an."),
    ("ru", "fraud", "Это не мошенники, всё пришло вовремя."),
    ("ja", "fraud", "詐欺ではありません。ちゃんと届きました。"),
    ("ko", "fraud", "사기가 아니에요. 잘 도착했습니다."),
    ("tr", "fraud", "Dolandırıcı değiller, ürün zamanında geldi."),
    ("th", "fraud", "ร้านนี้ไม่โกง ส่งของเร็วมาก"),
    # hypothetical, feared, asked
    ("en", "safety", "I always unplug it at night in case it catches fire."),
    ("en", "fraud", "Is this a scam?"),
    ("en", "fraud", "I was afraid it might be a scam, yet the parcel came the next day."),
    ("zh", "safety", "如果起火了怎么办，希望加个保护。"),
    ("zh", "fraud", "请问这家是不是骗子？"),
    ("zh", "fraud", "本来还以为是骗子，结果第二天就到货了。"),
    ("es", "fraud", "¿Será una estafa?"),
    ("de", "safety", "Falls der Akku explodiert, steht er zum Glück im Keller."),
    ("fr", "fraud", "Est-ce que c'est une arnaque ?"),
    ("ja", "safety", "もし発火したらと思うと不安です。"),
    # quoted titles, third parties
    ("zh", "fraud", "最近在看《骗子的自白》，店里的书签刚好配套。"),
    ("en", "fraud", 'The album called "Total Fraud" arrived without a scratch.'),
    ("en", "fraud", "I read that many people got scammed elsewhere, but here everything went well."),
    ("zh", "fraud", "听说别家卖假货，这家一直是正品。"),
    ("en", "fraud", "According to some reviews this is a scam. My parcel came in two days."),
    ("es", "fraud", "He leído que es una estafa, pero a mí me llegó todo bien."),
    ("de", "fraud", "Ich habe gelesen, dass es Betrug sein soll, bei mir lief alles glatt."),
    # stories
    ("en", "fraud", "The movie is about a con man and a bank fraud, and I loved the ending."),
    ("en", "safety", "In this novel the hero's house burns down and he is stabbed."),
    ("zh", "fraud", "这部电影讲的是一个诈骗集团的故事，很精彩。"),
    ("zh", "safety", "小说里主角家起火那一段写得很好。"),
    ("es", "fraud", "La película trata de una estafa millonaria y engancha desde el principio."),
    ("fr", "fraud", "Le film raconte une escroquerie célèbre, très bien joué."),
    ("ja", "fraud", "詐欺師が主人公の映画で、とても面白かったです。"),
    ("ko", "fraud", "사기꾼이 주인공인 영화인데 재미있어요."),
    ("de", "fraud", "Der Film handelt von einem Betrüger, spannend bis zum Schluss."),
    # kinds of product and other meanings
    ("en", "safety", "The smoke detector and the fire extinguisher were easy to mount."),
    ("en", "safety", "Bought this fire alarm for the kitchen, works well."),
    ("en", "fraud", "The fake leather of the sofa looks great."),
    ("en", "fraud", "What a steal at this price!"),
    ("zh", "safety", "买了个灭火器和火灾报警器，质量不错。"),
    ("zh", "safety", "这家店生意火爆，味道好吃到爆炸。"),
    ("zh", "fraud", "假睫毛很自然，假期出去玩正好用。"),
    ("zh", "safety", "防火材料做得很厚实。"),
    ("zh", "legal", "广告说得没错，客服告知得很清楚。"),
    ("zh", "churn", "再也不用担心手机没电了。"),
    ("es", "safety", "El detector de humo funciona bien y el extintor llegó lleno."),
    ("de", "safety", "Der Rauchmelder ist leise und der Feuerlöscher handlich."),
    ("fr", "safety", "Le détecteur de fumée se pose en cinq minutes."),
    ("ja", "safety", "火災報知器の取り付けが簡単でした。"),
    ("ru", "safety", "Огнетушитель удобный, пожарная сигнализация работает."),
    # more languages and wordings
    ("zh", "fraud", "老板说“不骗你”，果然很好。"),
    ("zh", "fraud", "虽然包装简陋，但绝对不是假货。"),
    ("zh", "safety", "担心会漏电，暂时还没用。"),
    ("zh", "churn", "朋友说再也不来了，我倒觉得还行。"),
    ("en", "churn", "The character says he will never come back, great scene in the movie."),
    ("en", "fraud", "Without fraud protection I would not bank here, and theirs is great."),
    ("en", "fraud", "My old bank was a scam, this one is great."),
    ("en", "safety", "This game lets you set houses on fire, my son loves it."),
    ("pt", "fraud", "O filme conta a história de um golpe no banco."),
    ("pt", "fraud", "Achei que fosse golpe, mas chegou direitinho."),
    ("es", "fraud", "Pensé que era una estafa pero llegó a tiempo."),
    ("fr", "fraud", "J'avais peur d'une arnaque, mais tout est arrivé."),
    ("fr", "safety", "Aucune trace de brûlure, la poêle est parfaite."),
    ("de", "churn", "Nie wieder ohne diesen Staubsauger!"),
    ("it", "fraud", "Non è una truffa, tutto arrivato in due giorni."),
    ("it", "fraud", "Il film parla di una truffa, molto divertente."),
    ("it", "safety", "Il rilevatore di fumo funziona bene."),
    ("nl", "fraud", "Geen oplichting, alles netjes geleverd."),
    ("nl", "safety", "De rookmelder is eenvoudig op te hangen."),
    ("ru", "fraud", "Фильм о мошенниках, смотрится на одном дыхании."),
    ("ru", "safety", "Если загорится, есть огнетушитель."),
    ("ja", "churn", "もう手放せません。二度と他の製品には戻れません。"),
    ("ko", "safety", "화재 경보기 설치가 쉬웠어요."),
    ("ko", "safety", "폭발하면 어쩌나 걱정했는데 괜찮아요."),
    ("ar", "fraud", "ليس نصب، وصل الطلب في الموعد."),
    ("tr", "fraud", "Film bir dolandırıcıyı anlatıyor, çok güzel."),
    ("pl", "fraud", "To nie oszustwo, paczka przyszła na czas."),
    ("id", "fraud", "Bukan penipu, barang sampai dengan cepat."),
    ("th", "fraud", "หนังเกี่ยวกับคนโกง สนุกมาก"),
    ("vi", "fraud", "Phim kể về một vụ lừa đảo, rất hay."),
    ("en", "discrimination", "The documentary about racist violence was moving."),
    ("zh", "discrimination", "没有歧视，对外地人也很热情。"),
    ("ru", "fraud", "Боялся, что мошенники, но всё пришло."),
    ("zh", "legal", "这本书讲律师如何打官司，写得不错。"),
    ("en", "legal", "The series about a lawyer who sues a big company is great."),
    ("de", "fraud", "Ich dachte erst, das sei Betrug, aber alles kam an."),
    # what was flagged once
    ("ko", "churn", "다시는 다른 제품 못 쓸 것 같아요."),
    ("vi", "fraud", "Shop không lừa đảo, giao hàng nhanh."),
    ("en", "churn", "I will never buy another brand, this one is perfect."),
    ("zh", "churn", "用了这个之后再也不想用别的牌子了。"),
    ("en", "safety", "The hot sauce burned my mouth in the best way."),
    ("ja", "safety", "やけどの心配がなく安心です。"),
    ("vi", "safety", "Sữa rửa mặt dịu nhẹ, không bị dị ứng."),
    ("vi", "safety", "Rửa xong không bị rát da."),
    ("zh", "fraud", "酒店旁边可以钓鱼，孩子很喜欢。"),
    ("zh", "churn", "价格便宜，以后就在这买了。"),
    ("zh", "fraud", "双十一反而更贵，有种被骗的感觉。"),
    ("en", "churn", "You will never go anywhere else once you have eaten here."),
    ("es", "churn", "No puedes dejar de ir a este museo."),
    ("ru", "legal", "Сбербанк подал заявление в суд о признании банкротом."),
    ("en", "legal", "Bed and breakfast, B and C rooms are quiet."),
]


@pytest.mark.parametrize(("language", "category", "text"), REPORTED)
def test_what_is_reported_as_real_fires(language: str, category: str, text: str) -> None:
    assert category in categories(text, language)


@pytest.mark.parametrize(("language", "category", "text"), SILENT)
def test_what_only_sounds_like_a_risk_is_silent(language: str, category: str, text: str) -> None:
    assert category not in categories(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Fast delivery, friendly staff and a fair price. I will be back!"),
        ("zh", "物流很快，客服耐心，下次还会再来买。"),
        ("es", "Muy buena calidad y entrega rápida, repetiré seguro."),
        ("pt", "Produto ótimo, chegou antes do prazo."),
        ("fr", "Très bon accueil, chambre propre, je reviendrai."),
        ("de", "Schöne Farbe, passt genau und war schnell da."),
        ("ru", "Отличное качество, доставили быстро, закажу ещё."),
        ("ja", "とても使いやすく、また購入したいです。"),
        ("ko", "배송도 빠르고 품질도 좋아요. 또 주문할게요."),
        ("ar", "خدمة ممتازة وتوصيل سريع، أنصح به."),
        ("vi", "Giao hàng nhanh, chất lượng tốt, sẽ ủng hộ tiếp."),
        ("th", "ส่งไว สินค้าดี จะกลับมาซื้ออีกแน่นอน"),
        ("id", "Pengiriman cepat, kualitas bagus, pasti beli lagi."),
        ("tr", "Hızlı kargo, kaliteli ürün, yine alırım."),
    ],
)
def test_praise_carries_no_risk(language: str, text: str) -> None:
    assert risks(text, language) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("这家店是诈-骗，别信", "诈-骗"),
        ("这家店是诈 骗，别信", "诈 骗"),
        ("这家店是詐騙，別信", "詐騙"),
        ("这家店是炸骗，别信", "炸骗"),
        ("total s.c.a.m, avoid", "s.c.a.m"),
        ("total sc4m, avoid", "sc4m"),
        ("total ＳＣＡＭ, avoid", "ＳＣＡＭ"),
        ("total SCAAAAM, avoid", "SCAAAAM"),
    ],
)
def test_disguised_words_are_found_where_they_stand(text: str, said: str) -> None:
    found = [risk for risk in risks(text, "zh" if "店" in text else "en") if risk.category == "fraud"]
    assert len(found) == 1
    assert said in found[0].text
    assert found[0].text in text


def test_a_negation_reaches_no_further_than_a_contrast_or_its_clause() -> None:
    assert "fraud" in categories("This is not a shop but a scam.", "en")
    assert "fraud" in categories("I am not happy. It is a scam.", "en")
    assert "fraud" in categories("不是质量问题，这就是骗子", "zh")


def test_a_threat_to_sue_counts_under_a_condition_and_a_fire_does_not() -> None:
    assert "legal" in categories("If I get no refund by Friday I will sue you.", "en")
    assert "safety" not in categories("If it catches fire I will tell you.", "en")


def test_one_category_is_flagged_once_at_one_place_by_its_gravest_rule() -> None:
    found = risks("They charged me twice and it is a total scam, I will never buy from you again.", "en")
    for one in found:
        for other in found:
            apart = one.end <= other.start or other.end <= one.start
            assert one is other or apart or one.category != other.category
    assert [(risk.start, risk.end) for risk in found] == sorted((risk.start, risk.end) for risk in found)
    assert {"fraud", "churn"} <= {risk.category for risk in found}


def test_a_word_of_another_language_fires_only_where_it_cannot_mean_something_else(tmp_path: Path) -> None:
    path = tmp_path / "poison.yaml"
    path.write_text(POISON, encoding="utf-8")
    tagger = load(path)
    assert risks("What a lovely gift", "en", tagger) == []
    for language in ("de", "und", "lb"):
        assert [risk.rule for risk in risks("Da ist Gift drin", language, tagger)] == ["safety.de.001"]
    for text in ("Da ist ganz viel Gift", "这里有毒"):  # long enough, or in another script
        assert len(risks(text, "en", tagger)) == 1


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                *(text for _, _, text in REPORTED + SILENT),
                " ",
                ". ",
                "！",
                "\n",
                "«",
                "\u200b",
                "İ",
                "ﬁ",
                "e\u0301",
            ]
        ),
        max_size=4,
    ).map("".join),
    st.sampled_from(["und", "en", "zh", "zh-Hant", "ja", "de", "vi", "ar", "xx"]),
)
def test_every_risk_stands_where_it_says(text: str, language: str) -> None:
    for risk in risks(text, language):
        assert 0 <= risk.start < risk.end <= len(text)
        assert risk.text == text[risk.start : risk.end]
        assert risk.rule.startswith(f"{risk.category}.")


RULES = """
version: mine@2
languages: {en: {}}
checks: {late: [negation]}
rules:
  late:
    en:
      medium: [001 three weeks late, "002 (no|not) here ... yet"]
cues:
  en:
    negation: [not]
"""


def test_own_rules_replace_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RULES, encoding="utf-8")
    tagger = load(path)
    assert tagger.version == "mine@2"
    assert risks("It came three weeks late.", "en", tagger) == [
        Risk("late", "medium", "late.en.001", 8, 24, "three weeks late")
    ]
    assert risks("It was not three weeks late, it is a scam.", "en", tagger) == []


@pytest.mark.parametrize("pattern", ["(scam", "never ...", "a | b", "(a|)"])
def test_a_pattern_that_is_none_is_named_with_its_file(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RULES.replace("three weeks late", pattern), encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"mine\.yaml") as caught:
        load(path)
    assert repr(pattern) in str(caught.value)
