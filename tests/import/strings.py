"""Texts to try a tokenizer with: words, code, blanks, scripts, and what is rare. The same every time."""
import random
import unicodedata

WORDS = ("find the ten biggest files here and show sizes list folders that were changed today newest first which process holds port "
         "it's we've they'll I'd DON'T 'tis größe naïve café über señor straße файл документы найди Ελλάδα αρχεία 文件 目录 显示 大きな "
         "ファイル 파일 목록 مرحبا ملف שלום हिन्दी ไทย 🙂 👍🏽 👩‍💻 🇩🇪").split()
CODE = ["tar -czf b.tgz --exclude='*.log' \"$HOME/x\" && echo ok >> ~/l || exit 1", "awk -F: '{print $1, $3*1024}' /etc/passwd",
        "for f in *.py; do wc -l \"$f\"; done", "git log --oneline -n 5 | sed -E 's/^([0-9a-f]+)/[\\1]/'", "x = {\"a\": [1, 2.5e-3], 'b': None}",
        "if (a<=b && c!=d) { return a->b[i++]; }  // done", "https://example.org/a/b?c=d&e=%20f#g", "<div class=\"x\">&amp;</div>", "2>&1 >/dev/null"]
BLANKS = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n ", "\t\t ", "    ", "\u00a0", "\u3000", "\u200b"]
MARKS = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "’", "“", "”", "—", "…", "€", "°", "²", "½", "①", "Ⅷ", "٣", "१"]
SPECIALS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]


def text(dice):
    parts = []
    for _ in range(dice.randrange(1, 12)):
        roll = dice.random()
        if roll < 0.40:
            parts.append(dice.choice(WORDS) + (" " if dice.random() < 0.7 else ""))
        elif roll < 0.50:
            parts.append(str(dice.randrange(10 ** dice.randrange(1, 12))))
        elif roll < 0.60:
            parts.append(dice.choice(CODE))
        elif roll < 0.75:
            parts.append(dice.choice(BLANKS))
        elif roll < 0.88:
            parts.append(dice.choice(MARKS) * dice.choice((1, 1, 1, 2, 5)))
        elif roll < 0.97:
            block = dice.choice(((0x20, 0x7F), (0xA1, 0x250), (0x370, 0x530), (0x900, 0x980), (0x3041, 0x30FF), (0x4E00, 0x9FA5), (0x1F300, 0x1F650)))
            parts.append("".join(chr(dice.randrange(*block)) for _ in range(dice.randrange(1, 6))))
        else:
            parts.append(dice.choice(SPECIALS))
    return unicodedata.normalize("NFC", "".join(parts))


def texts(count, seed=1):
    dice = random.Random(seed)
    return [text(dice) for _ in range(count)]
