"""Random expressions of Python, Perl and JavaScript that make texts."""
import base64
import codecs
import random

from evaluator_tools import Kind

WORDS = ["rm", "ab", "xyz", "foo", "-rf", "hello", "A", "b1", "home", "a,b,c", "x y", "12"]


class Maker:
    """Makes expressions: `part` is a smaller one, `text` a text in quotes, `number` a number as text."""

    def __init__(self, seed, forms):
        self.random = random.Random(seed)
        self.forms = forms

    def text(self, *words):
        return self.random.choice(['"%s"', "'%s'"]) % self.random.choice(words or WORDS)

    def word(self):
        return self.random.choice(WORDS)

    def number(self, low, high):
        return str(self.random.randint(low, high))

    def expression(self, depth):
        if depth <= 0:
            return self.text()
        return self.random.choice(self.forms)(self, lambda: self.expression(depth - 1))


def encoded(maker, how):
    word = maker.word().encode()
    return {"hex": word.hex(), "base64": base64.b64encode(word).decode(), "rot13": codecs.encode(word.decode(), "rot13")}[how]


PYTHON = [
    lambda m, part: f"{part()}+{part()}",
    lambda m, part: f"{m.text()}[::-1]",
    lambda m, part: f"{m.text('hello')}[{m.number(-4, 3)}:{m.random.choice(['', m.number(1, 5)])}]",
    lambda m, part: f"{m.text('hello')}[{m.number(-5, 4)}]",
    lambda m, part: f"{m.text('abcdef')}[::{m.random.choice([2, 3, -1, -2])}]",
    lambda m, part: f"({part()}).{m.random.choice(['upper', 'lower', 'title', 'capitalize', 'swapcase', 'strip'])}()",
    lambda m, part: f"({part()}).replace({m.text('a', 'b', 'r')},{m.text()})",
    lambda m, part: f"{m.text('', ' ', '-', '/')}.join([{part()},{part()}])",
    lambda m, part: f"{m.text('a b c')}.split()[{m.number(-2, 2)}]",
    lambda m, part: f"{m.text('a,b,c')}.split({m.text(',')})[{m.number(0, 2)}]",
    lambda m, part: f"chr({m.number(97, 122)})",
    lambda m, part: f'"".join(chr(c) for c in [114,109,{m.number(97, 120)}])',
    lambda m, part: f'"".join(map(chr,[{m.number(97, 120)},109]))',
    lambda m, part: f'"".join(reversed({m.text("abc")}))',
    lambda m, part: f"{m.text()}*{m.number(0, 3)}",
    lambda m, part: f"str({m.number(0, 20)}+{m.number(0, 20)}*2)",
    lambda m, part: f"({m.text('%s-%s')}%({part()},{part()}))",
    lambda m, part: f"{m.text('{}/{}', '{1}{0}')}.format({part()},{part()})",
    lambda m, part: f"bytes([114,{m.number(97, 120)}]).decode()",
    lambda m, part: f'bytes.fromhex("{encoded(m, "hex")}").decode()',
    lambda m, part: f'__import__("base64").b64decode("{encoded(m, "base64")}").decode()',
    lambda m, part: f'__import__("codecs").decode("{encoded(m, "rot13")}","rot13")',
    lambda m, part: f'{m.text("xxabxx")}.strip("x")',
    lambda m, part: f'{m.text("7")}.zfill(3)',
    lambda m, part: f'"".join(sorted({m.text("hello")}))',
    lambda m, part: f"({part()} if {m.random.choice(['1', '0', 'True', 'False', '1>2'])} else {part()})",
    lambda m, part: f'"".join([c for c in {m.text("r1m2")} if c.isalpha()])',
    lambda m, part: f'"".join(c+"." for c in {m.text("abc")})',
    lambda m, part: f'{{"k":{part()}}}["k"]',
    lambda m, part: f"[{part()},{part()}][{m.number(0, 1)}]",
    lambda m, part: f'{m.text("abc")}.translate(str.maketrans("abc","xyz"))',
    lambda m, part: f"(lambda s:s+\"!\")({part()})",
    lambda m, part: f'"".join(chr(ord(c)+1) for c in {m.text("ql")})',
    lambda m, part: f'"".join(chr(c^{m.number(1, 3)}) for c in [113,110])',
]

PERL = [
    lambda m, part: f"{part()}.{part()}",
    lambda m, part: f"scalar reverse({m.text()})",
    lambda m, part: f"{m.random.choice(['uc', 'lc', 'ucfirst', 'lcfirst', 'length'])}({part()})",
    lambda m, part: f'join("{m.random.choice(["", "-", " "])}",{part()},{part()})',
    lambda m, part: f"substr({m.text('hello')},{m.number(-3, 3)})",
    lambda m, part: f"substr({m.text('hello')},{m.number(0, 3)},{m.number(1, 3)})",
    lambda m, part: f"chr({m.number(97, 122)})",
    lambda m, part: f'pack("C*",114,{m.number(97, 120)})',
    lambda m, part: f'pack("H*","{encoded(m, "hex")}")',
    lambda m, part: f"{m.text()}x{m.number(1, 3)}",
    lambda m, part: f'sprintf("%s-%s",{part()},{part()})',
    lambda m, part: 'sprintf("%c%c",114,109)',
    lambda m, part: 'join("",map{chr}(114,109))',
    lambda m, part: 'join("",map{chr($_+1)}(113,108))',
    lambda m, part: f"(split(/,/,{m.text('a,b,c')}))[{m.number(0, 2)}]",
    lambda m, part: f"({m.number(1, 9)}+{m.number(1, 9)})",
    lambda m, part: f'join("",reverse(split(//,{m.text("mr")})))',
    lambda m, part: '"\\x72\\x6d"',
    lambda m, part: f"({m.number(0, 1)}?{part()}:{part()})",
    lambda m, part: f'join("",sort(split(//,{m.text("cab")})))',
    lambda m, part: f"do{{(my $t={m.text('rxm')})=~s/x//;$t}}",
    lambda m, part: f"do{{(my $t={m.text('sn')})=~tr/a-y/b-z/;$t}}",
    lambda m, part: f'("a","b","c")[{m.number(0, 2)}]',
    lambda m, part: f"qw(a b c)[{m.number(0, 2)}]",
    lambda m, part: "q(x y)",
    lambda m, part: f'index({m.text("hello")},"l")',
]

NODE = [
    lambda m, part: f"{part()}+{part()}",
    lambda m, part: f"{m.text('hello')}.slice({m.number(-3, 3)})",
    lambda m, part: f"{m.text('hello')}.slice({m.number(0, 2)},{m.number(-2, 4)})",
    lambda m, part: f"{m.text('hello')}.substring({m.number(0, 4)},{m.number(0, 4)})",
    lambda m, part: f"({part()}).{m.random.choice(['toUpperCase', 'toLowerCase', 'trim'])}()",
    lambda m, part: f'[...{m.text("abc")}].reverse().join("")',
    lambda m, part: f'{m.text()}.split("").reverse().join("")',
    lambda m, part: f"{m.text('a,b,c')}.split(\",\")[{m.number(0, 2)}]",
    lambda m, part: f"String.fromCharCode({m.number(97, 120)},109)",
    lambda m, part: f'Buffer.from("{encoded(m, "hex")}","hex").toString()',
    lambda m, part: f'Buffer.from("{encoded(m, "base64")}","base64").toString()',
    lambda m, part: f'atob("{encoded(m, "base64")}")',
    lambda m, part: f"({part()}).{m.random.choice(['replace', 'replaceAll'])}({m.text('a')},{m.text('z')})",
    lambda m, part: f"[{part()},{part()}].join({m.text('', '-', ' ')})",
    lambda m, part: f"{m.text('ab')}.repeat({m.number(0, 3)})",
    lambda m, part: f"{m.text('ab')}.{m.random.choice(['padStart', 'padEnd'])}(4,\"-\")",
    lambda m, part: f"{m.text('abc')}[{m.number(0, 2)}]",
    lambda m, part: f"({m.number(0, 1)}?{part()}:{part()})",
    lambda m, part: '[113,108].map(c=>String.fromCharCode(c+1)).join("")',
    lambda m, part: f"{m.text('hello')}.concat({part()})",
    lambda m, part: f"[{part()},{part()}][{m.number(0, 1)}]",
    lambda m, part: f'({m.number(1, 9)}+{m.number(1, 9)})+""',
    lambda m, part: f"{m.number(1, 9)}+{part()}",
    lambda m, part: "(255).toString(16)",
    lambda m, part: f'{m.text("cab")}.split("").sort().join("")',
    lambda m, part: f'(s=>s+"!")({part()})',
]


def programs(forms, form):
    def made(count, seed):
        maker = Maker(seed, forms)
        return [form % maker.expression(maker.random.randint(1, 3)) for _ in range(count)]

    return made


KINDS = [
    Kind("python", programs(PYTHON, "print(%s)"), ["python3", "-c"], ["python"]),
    Kind("perl", programs(PERL, "print(%s)"), ["perl", "-e"], ["perl"]),
    Kind("node", programs(NODE, "console.log(%s)"), ["node", "-e"], ["node"]),
]
