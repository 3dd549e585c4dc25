// Code that programs are handed by options, variables, settings files and in texts. Nothing here is ever run.
#include "safety/handed.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "safety/analyzer.hpp"
#include "safety/sql_texts.hpp"

namespace caro::safety {
namespace {

using testing::Values;

Risk risk_of(const std::string& command) {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return analyze(command, scene).risk;
}

bool has(const CodeLines& lines, std::string_view line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); }

class HandedCritical : public testing::TestWithParam<const char*> {};
TEST_P(HandedCritical, IsSeen) { EXPECT_EQ(risk_of(GetParam()), Risk::critical) << GetParam(); }

class HandedHarmless : public testing::TestWithParam<const char*> {};
TEST_P(HandedHarmless, IsNotHigh) { EXPECT_LT(risk_of(GetParam()), Risk::high) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Options, HandedCritical,
                         Values("strace -o '|rm -rf ~' ls", "gcc -wrapper rm,-rf,/home x.c", "rpm --eval '%(rm -rf ~)'", "dpkg --pre-invoke='rm -rf /home' -i x.deb",
                                "apt-get -o APT::Update::Pre-Invoke::='rm -rf /home' update", "capsh -- -c 'rm -rf ~'", "screen -S x -X stuff 'rm -rf ~^M'",
                                "git fetch --upload-pack 'rm -rf ~;' .", "fzf --bind 'start:execute(rm -rf ~)'", "ssh -o ProxyCommand='rm -rf ~' h",
                                "frob --on-change 'rm -rf ~'", "frob job.command='rm -rf ~'", "frob 'rm -rf ~'", "printf 'import os; os.system(\"rm -rf ~\")' > setup.py; pip install .",
                                "npm config set editor 'rm -rf ~'", "nq rm -rf ~", "gs -c '(%pipe%rm -rf ~) (r) file'"));
INSTANTIATE_TEST_SUITE_P(Variables, HandedCritical,
                         Values("RSYNC_RSH='rm -rf ~ #' rsync x: .", "TAR_OPTIONS=\"--to-command='rm -rf ~'\" tar xf a.tar", "VIMINIT='!rm -rf ~' vim x",
                                "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0='rm -rf ~' git log", "LESS='+!rm -rf ~' less x",
                                "git config alias.x '!rm -rf ~'; git x", "PYTHONBREAKPOINT=os.system python3 -c 'breakpoint(\"rm -rf ~\")'"));
INSTANTIATE_TEST_SUITE_P(Files, HandedCritical,
                         Values("echo 'Match exec \"rm -rf ~\"' > c; ssh -F c h", "echo '#!/bin/rm -rf' > x; chmod +x x; ./x ~", "echo 'R /home' | systemd-tmpfiles --remove -",
                                "echo 'install x rm -rf /home' > m; modprobe -C m x", "gcc -xc - -o a <<< 'int main(){system(\"rm -rf ~\");}'; ./a",
                                "mkdir d; echo 'rm -rf ~' > d/a; run-parts d", "ln -s /dev/sda x; cp /dev/zero x",
                                "echo ':x:E::xx::/bin/rm:' > /proc/sys/fs/binfmt_misc/register; ./a.xx -rf ~"));
INSTANTIATE_TEST_SUITE_P(All, HandedHarmless,
                         Values("strace -o '|grep open' ls", "ssh -G -o ProxyCommand='rm -rf ~' h", "make -n -f - <<< 'all:;rm -rf ~'", "gcc -wrapper ccache -c x.c",
                                "RSYNC_RSH='ssh -p 22' rsync a h:b", "git config alias.x 'reset --hard'", "frob --message 'rm -rf ~'", "frob rm old", "println 'rm -rf ~'", ": 'rm -rf ~'", "npm config set editor 'code --wait'", "git commit -m '|rm -rf ~'",
                                "jest -t 'system(\"rm -rf ~\")'", "gcc -c -xc - -o a.o <<< 'int main(){system(\"rm -rf ~\");}'", "certbot renew --deploy-hook 'systemctl reload nginx'",
                                "sed 's/.*/touch &/e' x", "echo core.%p > /proc/sys/kernel/core_pattern", "perl -i -ne 'print if /x/' a.txt", ": | tee /tmp/lock"));

TEST(Handed, WordsKeepQuotesAndBracketsTogether) {
    EXPECT_EQ(plain_words("-a 'b c' --d=\"e f\" $(x y)"), (std::vector<std::string>{"-a", "b c", "--d=e f", "$(x y)"}));
    EXPECT_EQ(in_quotes("it's"), "'it'\\''s'");
    EXPECT_EQ(in_quotes("plain"), "plain");
}

TEST(Handed, FirstLineNamesTheInterpreter) {
    EXPECT_EQ(by_first_line("#!/usr/bin/env -S awk -f\nBEGIN{}", "x", {}, 0), "awk -f x");
    EXPECT_EQ(by_first_line("#!/bin/sh\nls", "x", {}, 0), std::nullopt);
    EXPECT_EQ(by_first_line("ls", "x", {}, 0), std::nullopt);
}

TEST(Handed, CallsOfCompiledProgramsBecomeCommands) {
    EXPECT_EQ(compiled_code("execl(\"/bin/rm\", \"rm\", \"-rf\", \"/x y\", NULL);"), (CodeLines{"rm -rf '/x y'"}));
    EXPECT_EQ(compiled_code("Command::new(\"rm\").args([\"-rf\", \"/x\"]);"), (CodeLines{"rm -rf /x"}));
    EXPECT_EQ(compiled_code("puts(\"rm -rf /\"); fopen(\"/x\", \"r\");"), CodeLines{});
    EXPECT_TRUE(has(compiled_code("for (;;) fork();"), ":(){ :|:& };:"));
}

TEST(Handed, SettingsFilesGiveTheirCommands) {
    EXPECT_EQ(code_in_settings("ssh", "Host *\n  ProxyCommand nc %h %p\n"), (CodeLines{"nc %h %p"}));
    EXPECT_EQ(code_in_settings("crontab", "# c\n@daily ls /\n0 1 * * * df -h\n"), (CodeLines{"ls /", "df -h"}));
    EXPECT_EQ(settings_kind("/home/me/.ssh/config"), "ssh");
    EXPECT_TRUE(code_in_settings("", "ProxyCommand x").empty());
}

TEST(SqlTexts, CommentsThatRunAreCode) {
    EXPECT_NE(as_run_sql("/*!50000 DROP*/ TABLE t").find("DROP TABLE"), std::string::npos);
    EXPECT_EQ(as_run_sql("/* DROP TABLE t */select 1").find("DROP"), std::string::npos);
}

TEST(SqlTexts, StatementsMadeOfTexts) {
    EXPECT_TRUE(has(made_sql("EXECUTE 'DR'||'OP TABLE t'", false), "DROP TABLE t"));
    EXPECT_TRUE(made_sql("select 'drop table t'", false).empty());
    EXPECT_EQ(sql_pipes(".output |rm x\n\\g |ls"), "rm x\nls\n");
    EXPECT_EQ(sql_files("select writefile('/dev/'||'sda', x)"), (std::vector<std::string>{"/dev/sda"}));
}

class Losses : public testing::TestWithParam<const char*> {};
TEST_P(Losses, AreHigh) { EXPECT_EQ(risk_of(GetParam()), Risk::high) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(All, Losses,
                         Values("sponge a.csv < /dev/null", "crontab /dev/null", "ex -sc '%d|x' a.tex", "perl -i -ne 1 a.py", "nft -f - <<< 'flush ruleset'",
                                "iptables-restore <<< ':INPUT ACCEPT'", "EDITOR='tee -a' visudo <<< x", "psql -c 'DO $$ BEGIN DELETE FROM t; END $$'",
                                "kubectl delete -f - <<< 'kind: Namespace'", "systemctl start poweroff.target", "git send-pack --force h:r main"));

}  // namespace
}  // namespace caro::safety
