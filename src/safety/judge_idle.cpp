// Functions and aliases that a text defines and does not use: what they would do happens only if somebody calls them.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.'; }

// Names that a shell or another program calls by itself.
bool is_hook(std::string_view name) {
    constexpr std::array<std::string_view, 9> k_hooks = {"command_not_found_handle", "command_not_found_handler", "precmd", "preexec", "chpwd",
                                                         "periodic", "zshexit", "zshaddhistory", "main"};
    return std::find(k_hooks.begin(), k_hooks.end(), name) != k_hooks.end() || name.substr(0, 4) == "TRAP" ||
           name.substr(0, 5) == "fish_" || name.substr(0, 1) == "_";
}

// What people type without a second thought, so that whoever gives it another meaning sets a trap.
bool is_everyday(std::string_view name) {
    constexpr std::string_view k_names =
        " alias apt apt-get awk bash bg brew cargo cat cd chmod chown clear clone code commit conda cp curl cut date dd df diff dir dnf docker du echo "
        "emacs env exit export fg file find free gcc gh git go grep gzip head help history htop id ip java jobs jq kill kubectl l la less ll ln logout "
        "ls make man mkdir more mount mv nano node npm npx nvim open pacman php ping pip pip3 please ps pull push pwd pwsh python python3 read reset rm rmdir "
        "rsync ruby scp screen sed set sh sleep sort source ssh status su sudo systemctl tail tar tee test tmux top touch trap tree true uname unzip "
        "update upgrade vi vim wc wget which who whoami xargs yarn yum zip zsh ";
    return k_names.find(" " + std::string(name) + " ") != std::string_view::npos;
}

// The word before `at`, on the same line.
std::string_view word_before(std::string_view text, std::size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) {
        --at;
    }
    const std::size_t end = at;
    while (at > 0 && (in_name(text[at - 1]))) {
        --at;
    }
    return text.substr(at, end - at);
}

// What stands at `at` defines the name or only asks about it.
bool is_mention(std::string_view text, std::size_t at, std::size_t length) {
    constexpr std::array<std::string_view, 9> k_asking = {"type", "which", "unalias", "whence", "-f", "-F", "-v", "-V", "function"};
    std::string_view before = word_before(text, at);
    if (any_of(before, {"-t", "-p", "-P", "-a", "-w"})) {  // type -t NAME
        before = word_before(text, static_cast<std::size_t>(before.data() - text.data()));
    }
    std::string_view after = text.substr(at + length);
    const bool assigns = after.substr(0, 1) == "=";
    after.remove_prefix(std::min(after.find_first_not_of(" \t"), after.size()));
    const bool parentheses = after.substr(0, 1) == "(" && trim(after.substr(1, after.find(')') - 1)).empty();
    const bool alias = before == "alias" && (assigns || after.empty() || after.find_first_of("\n;&|") == 0);
    const bool asks = std::find(k_asking.begin(), k_asking.end(), before) != k_asking.end();
    return parentheses || alias || (asks && !(before == "-f" && text.substr(0, at).find("export") != std::string_view::npos));
}

// End of the body of NAME() { … } whose name ends at `at`; `at` if none follows.
std::size_t end_of_body(std::string_view text, std::size_t at) {
    std::size_t i = at;
    const auto skip = [&](std::string_view characters) { i = std::min(text.find_first_not_of(characters, i), text.size()); };
    skip(" \t");
    if (text.substr(i, 1) != "(") {
        return at;
    }
    skip("() \t\n");
    if (text.substr(i, 1) != "{") {
        return at;
    }
    int depth = 0;
    for (; i < text.size(); ++i) {
        depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return at;
}

}  // namespace

// True if the text does nothing with `name` but define it or show it, and the name is not one that people type anyway.
bool Judge::lies_idle(std::string_view name) const {
    if (name.empty() || is_hook(name) || is_everyday(name)) {
        return false;
    }
    bool defined = false;
    for (auto at = m_source.find(name); at != std::string_view::npos; at = m_source.find(name, at + 1)) {
        const auto end = at + name.size();
        const bool whole = (at == 0 || !in_name(m_source[at - 1])) && (end >= m_source.size() || !in_name(m_source[end]));
        if (whole && !is_mention(m_source, at, name.size())) {
            return false;
        }
        defined = defined || whole;
        if (whole) {
            at = std::max(at, end_of_body(m_source, end));  // what it calls itself does not call it
        }
    }
    return defined;
}

// Lowers what was found since `first`: nothing of it happens when the text is run; `why`, in a few words.
void Judge::lower_idle(std::size_t first, std::string_view why) {
    for (std::size_t i = first; i < m_findings.size(); ++i) {
        Finding& finding = m_findings[i];
        if (finding.risk > Risk::moderate) {
            finding.risk = Risk::moderate;
            finding.message += " (" + std::string(why) + ")";
        }
    }
}

}  // namespace caro::safety
