"""Random commands of awk, sed and bash, and pipes of small tools."""
import dataclasses
import random
import shlex
from typing import Callable, List

WORDS = ["rm", "ab", "xyz", "foo", "bar", "a", "hello", "-rf", "b1", "x2y", "A", "Bc", "one", "12", "7", "0", "-3", "3.5"]


@dataclasses.dataclass
class Kind:
    name: str
    texts: Callable[[int, int], List[str]]  # of a count and a seed
    program: List[str]                      # what runs such a text
    language: List[str]                     # what the probe is told of it
    asked: List[str] = dataclasses.field(default_factory=list)
    sign: bytes = b""                       # what `asked` prints where the grammar fits


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pick = self.random.choice

    def word(self):
        return self.pick(WORDS)

    def line(self):
        return self.pick([" ", " ", ":", ",", "/", "-"]).join(self.word() for _ in range(self.random.randint(1, 5)))

    def input(self):
        return "printf '%s\\n' " + " ".join(shlex.quote(self.line()) for _ in range(self.random.randint(1, 4)))

    def number(self, low, high):
        return str(self.random.randint(low, high))


class Awk(Maker):
    PATTERNS = ["/a/", "/^r/", "/o+/", "/[0-9]+/", "/x|b/", "/.$/", "/[a-c]/", "/^[^ ]*/", "/(fo|ba)/", "/[[:digit:]]/", "/a.c/", "/\\./", "/ /"]

    def literal(self):
        return '"' + self.pick(WORDS + [" ", ":", ".*", "a b", "\\t", "\\n", "%d", ";", "}", "|", ">"]) + '"'

    def value(self, depth):
        if depth <= 0 or self.random.random() < 0.3:
            return self.pick(["1", "2", "3", "NF", "NR", "length", "i", "n", "$1", "0", "10", "2.5"])
        part = lambda: self.value(depth - 1)
        return self.pick([
            lambda: f"{part()}+{part()}", lambda: f"({part()}-{part()})", lambda: f"{part()}*{part()}", lambda: f"length({self.text(depth - 1)})",
            lambda: f"index({self.text(depth - 1)},{self.text(0)})", lambda: f"int({part()}/2)", lambda: f"({part()}%3)", lambda: f"(i++ + {part()})",
            lambda: f"({self.condition(depth - 1)}?{part()}:{part()})", lambda: f"-{self.value(0)}", lambda: f"2^{self.number(0, 5)}",
        ])()

    def text(self, depth):
        if depth <= 0:
            return self.pick([self.literal(), "$1", "$NF", "$0", "s", "$2", self.literal()])
        part = lambda: self.text(depth - 1)
        form = self.pick(["%s", "%5s|", "%-4s|", "%d", "%03d", "%x", "%.2f", "%s-%s", "%5.1f", "%%", "%o"])
        return self.pick([
            lambda: f"{part()} {part()}", lambda: f"substr({part()},{self.value(depth - 1)})", lambda: f"substr ({part()},{self.value(0)},{self.value(0)})",
            lambda: f"toupper({part()})", lambda: f"tolower({part()})", lambda: f'sprintf("{form}",{part()},{self.value(depth - 1)})',
            lambda: f"({self.condition(depth - 1)}?{part()}:{part()})", lambda: f'{self.value(depth - 1)} ""', lambda: f"a[{self.number(1, 3)}]",
        ])()

    def condition(self, depth):
        return self.pick([
            lambda: f"{self.value(0)}>{self.value(0)}", lambda: f"{self.text(0)}=={self.text(0)}", lambda: f"{self.text(0)}~{self.pick(self.PATTERNS)}",
            lambda: self.pick(self.PATTERNS), lambda: f"!{self.pick(self.PATTERNS)}", lambda: f"NR=={self.number(1, 3)}", lambda: f"{self.text(0)}<{self.text(0)}",
            lambda: f"NR>{self.number(0, 2)}&&$1~{self.pick(self.PATTERNS)}", lambda: f'NF>1||s!=""', lambda: self.value(0),
        ])()

    def statement(self, depth):
        separator = self.pick(['" "', '":"', '""', "/[,:]/", '"/"'])
        inner = lambda: self.statement(depth - 1) if depth > 0 else "print"
        return self.pick([
            lambda: f"print {self.text(depth)}", lambda: f"print {self.value(depth)}", lambda: f"print {self.text(0)},{self.value(0)}", lambda: f"s=s {self.text(0)}",
            lambda: f"n+={self.value(0)}", lambda: f"$1={self.text(0)};print", lambda: f"gsub({self.pick(self.PATTERNS)},{self.literal()});print",
            lambda: f'sub({self.pick(self.PATTERNS)},"[&]");print', lambda: 'for(j=NF;j;j--)printf "%s ",$j;print ""',
            lambda: f"m=split($0,a,{separator});print m,a[1],a[m]", lambda: f"if({self.condition(depth)}){{{inner()}}}else{{print \"no\"}}",
            lambda: f"if(match($0,{self.pick(self.PATTERNS)}))print RSTART,RLENGTH", lambda: f'i=0;while(i<{self.number(1, 3)}){{printf "%d",i;i++}};print ""',
            lambda: "n=length;print n", lambda: f"$(NF+1)={self.literal()};print NF,$0", lambda: f"NF={self.number(1, 3)};print",
            lambda: 'do{k++;printf k}while(k<3);print ""', lambda: "delete a[1];print length(a)", lambda: "for(q in a)c++;print c+0",
        ])()

    def command(self):
        options = self.pick(["", "", "", "-F: ", "-F, ", "-F'[:,]' ", "-v s=ab ", "-v n=3 ", "-F/ ", "-v OFS=- "])
        rules = ["BEGIN{" + self.statement(1) + "}"] if self.random.random() < 0.2 else []
        body = ";".join(self.statement(self.random.randint(0, 2)) for _ in range(self.random.randint(1, 2)))
        rules.append(self.pick(["", "", self.condition(1) + " ", "NR==1,NR==2 "]) + "{" + body + "}")
        rules += ["END{" + self.statement(1) + "}"] if self.random.random() < 0.3 else []
        return f"{self.input()} | awk {options}'{' '.join(rules)}'"


class Sed(Maker):
    def command(self):
        patterns = ["", "a", "r", "o\\+", "[0-9]", "^.", ".$", "b*", "x", "[a-c]*", "\\(a\\)\\(b\\)*", "l\\{2\\}", "\\.", "[^a]", "foo\\|bar", " ", "e.*"]
        addresses = ["", "", "", "1", "2", "$", "//", "/a/", "/^r/", "/1/", "1,2", "2,$", "/a/,/x/", "1!", "$!", "0~2", "2,+1"]
        into = ["X", "[&]", "", "\\1", "\\U&", "\\u&", "\\n", "a\\/b", "&&"]
        lines = [
            lambda: f"s/{self.pick(patterns)}/{self.pick(into)}/{self.pick(['', 'g', '2', 'I', 'gI', 'p'])}", lambda: "y/abc/xyz/", lambda: "s,/,|,g",
            lambda: "a\\\nnew", lambda: "i new", lambda: "c changed", lambda: self.pick(list("pdGhHxNnP=qg")),
        ]
        orders = [self.pick(addresses) + self.pick(lines)() for _ in range(self.random.randint(1, 3))]
        option = self.pick(["", "", "-n ", "-E "])
        script = "\n".join(orders)
        for mark in "(){}+|" if option == "-E " else "":
            script = script.replace("\\" + mark, mark)
        return f"{self.input()} | sed {option}{shlex.quote(script)}"


class Bash(Maker):
    EXPANSIONS = ["${#v}", "${v^}", "${v^^}", "${v,}", "${v,,}", "${v^^[a-c]}", "${v:-def}", "${v-def}", "${v:+alt}", "${v+alt}", "${u:-def}", "${u-d}",
                  "${u:+x}y", "${v@Q}", "${v@U}", "${!n}", "${a[1]}", "${a[@]}", "${#a[@]}", "${a[-1]}", "${a[@]:1}", "${a[@]:0:2}", "${a[@]/a/X}",
                  "${a[@]#?}", "$((${#v}*2+1))", "$((0x1f+010+2#101))", "$(( (3>2)?4:5 ))", "$((x++ + ++x))", "$((~5&0xff|1<<3^2))", "${m[k]}", "${#m[@]}",
                  "$'\\x41\\t\\101'", "{a,b{1,2}}c", "{1..5..2}", "{c..a}", "{01..03}", "x{,y}z", '"${a[*]}"', "$(echo $v)", "$v"]

    def expansion(self):
        pattern = self.pick(["a", "*", "?", "r*", "*b", "[a-c]", "*:", "o", "*o*", "-", "[!a]", "?b", "[0-9]*"])
        cut = f"{self.number(0, 3)}:{self.number(-2, 3)}"
        operator = self.pick(["#", "##", "%", "%%"])
        change = self.pick(["/", "//", "/#", "/%"])
        return self.pick([self.pick(self.EXPANSIONS)] * 3 + ["${v" + operator + pattern + "}", "${v" + change + pattern + "/" + self.pick(["X", "", "-"]) + "}",
                                                             "${v:" + cut + "}", "${v: " + self.number(-3, -1) + "}"])

    def with_variables(self):
        value = self.pick([self.line(), "aXbXc", "Hello World", "", self.word() * 2])
        array = " ".join(shlex.quote(one) for one in (self.word(), self.line(), self.word()))
        expansion = self.expansion()
        plain = '"' not in expansion and "$'" not in expansion and expansion[0] == "$"
        body = f'"{expansion}"' if plain and self.random.random() < 0.5 else expansion
        use = self.pick([f"echo {body}", f'printf "<%s>" {body}; echo', f'for i in {body}; do echo "($i)"; done'])
        return f"v={shlex.quote(value)}; n=v; a=({array}); declare -A m=([k]=z [j]=y); {use}"

    def with_flow(self):
        word, other, line = self.word(), self.word(), shlex.quote(self.line())
        pattern = self.pick(["a*", "*o*", "[0-9]*", "rm", "?"])
        return self.pick([
            f"for i in {{{self.number(1, 3)}..{self.number(3, 5)}}}; do printf '%s,' $((i*3)); done; echo",
            f"for ((i=0;i<{self.number(2, 5)};i++)); do echo -n $i; done; echo", f"i={self.number(1, 4)}; until (( i == 0 )); do echo -n \"$i \"; ((i--)); done; echo",
            f"for w in {word} {other}; do case $w in {pattern}) echo 1$w;; x*|f*) echo 2$w;; *) echo 3$w;; esac; done",
            f"{self.input()} | while IFS=: read -r x y; do echo \"$y<$x\"; done", f"f() {{ local x=$1; shift; echo $# $x \"$@\"; }}; f {word} {other} 1",
            f"set -- {line} {word}; echo $#; echo \"${{@: -1}}\"", f"IFS=: read -ra p <<< {line}; echo \"${{p[0]}}|${{#p[@]}}\"",
            f"mapfile -t L < <({self.input()}); echo \"${{L[-1]}} ${{#L[@]}}\"", f"x={word}; [[ $x == {pattern} ]] && echo y || echo n",
            f"x={word}; [ \"$x\" = {other} ] && echo y || echo n", f"printf -v z '%s-%s' {word} {other}; echo $z",
            f"a=({word}); a+=({other} q); unset 'a[1]'; echo \"${{a[@]}}\" ${{#a[@]}}", "x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x",
            f"x=a; x+={word}; declare -i k=4; k+=3; echo $x $k", f"x={word}; y=x; declare -n r=x; r=new; echo $x $r ${{!y}}",
            f"cat <<E\n{self.line()} $((1+2)) $(echo {word})\nE", f"echo {word} > t1; echo {other} >> t1; cat t1", "false || echo A; true && echo B; ! true || echo C",
            f"exec 3<<< {line}; cat <&3", f"x={word}; eval \"echo \\$x\"", f"let 'x=3*4' 'y=x-2'; echo $x $y", f"echo -e 'a\\tb\\c zz'; echo {word}",
        ])

    def command(self):
        return self.with_variables() if self.random.random() < 0.6 else self.with_flow()


class Pipes(Maker):
    TOOLS = ["tr a-c x-z", "tr -d aeo", "tr -s ab", "tr '[:lower:]' '[:upper:]'", "tr ' ' '\\n'", "tr -c a-z _", "rev", "tac", "sort", "sort -r", "sort -n", "sort -u",
             "sort -k2", "sort -t: -k2,2", "uniq", "uniq -c", "uniq -d", "cut -c1-3", "cut -c2-", "cut -d: -f2", "cut -d' ' -f1,3", "cut -d, -s -f1", "head -n1",
             "head -n -1", "head -c4", "tail -n1", "tail -n +2", "tail -c3", "nl", "fold -w3", "paste -sd,", "paste - -", "wc -l", "wc -w", "grep a", "grep -v a",
             "grep -c a", "grep -n o", "grep -o '[a-z]'", "grep -i B", "grep -E 'a|x'", "grep -w a", "grep -oE '[0-9]+'", "grep -x a", "grep -F .", "base64", "base32",
             "od -An -tx1", "xargs", "xargs -n2 echo", "xargs -I{} echo '<{}>'", "cat -n", "cat -s", "expr length abc", "expr substr hello 2 3", "dd bs=1 skip=1 status=none",
             "printf '%05d|%-4s|%x|%c|%b' 42 ab 255 xyz 'x\\ty'", "printf '%d %s\\n' 1 a 2 b", "seq -s- 3", "perl -pe 's/a/b/g'", "perl -ne 'print if /a/'"]

    def command(self):
        stages = [self.pick(self.TOOLS)] + [self.pick(["rev", "sort", "cut -c2-", "head -n1", "tr -d a", "sed s/a/b/"]) for _ in range(self.random.randint(0, 2))]
        return " | ".join([self.input(), *stages])


def texts(maker):
    def made(count, seed):
        one = maker(seed)
        return [one.command() for _ in range(count)]

    return made


KINDS = [
    Kind("awk", texts(Awk), ["bash", "-c"], []),
    Kind("sed", texts(Sed), ["bash", "-c"], [], ["bash", "-c", "sed --version | head -c 3"], b"sed"),
    Kind("bash", texts(Bash), ["bash", "-c"], [], ["bash", "-c", "echo $((BASH_VERSINFO[0] >= 5))"], b"1"),
    Kind("pipes", texts(Pipes), ["bash", "-c"], [], ["bash", "-c", "sort --version | grep -c coreutils"], b"1"),
]
