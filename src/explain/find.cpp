// find's expression in words.
#include <array>
#include <cstdlib>

#include "explain/phrases.hpp"

namespace caro::explain {

namespace {

struct Test {
    std::string_view name;
    std::string_view says;      // {} stands for the value
    std::string_view negated;   // with ! before it
};

constexpr std::array<Test, 16> k_tests = {{
    {"-name", "named {}", "not named {}"},
    {"-iname", "named {} in any case", "not named {} in any case"},
    {"-path", "whose path is like {}", "whose path is not like {}"},
    {"-wholename", "whose path is like {}", "whose path is not like {}"},
    {"-ipath", "whose path is like {} in any case", "whose path is not like {} in any case"},
    {"-regex", "whose path matches {}", "whose path does not match {}"},
    {"-user", "owned by {}", "not owned by {}"},
    {"-group", "of group {}", "not of group {}"},
    {"-perm", "with permissions {}", "without permissions {}"},
    {"-newer", "changed after {}", "not changed after {}"},
    {"-newermt", "changed after {}", "not changed after {}"},
    {"-links", "with {} links", "without {} links"},
    {"-inum", "with inode {}", "without inode {}"},
    {"-samefile", "that are the same file as {}", "that are not the same file as {}"},
    {"-lname", "that link to {}", "that do not link to {}"},
    {"-fstype", "on a file system of type {}", "not on a file system of type {}"},
}};

std::string filled(std::string_view says, const std::string& value) {
    std::string out(says);
    const auto at = out.find("{}");
    return at == std::string::npos ? out : out.replace(at, 2, value);
}

std::optional<std::string> size_phrase(const std::string& value, bool negated) {
    const bool more = value[0] == '+';
    const bool less = value[0] == '-';
    const std::string number = value.substr(more || less ? 1 : 0);
    const auto digits = number.find_first_not_of("0123456789");
    const std::string unit = digits == std::string::npos ? "b" : number.substr(digits);
    const char* name = unit == "c" ? " bytes" : unit == "k" ? " KiB" : unit == "M" ? " MiB" : unit == "G" ? " GiB" : nullptr;
    if (name == nullptr || digits == 0 || negated) {
        return std::nullopt;
    }
    return (more ? "larger than " : less ? "smaller than " : "of ") + number.substr(0, digits) + name;
}

std::optional<std::string> time_phrase(std::string_view test, const std::string& value, bool negated) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_kinds = {{
        {"-mtime", "changed"}, {"-mmin", "changed"}, {"-atime", "read"}, {"-amin", "read"}, {"-ctime", "with metadata changed"},
        {"-cmin", "with metadata changed"}}};
    std::string_view verb;
    for (const auto& [name, says] : k_kinds) {
        verb = name == test ? says : verb;
    }
    const bool minutes = test.size() == 5;  // -mmin, not -mtime
    const long count = std::strtol(value.c_str() + (value[0] == '+' || value[0] == '-' ? 1 : 0), nullptr, 10);
    if (verb.empty() || negated || count <= 0) {
        return std::nullopt;
    }
    const std::string unit = minutes ? "minute" : "day";
    const std::string amount = std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
    const std::string recent = count == 1 ? "the last " + unit : "the last " + amount;
    return std::string(verb) + (value[0] == '-' ? " in " + recent : value[0] == '+' ? " more than " + amount + " ago" : " " + amount + " ago");
}

class Reader {
  public:
    explicit Reader(const shell::Command& command) : m_words(command.words) {}

    std::optional<std::string> read() {
        while (m_at < m_words.size() && (is("-L") || is("-P") || is("-H"))) {
            ++m_at;
        }
        while (m_at < m_words.size() && (text()[0] != '-' || text().empty()) && !is("(") && !is("!")) {
            m_paths.push_back(shown(m_words[m_at++]));
        }
        while (m_at < m_words.size()) {
            if (!item()) {
                return std::nullopt;
            }
        }
        const bool joins = m_ors == 0 || (m_conditions.size() == m_ors + 1 && m_noun.empty() && !m_acts && !m_details && !m_first && !m_delete && m_actions.empty());
        return m_open || !joins ? std::nullopt : std::optional(sentence());
    }

  private:
    const std::string& text() const { return m_words[m_at].text; }
    bool is(std::string_view word) const { return text() == word; }

    bool item() {
        if (is("(")) {
            m_open = true;
            m_group.clear();
        } else if (is(")")) {
            if (!m_open) {
                return false;
            }
            close_group();
        } else if (is("!") || is("-not")) {
            m_negated = true;
        } else if (is("-o") || is("-or")) {
            // Outside brackets it splits the whole expression; that is told where each side is one test.
            if (m_open ? m_group.empty() : m_conditions.size() != ++m_ors) {
                return false;
            }
        } else if (is("-a") || is("-and")) {
            if (m_open) {
                return false;
            }
        } else {
            return test_or_action();
        }
        ++m_at;
        return true;
    }

    // "named a or named b" reads better with the verb once.
    static std::string either(const std::vector<std::string>& conditions) {
        std::string joined;
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            const bool again = i > 0 && conditions[i].rfind("named ", 0) == 0;
            joined += (i == 0 ? "" : " or ") + (again ? conditions[i].substr(6) : conditions[i]);
        }
        return joined;
    }

    void close_group() {
        m_conditions.push_back(either(m_group));
        m_open = false;
    }

    void add(std::string condition) {
        (m_open ? m_group : m_conditions).push_back(std::move(condition));
        m_negated = false;
    }

    bool test_or_action() {
        const std::string name = text();
        if (name == "-type" && value()) {
            return type();
        }
        if (name == "-empty") {
            add(m_negated ? "that are not empty" : "that are empty");
        } else if (name == "-executable" && !m_negated) {
            add("you may execute");
        } else if (name == "-maxdepth" && value() && !m_open) {
            m_depth = text() == "1" ? "directly in" : "up to " + text() + " levels below";
        } else if (name == "-mindepth" && value()) {
            if (text() != "1") {
                add("at least " + text() + " levels down");
            }
        } else if (name == "-print" || name == "-print0" || name == "-xdev" || name == "-mount" || name == "-depth" || name == "-daystart" ||
                   (name == "-prune" && !m_open && !m_negated)) {
            // What is found stays the same, unless an -o stands there.
            m_acts = m_acts || name == "-print" || name == "-print0" || name == "-prune";
        } else if (name == "-ls" || name == "-printf") {
            m_details = true;
            return name == "-ls" || value() ? (++m_at, true) : false;
        } else if (name == "-delete") {
            m_delete = true;
        } else if (name == "-quit") {
            m_first = true;
        } else if (name == "-exec" || name == "-execdir" || name == "-ok") {
            return program();
        } else {
            return test(name);
        }
        ++m_at;
        return true;
    }

    bool test(const std::string& name) {
        if (!value() || text().empty()) {
            return false;
        }
        const std::string given = shown(m_words[m_at]);
        std::optional<std::string> says;
        if (name == "-size") {
            says = size_phrase(text(), m_negated);
        } else {
            says = time_phrase(name, text(), m_negated);
        }
        for (const Test& known : k_tests) {
            if (known.name == name) {
                says = filled(m_negated ? known.negated : known.says, given);
            }
        }
        if (!says) {
            return false;
        }
        add(*says);
        ++m_at;
        return true;
    }

    bool type() {
        const std::string& kind = text();
        if (m_open || m_negated || !m_noun.empty()) {
            return false;
        }
        m_noun = kind == "f" ? "files" : kind == "d" ? "folders" : kind == "l" ? "symbolic links" : kind == "s" ? "sockets" : "";
        ++m_at;
        return !m_noun.empty();
    }

    bool program() {
        if (!value() || m_negated) {
            return false;
        }
        std::vector<std::string> words;
        while (m_at < m_words.size() && !is(";") && !is("+") && !is("\\;")) {
            if (!is("{}")) {
                words.push_back(shown(m_words[m_at]));
            }
            ++m_at;
        }
        if (m_at == m_words.size() || words.empty()) {
            return false;
        }
        ++m_at;
        std::string line;
        for (const auto& word : words) {
            line += (line.empty() ? "" : " ") + word;
        }
        m_actions.push_back("runs " + line + " on them");
        return true;
    }

    bool value() { return ++m_at < m_words.size(); }

    std::string sentence() const {
        std::string out = m_delete ? "deletes " : m_first ? "finds the first of " : "finds ";
        out += m_noun.empty() ? "files and folders" : m_noun;
        const std::vector<std::string> conditions = m_ors == 0 ? m_conditions : std::vector<std::string>{either(m_conditions)};
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            out += (i == 0 ? " " : ", ") + conditions[i];
        }
        std::vector<std::string> paths = m_paths;
        for (auto& path : paths) {
            path = path == "." || path == "./" ? "the current folder" : path == "/" ? "/, the whole system" : path;
        }
        out += conditions.size() > 1 ? ", " : " ";
        out += (m_depth.empty() ? "below" : m_depth) + " " + (paths.empty() ? "the current folder" : list(paths));
        out += m_details ? ", with details" : "";
        for (const auto& action : m_actions) {
            out += " and " + action;
        }
        return out;
    }

    const std::vector<shell::Word>& m_words;
    std::size_t m_at = 1;
    std::vector<std::string> m_paths;
    std::vector<std::string> m_conditions;
    std::vector<std::string> m_group;
    std::vector<std::string> m_actions;
    std::string m_noun;
    std::string m_depth;
    std::size_t m_ors = 0;  // outside brackets
    bool m_acts = false;      // -print, -prune
    bool m_open = false;
    bool m_negated = false;
    bool m_delete = false;
    bool m_first = false;
    bool m_details = false;
};

}  // namespace

namespace {

// For an expression that is too rich to tell: at least what is done to what it finds.
std::string in_outline(const std::vector<shell::Word>& words) {
    std::string out = "searches the file tree";
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& name = words[i].text;
        if (name == "-delete") {
            out += " and deletes what matches";
        } else if ((name == "-exec" || name == "-execdir" || name == "-ok" || name == "-okdir") && i + 1 < words.size()) {
            out += " and runs " + shown(words[i + 1]) + " on what matches";
        }
    }
    return out;
}

}  // namespace

std::string for_find(const shell::Command& command) {
    return Reader(command).read().value_or(in_outline(command.words));
}

}  // namespace caro::explain
