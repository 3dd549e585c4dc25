// Dangerous commands in disguise, and harmless ones that look dangerous. Nothing here is ever run.
#include <gtest/gtest.h>

#include <string>

#include "safety/analyzer.hpp"

namespace caro::safety {
namespace {

Scene scene() {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return scene;
}

void expect_risk(const std::string& command, Risk least) {
    const Report report = analyze(command, scene());
    EXPECT_GE(report.risk, least) << command << " is " << to_string(report.risk) << ": " << report.reason;
    EXPECT_FALSE(report.read_only) << command;
}

class Critical : public ::testing::TestWithParam<const char*> {};
TEST_P(Critical, IsSeen) { expect_risk(GetParam(), Risk::critical); }

class High : public ::testing::TestWithParam<const char*> {};
TEST_P(High, IsSeen) { expect_risk(GetParam(), Risk::high); }

class Harmless : public ::testing::TestWithParam<const char*> {};
TEST_P(Harmless, IsSafe) {
    const Report report = analyze(GetParam(), scene());
    EXPECT_EQ(report.risk, Risk::safe) << GetParam() << ": " << report.reason;
}

// The reading itself: what grammars of shells often get wrong.
INSTANTIATE_TEST_SUITE_P(
    Reading, Critical,
    ::testing::Values("{rm,-rf,/}", "r\\\nm -rf /", "time { rm -rf /; }", "time -p rm -rf /", "coproc rm -rf /",
                      "coproc X { rm -rf /; }", "[[ $(rm -rf /) =~ a(b|c) ]]", "case x in (x|y) rm -rf / ;; esac",
                      "case x in x) ;& *) rm -rf / ;; esac", "((1)); rm -rf /", "function f { rm -rf /; }; f",
                      "function f() { rm -rf /; }; f", "select x in a; do rm -rf /; done", "! rm -rf /",
                      "> f rm -rf /", "rm > f -rf /", "rm 2>&1 -rf /", "cat 5<>f; rm -rf /", "{fd}>f rm -rf /",
                      "cat <<E\nx\nE\nrm -rf /", "cat <<A <<-B; rm -rf /\nx\nA\n\ty\n\tB", "ls #\\\nrm -rf /",
                      "if true; then rm -rf /; fi", "until false; do rm -rf /; done", "for ((;;)); do rm -rf /; done",
                      "for x in 1; { rm -rf /; }", "(cd /; (rm -rf *))", "echo $(rm -rf /)", "echo \"`rm -rf /`\"",
                      "echo $((1 + $(rm -rf /)))", "echo ${x:-$(rm -rf /)}", "cat <<E\n$(rm -rf /)\nE",
                      "a=([0]=x $(rm -rf /))", "x[$(rm -rf /)]=1", "ls &&\nrm -rf /", "ls |& rm -rf /",
                      "rm -rf / &", "f() if true; then rm -rf /; fi; f", "echo ${ rm -rf /; }", "=rm -rf /",
                      "if ls; then :; elif rm -rf /; then :; fi", "while rm -rf /; do :; done", "i\\\nf true; then rm -rf /; fi"));

INSTANTIATE_TEST_SUITE_P(
    Folding, Critical,
    ::testing::Values("r''m -rf /", "\"rm\" -rf /", "\\rm -rf /", "$'\\x72\\x6d' -rf /", "$'\\162m' -rf $'\\u002f'",
                      "$\"rm\" -rf /", "a=r; b=m; $a$b -rf /", "export X=rm; $X -rf /", "declare x=rm; $x -rf /",
                      "read x <<< 'rm -rf /'; $x", "set -- rm -rf /; $1 $2 $3", "set -- rm -rf /; \"$@\"",
                      "a=(rm -rf /); \"${a[@]}\"", "a[0]=rm; ${a[0]} -rf /", "${x:-rm} -rf /", "x=xrm; ${x#x} -rf /",
                      "x=rm.txt; ${x%.*} -rf /", "x=rXm; ${x/X/} -rf /", "x=rXmX; ${x//X} -rf /",
                      "x=rmabc; ${x:0:2} -rf /", "x=abrm; ${x: -2} -rf /", "x=RM; ${x,,} -rf /", "x=RM; ${x@L} -rf /",
                      "y=rm; x=y; ${!x} -rf /", "rm${IFS}-rf${IFS}/", "IFS=,; x=rm,-rf,/; $x", "$(echo rm) -rf /",
                      "$(printf %s rm) -rf /", "$(printf '\\x72m') -rf /", "`echo rm` -rf /", "$(cat <<< rm) -rf /",
                      "$(tr a-z b-za <<< ql) -rf /", "$(rev <<< mr) -rf /", "$(echo mr | rev) -rf /",
                      "$(cut -c1-2 <<< rmx) -rf /", "$(sed s/x// <<< rxm) -rf /", "$(base64 -d <<< cm0=) -rf /",
                      "x='rm -rf'; x+=' /'; $x", "printf -v x %s rm; $x -rf /", "mapfile -t a <<< rm; ${a[0]} -rf /",
                      "eval 'a=rm'; $a -rf /", "rm -rf ${PATH:0:1}", "x=/; rm -rf \"$x\"", "d=; rm -rf $d/*",
                      "rm -rf /{bin,etc}", "rm -{r,f} /", "r{m,x} -rf /", "x=$(echo /); rm -rf $x",
                      "for f in a b /; do rm -rf $f; done", "for i in rm; do $i -rf /; done", "rm -rf ~/../..//",
                      "alias x='rm -rf'; x /", "f(){ rm -rf \"$1\"; }; f /", "f(){ \"$@\"; }; f rm -rf /",
                      "f(){ shift; $1 -rf /; }; f a rm", "cd / && rm -rf ./*", "cd /; (ls); rm -rf *", "pushd /; rm -rf .",
                      "/bin/r? -rf /", "/?\?\?/rm -rf /", "/b[i]n/[r]m -rf /", "x=1; [ $x ] && y=rm; $y -rf /"));

INSTANTIATE_TEST_SUITE_P(
    Wrapping, Critical,
    ::testing::Values("sudo rm -rf /", "env -i A=1 rm -rf /", "command -p rm -rf /", "nohup nice -n 5 rm -rf /",
                      "bash -c 'rm -rf /'", "bash -lc 'rm -rf /'", "bash -o pipefail -c 'rm -rf /'",
                      "bash --rcfile /dev/null -ic 'rm -rf /'", "bash -c '$0 -rf /' rm", "bash -c 'rm -rf \"$1\"' _ /",
                      "bash -c 'bash -c \"rm -rf /\"'", "X=rm bash -c '$X -rf /'", "eval rm -rf /", "eval 'eval \"rm -rf /\"'",
                      "exec rm -rf /", "busybox rm -rf /", "bash <<E\nrm -rf /\nE", "bash <<'E'\nrm -rf /\nE", "bash <<< 'rm -rf /'",
                      ". /dev/stdin <<< 'rm -rf /'", "source <(echo rm -rf /)", "bash <(echo rm -rf /)",
                      "echo 'rm -rf /' | sh", "echo rm -rf / | bash -s", "cat <<E | sh\nrm -rf /\nE", "printf 'rm -rf %s' / | sh",
                      "echo 'rm -rf /' | tee /tmp/z | sh", "echo 'rm -rf /' | (sh)", "{ echo 'rm -rf /'; } | sh",
                      "echo 'rm -rf /' | while read c; do $c; done", "printf 'ls\\nrm -rf /\\n' | while read c; do eval \"$c\"; done",
                      "echo 'rm -rf /' > x; sh x", "echo 'rm -rf /' > x; chmod +x x; ./x", "cat > x <<E\nrm -rf /\nE\n. ./x",
                      "echo / | xargs rm -rf", "xargs rm -rf <<< /", "echo / | xargs -I{} sh -c 'rm -rf {}'",
                      "xargs -I% bash -c % <<< 'rm -rf /'", "trap 'rm -rf /' EXIT", "PROMPT_COMMAND='rm -rf /'",
                      "echo '* * * * * rm -rf /' | crontab -", "at now <<< 'rm -rf /'", "su -c 'rm -rf /'", "ssh host 'rm -rf /'",
                      "watch 'rm -rf /'", "script -c 'rm -rf /'", "flock /tmp/l -c 'rm -rf /'", "$SHELL -c 'rm -rf /'",
                      "find . -exec sh -c 'rm -rf /' ';'", "python3 -c 'import os; os.system(\"rm -rf /\")'",
                      "python3 <<E\nimport os\nos.system('rm -rf /')\nE", "echo 'system(\"rm -rf /\")' | perl",
                      "perl -e 'system(\"rm -rf /\")'", "awk 'BEGIN{system(\"rm -rf /\")}'", "sed '1e rm -rf /' x"));

INSTANTIATE_TEST_SUITE_P(
    Decoding, Critical,
    ::testing::Values("echo cm0gLXJmIC8= | base64 -d | sh", "base64 -d <<< cm0gLXJmIC8= | bash", "eval $(base64 -d <<< cm0gLXJmIC8=)",
                      "bash -c \"$(echo cm0gLXJmIC8= | base64 -d)\"", "echo 726d202d7266202f | xxd -r -p | bash",
                      "rev <<< '/ fr- mr' | sh", "echo -e '\\x72\\x6d -rf /' | sh", "printf '\\162\\155 -rf /' | sh",
                      "base64 -d f | sh", "openssl enc -d -a <<< cm0gLXJmIC8= | sh", "echo 'sn -sg /' | tr b-z a-y | sh"));

INSTANTIATE_TEST_SUITE_P(
    Unknown, High,
    ::testing::Values("$X", "$X -rf /", "\"$(cat f)\" x", "eval \"$X\"", "bash -c \"$X\"", "cat f | sh", "rm -rf $X/", "rm -rf \"$X\"/*",
                      "${a[$i]} x", "$(date) x", "x=$1; $x", "if true; then", "echo \"a", "echo 'a", "ls | | wc", "a (", "f() {",
                      "case x in", "$(ls", "`ls", "${x", "((1", "echo )", "}", "done", "for x in a; do ls", "bash < f", "source \"$X\""));

INSTANTIATE_TEST_SUITE_P(
    Data, Harmless,
    ::testing::Values("echo 'rm -rf /'", "grep -r 'rm -rf' .", "git log --grep='rm -rf /'", "cat <<'E'\nrm -rf /\n$(rm -rf ~)\nE",
                      "cat <<E\nrm -rf / is bad\nE", "bash -n deploy.sh", "# rm -rf /", "ls # rm -rf /", "a=(rm -rf /)",
                      "x='rm -rf /'; echo \"$x\"", "echo rm -rf / | wc -c", "sed 's/rm -rf/x/' file", "awk '/rm -rf/' f",
                      "ps -ef | grep 'rm -rf /' | wc -l", "printf '%s\\n' 'rm -rf /'", "[[ $x == 'rm -rf /' ]]", "test \"$x\" = 'rm -rf /'",
                      "case $x in 'rm -rf /') echo bad ;; esac", "echo \"\\$(rm -rf /)\"", "echo '`rm -rf /`'", "read -p 'rm -rf /? ' a",
                      "man rm", "type rm", "command -v rm", "echo {rm,-rf,/}", "for w in rm -rf /; do echo $w; done",
                      "f() { rm -rf build; }; unset -f f; ls"));

INSTANTIATE_TEST_SUITE_P(
    Ordinary, Harmless,
    ::testing::Values("for f in *.txt; do wc -l \"$f\"; done", "for i in {1..10}; do echo $i; done", "while read -r l; do echo \"$l\"; done < f",
                      "if [ -f x ]; then cat x; fi", "[[ $x == a* ]] && echo yes", "case $1 in a) echo a;; b|c) echo b;; esac",
                      "diff <(sort a) <(sort b)", "n=0; while [ $n -lt 5 ]; do n=$((n+1)); echo $n; done", "f() { echo \"$1\"; }; f x",
                      "cd src && ls", "(cd src && ls)", "x=$(date); echo $x", "mapfile -t a < f; echo ${a[0]}", "set -euo pipefail; ls",
                      "declare -A m; m[a]=1; echo ${m[a]}", "ls 2>&1 | head", "ls ?(a|b)", "ls \\\n  -la", "echo ${PATH//:/ }",
                      "((x=1+2)); echo $x", "for ((i=0;i<3;i++)); do echo $i; done", "echo a > /dev/null", "bash -c 'ls -l \"$1\"' _ x",
                      "eval 'ls -l'", "echo ls | sh", "echo aGk= | base64 -d", "! grep x y", "time ls", "find . -name '*.c' | xargs wc -l",
                      "curl -s https://e.com/api | jq .", "ls\r\npwd\r\n", "trap - EXIT", "exec 3< f; cat <&3", "echo $'a\\tb'"));

TEST(Evasion, SubshellsKeepTheirFolder) {
    EXPECT_LT(analyze("(cd /; ls); rm -rf build", scene()).risk, Risk::critical);
    EXPECT_EQ(analyze("cd /; rm -rf etc", scene()).risk, Risk::critical);
    EXPECT_LT(analyze("x=$(cd /; pwd); rm -rf build", scene()).risk, Risk::critical);
}

TEST(Evasion, TemporaryFoldersMayGo) {
    EXPECT_EQ(analyze("d=$(mktemp -d); ls \"$d\"; rm -rf \"$d\"", scene()).risk, Risk::moderate);
    EXPECT_EQ(analyze("rm -rf \"$PWD/build\"", scene()).risk, Risk::moderate);
}

}  // namespace
}  // namespace caro::safety
