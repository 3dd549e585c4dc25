// The table of data/explain/commands.toml: phrases for commands and for their options.
#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>

#include "data/data.hpp"
#include "explain/phrases.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::explain {

namespace {

struct Entry {
    std::string bare;  // without operands
    std::string one;   // with one operand; "" = like with
    std::string with;  // with operands: {*} all, {1} the first, {last}, {init} all but the last; "" = like bare
    std::map<std::string, std::string, std::less<>> options;  // name → phrase, "" if it changes nothing worth telling
    std::vector<std::string> with_value;                       // names that take a value
    std::vector<std::string> with_optional;                    // names that take the next word if that is no option
    bool dot_is_text = false;                                  // an operand "." is not the current folder
    std::map<std::string, Entry, std::less<>> sub;
};

using Table = std::map<std::string, Entry, std::less<>>;

// A command may stand in two tables of a file: ["apt apt-get"] for what both share, and [apt.sub.install].
void add_to(Table& table, std::string_view names, const Entry& entry) {
    for (const std::string_view name : split(names, ' ')) {
        Entry& known = table[std::string(name)];
        std::map<std::string, Entry, std::less<>> subs = std::move(known.sub);
        if (!entry.bare.empty() || !entry.with.empty()) {
            known = entry;
        }
        subs.insert(entry.sub.begin(), entry.sub.end());
        known.sub = std::move(subs);
    }
}

Entry read_entry(const toml::table& table) {
    Entry entry;
    entry.bare = table["bare"].value_or(std::string());
    entry.one = table["one"].value_or(std::string());
    entry.with = table["with"].value_or(std::string());
    for (const std::string_view name : split(table["quiet"].value_or(std::string_view()), ' ')) {
        if (!name.empty()) {
            entry.options[std::string(name)] = "";
        }
    }
    for (const std::string_view name : split(table["value"].value_or(std::string_view()), ' ')) {
        if (!name.empty()) {
            entry.options[std::string(name)] = "";
            entry.with_value.emplace_back(name);
        }
    }
    for (const std::string_view name : split(table["optional"].value_or(std::string_view()), ' ')) {
        entry.with_optional.emplace_back(name);
    }
    entry.dot_is_text = table["dot"].value_or(std::string_view()) == "text";
    if (const auto* flags = table["flags"].as_table()) {
        for (const auto& [names, says] : *flags) {
            const std::string phrase = says.value_or(std::string());
            for (const std::string_view name : split(names.str(), ' ')) {
                entry.options[std::string(name)] = phrase;
                if (phrase.find("{}") != std::string::npos && name != "-#") {
                    entry.with_value.emplace_back(name);
                }
            }
        }
    }
    if (const auto* subs = table["sub"].as_table()) {
        for (const auto& [names, value] : *subs) {
            if (const auto* inner = value.as_table()) {
                add_to(entry.sub, names.str(), read_entry(*inner));
            }
        }
    }
    return entry;
}

// What stands below one name of a group holds for all of them. (A single name sorts before its group, so its own
// sub-commands are there already.)
void share_subs(Table& table, std::string_view names) {
    std::map<std::string, Entry, std::less<>> all;
    for (const std::string_view name : split(names, ' ')) {
        const Entry& entry = table[std::string(name)];
        all.insert(entry.sub.begin(), entry.sub.end());
    }
    for (const std::string_view name : split(names, ' ')) {
        table[std::string(name)].sub = all;
    }
}

const Table& table() {
    static const Table entries = [] {
        Table out;
        for (const auto& file : data::list("explain/")) {
            const toml::parse_result parsed = toml::parse(file.content);
            if (!parsed) {
                continue;
            }
            for (const auto& [names, value] : parsed.table()) {
                if (const auto* inner = value.as_table()) {
                    add_to(out, names.str(), read_entry(*inner));
                    share_subs(out, names.str());
                }
            }
        }
        return out;
    }();
    return entries;
}

// The words of a command sorted into operands and phrases of options.
class Arguments {
  public:
    Arguments(const Entry& entry, const std::vector<shell::Word>& words, std::size_t first) : m_entry(entry) {
        for (m_at = first; m_at < words.size() && m_known; ++m_at) {
            take(words);
        }
    }

    bool known() const { return m_known; }  // false: an option that is not in the table
    const std::vector<std::string>& operands() const { return m_operands; }
    const std::vector<std::string>& phrases() const { return m_phrases; }

  private:
    bool takes_value(std::string_view name) const {
        return std::find(m_entry.with_value.begin(), m_entry.with_value.end(), name) != m_entry.with_value.end();
    }

    bool is_optional(std::string_view name) const {
        return std::find(m_entry.with_optional.begin(), m_entry.with_optional.end(), name) != m_entry.with_optional.end();
    }

    void say(std::string_view phrase, const std::string& value) {
        if (phrase.empty()) {
            return;
        }
        if (value.empty()) {
            m_phrases.push_back(replace_all(replace_all(phrase, " ({})", ""), " {}", ""));
            return;
        }
        // A separator is easily taken for part of the sentence.
        const bool parted = phrase.find("parted by {}") != std::string_view::npos && value.front() != '\'';
        std::string text = replace_all(phrase, "{}", parted ? "'" + value + "'" : value);
        if (value == "1") {
            for (const char* unit : {"level", "time", "line", "field", "character", "second", "job", "column", "byte"}) {
                text = replace_all(text, fmt::format("1 {}s", unit), fmt::format("1 {}", unit));
            }
        }
        m_phrases.push_back(std::move(text));
    }

    // One option by its whole name; false if it is not in the table.
    bool option(const std::vector<shell::Word>& words, std::string_view name, std::optional<std::string> value) {
        const auto found = m_entry.options.find(name);
        if (found == m_entry.options.end()) {
            return false;
        }
        if (takes_value(name) && !value) {
            const bool there = m_at + 1 < words.size();
            const bool left_out = is_optional(name) && (!there || words[m_at + 1].text.substr(0, 1) == "-");
            if (!there && !left_out) {
                return false;
            }
            value = left_out ? "" : shown(words[++m_at]);
        }
        say(found->second, value.value_or(""));
        return true;
    }

    void take(const std::vector<shell::Word>& words) {
        const shell::Word& word = words[m_at];
        const std::string& text = word.text;
        if (m_only_operands || text.size() < 2 || text[0] != '-') {
            // Words such as "aux" or "+short" are options in all but their form.
            if (m_only_operands || text.size() < 2 || !option(words, text, std::nullopt)) {
                m_operands.push_back(!m_entry.dot_is_text && (text == "." || text == "./") ? "the current folder" : shown(word));
            }
            return;
        }
        if (text == "--") {
            m_only_operands = true;
            return;
        }
        const auto equals = text.find('=');
        if (equals != std::string::npos && option(words, text.substr(0, equals), text.substr(equals + 1))) {
            return;
        }
        if (option(words, text, std::nullopt)) {
            return;
        }
        if (text.find_first_not_of("0123456789", 1) == std::string::npos && m_entry.options.count("-#") > 0) {
            say(m_entry.options.find("-#")->second, text.substr(1));
            return;
        }
        m_known = text[1] != '-' && cluster(words, text);
    }

    // "-rn10": letters, the last of which may have its value attached.
    bool cluster(const std::vector<shell::Word>& words, const std::string& text) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            const std::string name = {'-', text[i]};
            if (takes_value(name) && i + 1 < text.size()) {
                return option(words, name, text.substr(i + 1));
            }
            if (!option(words, name, std::nullopt)) {
                return false;
            }
        }
        return true;
    }

    const Entry& m_entry;
    std::size_t m_at = 0;
    bool m_known = true;
    bool m_only_operands = false;
    std::vector<std::string> m_operands;
    std::vector<std::string> m_phrases;
};

// {*}, {1}, {last} and {init} filled in; nullopt if there are too few operands.
std::optional<std::string> filled(std::string_view pattern, const std::vector<std::string>& operands) {
    std::string out(pattern);
    if (out.find("{init}") != std::string::npos || out.find("{last}") != std::string::npos) {
        if (operands.size() < 2) {
            return std::nullopt;
        }
        out = replace_all(out, "{init}", list({operands.begin(), operands.end() - 1}));
        out = replace_all(out, "{last}", operands.back());
    }
    if (out.find("{1}") != std::string::npos) {
        const bool rest = out.find("{rest}") != std::string::npos;
        if (operands.empty() || (rest && operands.size() < 2)) {
            return std::nullopt;
        }
        out = replace_all(out, "{1}", operands.front());
        out = replace_all(out, "{rest}", list({operands.begin() + (rest ? 1 : 0), operands.end()}));
    }
    return replace_all(out, "{*}", list(operands));
}

// What an option makes of the whole sentence: "=without operands|with operands"; one of them may be empty. A single one
// serves for both unless it has a place for operands.
std::string instead(std::string_view says, bool bare) {
    const auto bar = says.find('|');
    if (bar != std::string_view::npos) {
        return std::string(bare ? says.substr(0, bar) : says.substr(bar + 1));
    }
    return bare && says.find('{') != std::string_view::npos ? std::string() : std::string(says);
}

std::optional<std::string> told(const Entry& entry, const shell::Command& command, std::size_t first) {
    const Arguments arguments(entry, command.words, first);
    if (!arguments.known()) {
        return std::nullopt;
    }
    const auto& operands = arguments.operands();
    std::string pattern = operands.empty()                             ? entry.bare
                          : operands.size() == 1 && !entry.one.empty() ? entry.one
                                                                       : entry.with;
    std::vector<std::string> phrases;
    for (const auto& phrase : arguments.phrases()) {
        if (phrase[0] == '=') {
            pattern = instead(phrase.substr(1), operands.empty());
        } else {
            phrases.push_back(phrase);
        }
    }
    if (pattern.empty()) {
        return std::nullopt;
    }
    // Operands that the phrase has no place for could change what happens.
    const bool places_all = pattern.find("{*}") != std::string::npos || pattern.find("{last}") != std::string::npos ||
                            pattern.find("{rest}") != std::string::npos || pattern.find("{1}") == std::string::npos;
    if (!places_all && operands.size() > 1) {
        return std::nullopt;
    }
    auto out = filled(pattern, operands);
    for (const auto& phrase : phrases) {
        if (out) {
            *out += ", " + phrase;
        }
    }
    return out;
}

}  // namespace

std::string shown(const shell::Word& word) {
    std::string text;
    bool plain = !word.text.empty();
    for (const char c : word.text) {
        if (c == shell::Word::k_unknown) {
            text += "…";
            continue;
        }
        plain = plain && static_cast<unsigned char>(c) > 0x20 && c != '\'';
        text.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
    }
    if (word.tilde && text.substr(0, 1) != "~" && text.empty()) {
        text = "~";
    }
    return plain ? text : "'" + text + "'";
}

std::string list(const std::vector<std::string>& items, std::string_view last) {
    std::string out;
    const bool many = items.size() > 4;
    const std::size_t count = many ? 2 : items.size();
    for (std::size_t i = 0; i < count; ++i) {
        const bool final = i + 1 == count && !many;
        out += (i == 0 ? "" : final ? " " + std::string(last) + " " : ", ") + items[i];
    }
    return many ? out + fmt::format(" {} {} more", last, items.size() - 2) : out;
}

std::optional<std::string> from_table(const shell::Command& command) {
    const auto found = table().find(command.words.front().text);
    if (found == table().end()) {
        return std::nullopt;
    }
    const Entry* entry = &found->second;
    std::size_t first = 1;
    while (!entry->sub.empty()) {
        // Options without a value may stand before the sub-command.
        std::size_t at = first;
        while (at < command.words.size() && entry->options.count(command.words[at].text) > 0 &&
               std::find(entry->with_value.begin(), entry->with_value.end(), command.words[at].text) == entry->with_value.end()) {
            ++at;
        }
        const auto sub = at < command.words.size() ? entry->sub.find(command.words[at].text) : entry->sub.end();
        if (sub == entry->sub.end()) {
            break;
        }
        entry = &sub->second;
        first = at + 1;
    }
    return told(*entry, command, first);
}

std::string phrase(const shell::Command& command, bool piped) {
    const shell::Word& name = command.words.front();
    if (!name.known()) {
        return "runs a command that is only known when it runs";
    }
    // A program named by its path is what its last part says.
    shell::Command plain = command;
    const auto slash = plain.words.front().text.rfind('/');
    if (slash != std::string::npos && slash + 1 < plain.words.front().text.size()) {
        plain.words.front().text.erase(0, slash + 1);
    }
    for (const auto& option : plain.words) {
        if (option.text == "--help" || option.text == "--version") {
            return (option.text == "--help" ? "shows the help of " : "shows the version of ") + shown(name);
        }
    }
    if (auto special = for_special(plain, piped)) {
        return *special;
    }
    if (auto known = from_table(plain)) {
        return *known;
    }
    // The shell keeps what it sets apart from the words.
    if (!plain.assignments.empty() && (plain.words.front().text == "export" || plain.words.front().text == "declare")) {
        std::vector<std::string> names;
        for (const auto& [variable, value] : plain.assignments) {
            names.push_back(variable);
        }
        return "sets " + list(names) + (plain.words.front().text == "export" ? " for this shell and what it starts" : "");
    }
    return "runs " + shown(name);
}

}  // namespace caro::explain
