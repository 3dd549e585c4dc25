// A dangerous command stays as dangerous when something is put around it, and reading never takes long.
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "safety/analyzer.hpp"
#include "util/strings.hpp"

namespace caro::safety {
namespace {

Scene scene() {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return scene;
}

// Simple commands, so that every wrapper may stand before them. Nothing here is ever run.
std::vector<std::string> dangerous() {
    std::vector<std::string> all = {"dd if=/dev/zero of=/dev/sda", "dd of=/dev/nvme0n1 if=x.img", "mkfs.ext4 /dev/sdb1",
                                    "mkfs -t xfs /dev/sdc", "wipefs -a /dev/sda", "shred /dev/sda", "fdisk /dev/sda",
                                    "find / -delete", "find / -type f -delete", "find /etc -exec rm {} +", "mv / /tmp/x",
                                    "mv /etc /tmp", "mv /usr /opt", "reboot", "shutdown -h now", "halt", "poweroff",
                                    "git push --force", "git reset --hard", "git clean -fdx", "git branch -D main",
                                    "kill -9 -1", "killall5", "crontab -r", "userdel -r bob", "iptables -F", "ufw disable",
                                    "setenforce 0", "dropdb shop", "redis-cli FLUSHALL", "terraform destroy",
                                    "kubectl delete namespace prod", "docker volume rm data", "zpool destroy tank",
                                    "vgremove vg", "cryptsetup luksFormat /dev/sdb", "blkdiscard /dev/sda",
                                    "parted /dev/sda mklabel gpt", "truncate -s 0 important.db", "shred -u notes.txt",
                                    "chmod 777 secrets", "chmod u+s ./tool", "tee /etc/passwd", "cp x /etc/sudoers"};
    for (const std::string target : {"/", "/*", "~", "/etc", "/usr/lib", "/boot", "/home/me", "/var/lib", "..", "../../..", "src", ".git", "*"}) {
        for (const std::string how : {"rm -rf ", "rm -fr -- ", "rm --recursive --force ", "rm -r ", "sudo rm -rf "}) {
            all.push_back(how + target);
        }
    }
    for (const std::string target : {"/", "/etc", "/usr", "~"}) {
        for (const std::string how : {"chmod -R 777 ", "chown -R nobody ", "chmod --recursive a+rwx "}) {
            all.push_back(how + target);
        }
    }
    return all;
}

std::string quoted(const std::string& command) { return "'" + replace_all(command, "'", "'\\''") + "'"; }

Risk risk_of(const std::string& command) { return analyze(command, scene()).risk; }

void expect_no_less(const std::string& command, const std::string& changed) {
    EXPECT_GE(risk_of(changed), risk_of(command)) << command << "  →  " << changed;
}

TEST(Metamorphic, ThereAreEnoughCommandsAndAllAreDangerous) {
    EXPECT_GE(dangerous().size(), 100U);
    for (const auto& command : dangerous()) {
        EXPECT_GE(risk_of(command), Risk::high) << command;
    }
}

TEST(Metamorphic, PrefixesDoNotHide) {
    for (const auto& command : dangerous()) {
        for (const std::string prefix : {"ls; ", "true && ", "false || ", "X=1 ", "echo hi | ", "! ", "time ", "command ", "env ",
                                         "env -i A=b ", "sudo ", "nohup ", "nice -n 5 ", "timeout 5 ", "exec ", "> out ",
                                         "# a\n", "\\\n", "if x; then :; fi; ", "x=$(date); ", "cat <<E\nhi\nE\n"}) {
            expect_no_less(command, prefix + command);
        }
    }
}

TEST(Metamorphic, WrappersDoNotHide) {
    for (const auto& command : dangerous()) {
        const std::string code = quoted(command);
        for (const std::string& wrapped :
             {"bash -c " + code, "sh -c " + code, "eval " + code, "(" + command + ")", "{ " + command + "; }",
              "if true; then " + command + "; fi", "while x; do " + command + "; done", "for i in 1; do " + command + "; done",
              "f() { " + command + "; }; f", "bash <<E\n" + command + "\nE", "bash <<< " + code, "echo " + code + " | sh",
              "echo " + code + " > f; sh f", "x=" + code + "; eval \"$x\"", "echo $(" + command + ")", "cat <(" + command + ")",
              "case x in *) " + command + ";; esac", "trap " + code + " EXIT", command + " &", command + " 2>/dev/null",
              command + " || true", command + "; ls", command + " # safe", "su -c " + code, "bash -c " + quoted("bash -c " + code)}) {
            expect_no_less(command, wrapped);
        }
    }
}

TEST(Metamorphic, QuotesDoNotHide) {
    for (const auto& command : dangerous()) {
        const auto space = command.find(' ');
        const std::string name = command.substr(0, space);
        const std::string rest = space == std::string::npos ? "" : command.substr(space);
        for (const std::string& changed :
             {"\\" + name, "'" + name + "'", "\"" + name + "\"", name.substr(0, 1) + "''" + name.substr(1),
              name.substr(0, 1) + "\\\n" + name.substr(1), "$(echo " + name + ")", "`echo " + name + "`", "${x:-" + name + "}",
              "$'" + name + "'"}) {
            expect_no_less(command, changed + rest);
        }
        expect_no_less(command, "x=" + name + "; $x" + rest);
    }
}

// None hangs; the slowest (thousands of words below eval) takes about 2.5 s and should become faster.
TEST(Metamorphic, LongAndDeepTextsAreReadInTime) {
    const auto repeat = [](std::string_view text, std::size_t count) {
#if defined(__SANITIZE_ADDRESS__)
        count /= 20;  // the sanitizers look for faults here, not for speed
#elif !defined(__OPTIMIZE__)
        count /= 2;  // an unoptimised program is several times as slow
#endif
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            all += text;
        }
        return all;
    };
    const std::vector<std::string> texts = {
        repeat("(", 1000000), repeat("(", 200000), repeat("$(", 10000), repeat("`", 100000), repeat("'", 100001),
        repeat("\"$(", 10000), repeat("${a:-", 10000), repeat("((", 50000), repeat("$((", 50000), repeat("{a,b}", 5000),
        repeat("{", 100000), repeat("{a,", 20000), repeat("<<A ", 30000), repeat("if x; then ", 10000), repeat("a;", 60000),
        repeat("$[", 50000), repeat("a=$a$a;", 100), repeat("a(){ a; };", 3000), repeat("for i in 1 2 3; do ", 3000),
        repeat("eval ", 3000) + "ls", repeat("a | ", 30000) + "b", repeat("{ a | ", 20000), repeat("x() { y | ", 5000),
        repeat("[[ a =~ (", 5000), repeat("?(", 20000), repeat("a[", 50000), repeat("\\\n", 100000), repeat("case x in a) ", 5000),
        "for a in {1..250}; do for b in {1..250}; do for c in {1..250}; do ls; done; done; done",
        "f(){ f2;f2; }; f2(){ f3;f3; }; f3(){ f4;f4; }; f4(){ f5;f5; }; f5(){ f6;f6; }; f6(){ f7;f7; }; f7(){ ls;ls; }; f"};
    for (const auto& text : texts) {
        const std::clock_t start = std::clock();  // processor time: others may be at work
        const Report report = analyze(text, scene());
        const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        EXPECT_LT(took, 10.0) << text.substr(0, 40);
        EXPECT_FALSE(report.read_only && text.size() > 1000 && !report.fully_parsed) << text.substr(0, 40);
    }
}

// What multiplies one long part of a text with another is bounded, and past the bound nothing is called harmless.
TEST(Metamorphic, ManyVariablesTimesManyBranchesAreBounded) {
    const auto numbered = [](std::string_view before, std::string_view after, int count) {
        std::string all;
        for (int i = 0; i < count; ++i) {
            all += std::string(before) + std::to_string(i) + std::string(after);
        }
        return all;
    };
#if defined(__SANITIZE_ADDRESS__)
    constexpr double k_longest = 15.0;
#else
    constexpr double k_longest = 3.0;  // seconds, on a slow machine
#endif
    const std::string variables = numbered("x", "=1;", 2500);
    const std::vector<std::string> texts = {
        numbered("x", "=1 || ", 5000) + "ls", "case $x in " + numbered("a) x", "=1;; ", 5000) + "esac",
        variables + numbered("ls || ls", ";", 2500), variables + numbered("bash -c 'ls ", "';", 2500),
        variables + numbered("(ls ", ");", 2500)};
    for (const auto& text : texts) {
        const auto start = std::chrono::steady_clock::now();
        const Report report = analyze(text, scene());
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        EXPECT_LT(took.count(), k_longest) << text.substr(0, 40);
        EXPECT_FALSE(report.fully_parsed) << text.substr(0, 40);
        EXPECT_GE(report.risk, Risk::high) << text.substr(0, 40);
    }
}

}  // namespace
}  // namespace caro::safety
