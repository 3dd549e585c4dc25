// Losses that neither an option nor an operand tells alone: what a program reads, or that it reads nothing.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/handed.hpp"
#include "safety/paths.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Code of perl, ruby or awk that prints nothing of what it reads.
bool prints(std::string_view code) {
    for (const std::string_view word : {"print", "puts", "say", "p ", "putc", "write", "$<", "display", "STDOUT", "ARGF"}) {
        if (contains(code, word)) {
            return true;
        }
    }
    return false;
}

// awk: a pattern without a block prints; 0 and END do not.
bool awk_prints(std::string_view code) {
    const std::string_view text = trim(code);
    const bool pattern = !contains(text, "{") && text != "0" && !text.empty();
    return pattern || prints(text) || contains(text, "}1") || contains(text, "} 1") || contains(text, "};1") || contains(text, "getline");
}

// perl -pe '$_=""': each line becomes nothing.
bool empties_line(std::string_view code) {
    std::string plain(code);
    plain.erase(std::remove(plain.begin(), plain.end(), ' '), plain.end());
    for (const std::string_view text : {"$_=\"\"", "$_=''", "$_=q()", "undef$_", "s/.*//", "s/.*//g", "s/^.*$//", "s/^.*$//g", "s/.*//s", "s/^.*$//s", "$_=nil", "$_.clear", "s/.+//s", "s/[\\s\\S]*//", "gsub(/.*/m,"}) {
        if (plain == text || plain == std::string(text) + ";") {
            return true;
        }
    }
    return false;
}

// Orders of an editor that leave nothing of a text, and that it is written.
bool deletes_all(std::string_view orders) {
    const std::string lines = replace_all(std::string(orders), "|", "\n");
    for (auto order : split(lines, '\n')) {
        order = trim(order);
        order.remove_prefix(starts_with(order, ":") || starts_with(order, "+") ? 1 : 0);
        if (any_of(order, {"%d", "%d _", "1,$d", ",d", "%delete", "1,$delete", "%del", "0,$d", "g/^/d", "g/./d", "g/.*/d", "%s/\\_.*//", "normal ggdG", "norm ggdG", "norm! ggdG",
                           "normal! ggdG", "norm gg\"_dG", "call deletebufline('%',1,'$')", "call deletebufline('%', 1, '$')", "1,$ d", "% d"})) {
            return true;
        }
    }
    return false;
}

bool writes_out(std::string_view orders) {
    const std::string lines = replace_all(std::string(orders), "|", "\n");
    for (auto order : split(lines, '\n')) {
        order = trim(order);
        order.remove_prefix(starts_with(order, ":") || starts_with(order, "+") ? 1 : 0);
        if (any_of(order, {"w", "w!", "x", "x!", "wq", "wq!", "xit", "wa", "wqa", "xa", "wqall", "write", "wq q", "ZZ", "norm ZZ", "normal ZZ", "up", "update"})) {
            return true;
        }
    }
    return false;
}

// Without a rule that keeps packets out.
bool lets_all_in(std::string_view rules) {
    const std::string lower = to_lower(rules);
    return !contains(lower, " drop") && !contains(lower, " reject") && !contains(lower, "block");
}

}  // namespace

// The command reads nothing at all: < /dev/null, : | CMD, CMD <<< ''
bool Effects::reads_nothing() const {
    for (const auto* redirect : m_action.redirects) {
        if (redirect->op == "<" && redirect->target.text == "/dev/null") {
            return true;
        }
    }
    if (m_action.input) {
        return m_action.input->empty();
    }
    for (std::size_t i = 0; i + 1 < m_line.stages.size(); ++i) {
        const auto& words = m_line.stages[i].words;
        const bool silent = !words.empty() && ((words.size() == 1 && any_of(words[0].text, {":", "true", "false"})) ||
                                               (words.size() == 2 && words[0].text == "cat" && words[1].text == "/dev/null"));
        if (silent && m_line.stages[i + 1].span.start <= m_action.span.start && m_action.span.end <= m_line.stages[i + 1].span.end) {
            return true;
        }
    }
    return false;
}

void Effects::empty_files(bool only_work) {
    for (const auto& operand : m_reading.operands) {
        if (!only_work || is_work(operand.word->text) || operand.word->glob) {
            m_judge.write_target(*operand.word, m_action, Writing::truncate);
        }
    }
}

// sponge FILE < /dev/null, crontab /dev/null, ex -sc '%d|x' FILE, perl -i -ne 1 FILE
void Effects::losses() {
    const std::string& name = m_action.name;
    const auto& args = m_action.args;
    const bool nothing = any_of(name, {"tee", "sponge", "crontab", "iptables-restore", "ip6tables-restore", "pfctl"}) && reads_nothing();
    if (nothing && (name == "tee" || name == "sponge") && !m_reading.has("append")) {
        if (m_action.over_tree || m_over_tree) {
            m_judge.find("file.overwrite-system", "all that was found", m_action.span);
        }
        empty_files(name == "tee");
    }
    const bool of_nothing = !args.empty() && args.back().text == "/dev/null";
    const bool takes_input = args.empty() || args.back().text == "-";
    if (name == "crontab" && (of_nothing || (nothing && takes_input))) {
        m_judge.find("delete.important", "the jobs of the user", m_action.span);
    }
    if (m_spec.id == "vi" || name == "ed" || name == "red") {
        std::string orders = m_judge.file_text("-", m_action).value_or("");
        for (const auto& arg : args) {
            orders += "\n" + arg.text;
        }
        if (deletes_all(orders) && writes_out(orders)) {
            for (const auto& operand : m_reading.operands) {
                const std::string_view text = operand.word->text;
                if (!starts_with(text, "+") && !deletes_all(text) && !writes_out(text)) {
                    m_judge.write_target(*operand.word, m_action, Writing::truncate);
                }
            }
        }
    }
    filters();
    firewall();
    accounts();
    homes();
    manifests();
}

// kubectl delete -f - with a Namespace in it; kubectl get ns -o name | xargs kubectl delete
void Effects::manifests() {
    if (m_spec.id != "kubectl" || (m_action.subcommand() != "delete" && !(m_action.subcommand() == "replace" && m_action.has("--force"))) || m_reading.has("dry-run")) {
        return;
    }
    std::string kinds;
    for (std::size_t i = 0; i + 1 < m_action.args.size(); ++i) {
        const std::string& text = m_action.args[i].text;
        const std::string manifest = text == "-f" || text == "--filename" ? m_judge.file_text(m_action.args[i + 1].text, m_action).value_or("") : "";
        for (auto at = manifest.find("kind"); at != std::string::npos && kinds.size() < 400; at = manifest.find("kind", at + 4)) {
            const auto name = manifest.find_first_not_of("\": \t'", at + 4);
            const auto end = name == std::string::npos ? name : manifest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", name);
            kinds += name == std::string::npos ? "" : " " + to_lower(manifest.substr(name, end - name)) + "/x";
        }
    }
    const bool listed = m_action.args_from_input || m_action.args.back().text == "-";
    for (std::size_t i = 0; listed && i < m_line.stages.size(); ++i) {
        const auto& words = m_line.stages[i].words;
        const bool lists = words.size() > 2 && (words[0].text == "kubectl" || words[0].text == "oc" || words[0].text == "k") && (words[1].text == "get" || words[1].text == "create");
        const bool whole = words.size() > 1 && ((words[0].text == "helm" && words[1].text == "template") || words[0].text == "kustomize" ||
                                                (words[0].text == "kubectl" && words[1].text == "kustomize"));
        if (whole) {
            m_judge.find("words.destroy", "kubectl", m_action.span);
        }
        kinds += lists && words[2].text[0] != '-' ? " " + words[2].text + "/x" : "";
    }
    if (!kinds.empty()) {
        m_judge.later("kubectl delete" + kinds, m_action);
    }
}

// printf 'p\nq\n' | fdisk /dev/sda: nothing is written.
bool Effects::only_looks() const {
    if (m_spec.id != "fdisk" && m_action.name != "gdisk" && m_action.name != "fdisk") {
        return false;
    }
    const auto orders = m_judge.file_text("-", m_action);
    const auto lines = orders ? split(*orders, '\n') : std::vector<std::string_view>();
    return orders && std::all_of(lines.begin(), lines.end(), [](std::string_view line) { return any_of(trim(line), {"p", "q", "l", "m", "i", "v", "F", ""}); });
}

// perl -i -ne CODE, ruby -i, awk -i inplace, sed -n -i: filters that write what they print in place of what they read.
void Effects::filters() {
    const std::string& name = m_action.name;
    const auto& args = m_action.args;
    const bool perl = name == "perl" || name == "ruby";
    const bool awk = name == "awk" || name == "gawk";
    if (!perl && !awk && name != "sed" && name != "gsed") {
        return;
    }
    bool in_place = false;
    bool loops = false;
    bool copies = false;
    std::size_t code_at = args.size();
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string& text = args[i].text;
        const bool option = text.size() > 1 && text[0] == '-' && text[1] != '-';
        in_place = in_place || (awk ? text == "inplace" : option && contains(text, "i") && text.find('i') < 4 && text.find('e') > text.find('i')) || starts_with(text, "--in-place");
        loops = loops || (option && contains(text.substr(0, 5), "n"));
        copies = copies || (option && contains(text.substr(0, 5), "p"));
        if (perl && option && text.back() == 'e' && i + 1 < args.size()) {
            code_at = std::min(code_at, ++i);
        } else if (perl && option && contains(text.substr(0, 6), "e") && text.back() != 'e' && !contains(text, "i.")) {
            code_at = std::min(code_at, i);  // -ne1
        } else if (!perl && !option && text != "inplace" && code_at == args.size()) {
            code_at = i;
        }
    }
    if (!in_place || code_at >= args.size()) {
        return;
    }
    const std::string& code = args[code_at].text;
    const bool sed_prints = code.find_first_of("pPwic") != std::string::npos;
    const bool lost = perl ? (loops && !copies && !prints(code)) || (copies && empties_line(code)) : awk ? !awk_prints(code) : loops && !sed_prints;
    for (std::size_t i = code_at + 1; (lost || awk) && i < args.size(); ++i) {
        if (args[i].text[0] != '-') {
            m_judge.write_target(args[i], m_action, lost ? Writing::truncate : Writing::modify);
        }
    }
}

// nft -f - <<< 'flush ruleset', iptables-restore <<E … E without a rule that keeps anything out
void Effects::firewall() {
    const std::string& name = m_action.name;
    const bool nft = name == "nft";
    const bool restore = name == "iptables-restore" || name == "ip6tables-restore";
    if (!nft && !restore && name != "pfctl" && name != "ip" && name != "ipset") {
        return;
    }
    std::string rules;
    bool known = false;
    bool reads = restore || m_action.input.has_value();
    const auto add = [&](std::string_view path) {
        const auto text = path == "/dev/null" ? std::optional<std::string>("") : m_judge.file_text(path, m_action);
        known = known || text.has_value();
        rules += text.value_or("") + "\n";
    };
    for (std::size_t i = 0; i < m_action.args.size(); ++i) {
        const std::string& text = m_action.args[i].text;
        const bool file = any_of(text, {"-f", "--file", "-b", "-batch", "-R"}) && i + 1 < m_action.args.size();
        if (file) {
            add(m_action.args[i + 1].text);
            reads = false;
        } else if (nft && text[0] != '-') {
            rules += text + " ";
        } else if (restore && text[0] != '-') {
            add(text);
            reads = false;
        }
    }
    for (const auto* redirect : m_action.redirects) {
        if (redirect->op == "<") {
            add(redirect->target.text);
            reads = false;
        }
    }
    if (reads) {
        add("-");
    }
    const std::string lower = to_lower(rules);
    const bool replaces = contains(lower, "policy drop") || contains(lower, " drop") || contains(lower, " reject");  // by stricter rules
    const bool flushes = nft && !replaces && (contains(lower, "flush ruleset") || contains(lower, "delete table") || contains(lower, "flush table") || contains(lower, "destroy table") ||
                                 contains(lower, "flush chain") || contains(lower, "delete chain"));
    const bool opens = restore && known && !contains(lower, ":input drop") && lets_all_in(rules) && !m_action.has("-n") && !m_action.has("--noflush");
    const bool passes = name == "pfctl" && known && lets_all_in(rules);
    bool filtered = false;  // iptables-save | grep -v DROP | iptables-restore
    for (const auto& stage : m_line.stages) {
        const bool drops = restore && stage.words.size() > 2 && (contains(stage.words.back().text, "DROP") || contains(stage.words.back().text, "REJECT"));
        filtered = filtered || (drops && (stage.words[1].text == "-v" || starts_with(stage.words.back().text, "/")));
    }
    if (flushes || opens || passes || filtered) {
        m_judge.find("security.guard-off", "the firewall", m_action.span);
    }
    for (const auto line : split(lower, '\n')) {
        if (name == "ip" && m_action.has("-batch") && !trim(line).empty()) {
            m_judge.nested("ip " + std::string(line), m_action);
        } else if (name == "ipset" && (starts_with(line, "flush") || starts_with(line, "destroy"))) {
            m_judge.find("security.guard-off", "the firewall", m_action.span);
        }
    }
}

// chpasswd <<< root:x, newusers with the number of root, EDITOR='tee -a' visudo
void Effects::accounts() {
    const std::string& name = m_action.name;
    if (name == "chpasswd" || name == "newusers" || name == "passwd" || name == "chgpasswd") {
        const std::string input = m_judge.file_text("-", m_action).value_or("");
        const bool of_root = !m_action.args.empty() && m_action.args.back().text == "root";
        for (const auto line : split(input, '\n')) {
            const bool root = starts_with(line, "root:") && (name == "chpasswd" || name == "newusers");
            if (root || (name == "newusers" && contains(line, ":0:"))) {
                m_judge.find("file.grant", "/etc/shadow", m_action.span);
            }
        }
        if (name == "passwd" && of_root && (!input.empty() || m_action.has("--stdin") || m_line.stages.size() > 1)) {
            m_judge.find("file.grant", "/etc/shadow", m_action.span);
        }
    }
    if (name != "visudo" && name != "vipw" && name != "vigr") {
        return;
    }
    constexpr std::string_view k_people = " vi vim nvim nano emacs code micro joe pico helix hx gedit kate mcedit vim.tiny view ne jed subl ";
    for (const std::string variable : {"EDITOR", "VISUAL", "SUDO_EDITOR"}) {
        const auto own = m_action.assignments.find(variable);
        const auto set = m_judge.m_script.variables.find(variable);
        const bool there = own != m_action.assignments.end();
        const std::string value = there ? own->second.text : set != m_judge.m_script.variables.end() ? set->second.text : std::string();
        const std::string program = value.substr(0, value.find(' '));
        const std::string base = program.substr(program.rfind('/') + 1);
        if (!base.empty() && !contains(k_people, " " + base + " ") && !(base == "emacsclient")) {
            m_judge.find("file.grant", name == "visudo" ? "/etc/sudoers" : "/etc/passwd", m_action.span);
        }
    }
}

// getent passwd | cut -d: -f6 | xargs rm -rf, rm -rf $(findmnt -no TARGET): the homes, or all that is mounted.
void Effects::homes() {
    if (m_action.name != "rm" && m_action.name != "shred" && m_action.name != "unlink") {
        return;
    }
    const auto names = [](const shell::Command& stage) {
        const std::string_view first = stage.words.empty() ? std::string_view() : std::string_view(stage.words[0].text);
        const bool everything = (first == "locate" || first == "plocate") && any_of(stage.words.back().text, {"/", "/home", "/home/*", "*"});
        const bool accounts = everything || (first == "getent" && stage.words.size() > 1 && stage.words[1].text == "passwd");
        return accounts || std::any_of(stage.words.begin(), stage.words.end(), [&](const shell::Word& word) {
                   const std::string lower = to_lower(word.text);
                   return word.text == "/etc/passwd" || (first == "df" && contains(lower, "target")) || (first == "findmnt" && contains(lower, "target")) ||
                          (first == "lsblk" && contains(lower, "mountpoint"));
               });
    };
    const auto sixth = [](const shell::Command& stage) {
        const std::string_view first = stage.words.empty() ? std::string_view() : std::string_view(stage.words[0].text);
        return first == "findmnt" || first == "locate" || first == "plocate" || first == "df" || first == "lsblk" || std::any_of(stage.words.begin(), stage.words.end(), [](const shell::Word& word) {
                   return contains(word.text, "$6") || contains(word.text, "-f6") || word.text == "6" || contains(word.text, "[5]") || contains(word.text, "$(NF-1)");
               });
    };
    const auto gives = [&](const shell::Pipeline& line) {
        return std::any_of(line.stages.begin(), line.stages.end(), names) && std::any_of(line.stages.begin(), line.stages.end(), sixth);
    };
    const bool unknown = std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) { return !word.known(); });
    bool found = (m_action.args_from_input || unknown) && gives(m_line);
    for (const auto& word : m_action.args) {
        found = found || m_judge.any_substituted(word, gives);
    }
    if (found) {
        m_judge.find("delete.protected", "the homes of the accounts, or what is mounted", m_action.span);
    }
}

}  // namespace caro::safety
