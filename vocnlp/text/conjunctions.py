"""Words that turn a comment round: what follows them is a clause of its own.

All are lower case. A word that means something else in another language counts only where the text shows
that it is written in the language meant.
"""

from __future__ import annotations

__all__ = ["AFTER", "AMBIGUOUS", "BEFORE_CHARACTERS", "BEFORE_WORDS", "NO_TURN"]

BEFORE_WORDS: tuple[str, ...] = (
    # English, German, Dutch
    *("but", "however", "although", "even though", "though", "whereas", "nevertheless", "on the other hand"),
    *("aber", "jedoch", "allerdings", "sondern", "trotzdem", "dennoch", "obwohl", "maar", "echter", "hoewel"),
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    *("mais", "cependant", "toutefois", "néanmoins", "par contre", "en revanche", "bien que"),
    *("pero", "sin embargo", "no obstante", "aunque", "però", "encara que"),
    *("mas", "porém", "porem", "contudo", "todavia", "entretanto", "no entanto", "só que"),
    *("ma", "però", "tuttavia", "anche se", "invece", "dar", "însă"),
    # Slavic, Greek
    *("но", "однако", "зато", "хотя", "але", "проте", "однак", "обаче", "ali", "međutim"),
    *("ale", "jednak", "lecz", "natomiast", "avšak", "však", "αλλά", "όμως", "ωστόσο"),
    # Nordic, Finnish, Hungarian, Turkish
    *("men", "däremot", "mutta", "kuitenkin", "viszont", "azonban"),
    *("ama", "fakat", "ancak", "lakin", "yalnız"),
    # Vietnamese, Indonesian and Malay, Filipino, Swahili
    *("nhưng", "nhưng mà", "tuy nhiên", "thế nhưng", "nhung", "tapi", "tetapi", "namun", "hanya saja"),
    *("sayangnya", "meskipun", "walaupun", "ngunit", "subalit", "kaso", "lakini"),
    # Arabic, Persian and Urdu, Hebrew
    *(r"و?لكن\w{0,3}", "إلا أن", "غير أن", "بالرغم", "ولی", "اما", "لیکن", "مگر", "אבל", "אך", "אולם"),
    # Hindi (also in Latin letters), Bengali, Tamil, Telugu, Marathi
    *("लेकिन", "मगर", "परंतु", "परन्तु", "किन्तु", "lekin", "magar", "কিন্তু", "তবে", "ஆனால்", "కానీ", "पण"),
    # Korean
    *("하지만", "그러나", "그런데", "근데", "다만", "그치만", "반면"),
)
"""Regular expressions of whole words behind a space."""

BEFORE_CHARACTERS: tuple[str, ...] = (
    # Chinese: not 不但 and 非但 (not only), 但凡, 但愿; not 再好不过, 只不过; not 不可是, 不只是
    *("但(?<![不非]但)(?![凡愿願])", "不[过過](?<![好只]不.)(?!是|[分份度期敏滤濾夜])", "可是(?<!不可是)"),
    *("然而", "只是(?<!不只是)", "就是(?=有点|有點|太)", "反而", "却是", "虽然", "雖然", "除了"),
    # Japanese, Thai (not แต่ง to decorate, แต่ละ each, ตั้งแต่ since)
    *("しかし", "ところが", "ただし", "เพียงแต่", "อย่างไรก็ตาม"),
    "แต่(?<!ตั้งแต่)(?<!เพียงแต่)(?!ง(?!าน)|ละ|แรก|ต้น|ก่อน)",
)
"""Regular expressions that need no space before them; each begins with a letter."""

AFTER: tuple[str, ...] = (
    # Japanese: but, although, at the end of their clause (not やけど, a burn)
    *(
        "けれども(?![、。])",
        "けど(?![、。も])(?!(?<=やけど)[のをしすに防])",
        "が(?<=ですが|ますが|したが|せんが)(?=[^\\W\\d])",
        "のに(?<=[なた]のに)(?![、。])",
    ),
    # Korean: but (not the word 하지만 itself), whereas; and ends of sentences that go without a full stop
    *("지만(?<![\\s]하지만)(?<!^하지만)(?=\\s)", "데(?<![\\s운군런근]데)(?=\\s)"),
    *("니다(?=\\s)", "요(?<=[어아네데해에예세군든지]요)(?=\\s)", "음(?<=[았었했있없]음)(?=\\s)", "죠(?=\\s)"),
)
"""Regular expressions after which a clause begins; each begins with a letter."""

NO_TURN = r"(?:\b(?:nothing|anything|everything|none|all|as)|\bno solo|\bnão só|\bnicht nur)\s$"
"""What stands before a word of `BEFORE_WORDS` that does not turn the comment round."""

AMBIGUOUS: dict[str, str] = {
    "mais": r"\b(?:les?|est|tr[èe]s|pas|je|et|des|du|suis|c['’]est|livraison|produit)\b",
    "mas": r"[ãõ]|\b(?:nao|muito|foi|com|uma|é|produto|veio|chegou|ainda)\b",
    "ma": r"\b(?:è|che|di|della|ho|molto|sono|gli|prodotto|ottim[oa]|con)\b",
    "ama": r"[ışğ]|\b(?:çok|bir|ve|ürün|güzel|kargo|iyi|degil|urun|guzel|cok)\b",
    "men": r"[åäöæø]|\b(?:och|og|är|er|inte|ikke|det|jeg|jag|bra)\b",
    "dar": r"[ășțşţ]|\b(?:sunt|nu|foarte|produsul|pentru|bun[ăa]?)\b",
    "ale": r"[łąężźćśńěřůčšž]|\b(?:jest|nie|bardzo|velmi|jsem|dobre|ok)\b",
    "ali": r"[čćšžđ]|\b(?:je|nije|dobar|nisam)\b",
    "invece": r"\b(?:è|che|di|la|il|non)\b",
    "kaso": r"\b(?:ang|ng|sa|po|lang|ganda)\b",
    "magar": r"\b(?:hai|nahi|bahut|acha|accha|ka|ki)\b",
}
"""Words that count only where this regular expression is found in the text."""
