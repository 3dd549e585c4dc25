#include "safety/option_reader.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The option `--help` that every command has.
const Option& help_option() {
    static const Option s_help = [] {
        Option option;
        option.names = {"--help", "--version"};
        option.flags = {"help"};
        return option;
    }();
    return s_help;
}

bool begins_command(const RoleUse& use) { return use.role == Role::command || use.role == Role::shell; }
bool runs_command(const Spec& spec) {
    return std::any_of(spec.operands.begin(), spec.operands.end(), begins_command);
}

// The name as the data spell it.
std::string_view spelling(const Option& option, std::string_view name) {
    const auto it = std::find(option.names.begin(), option.names.end(), name);
    return it == option.names.end() ? option.names.front() : *it;
}

class WordReader {
  public:
    WordReader(const Spec& spec, std::span<const shell::Word> words, Scene::Platform platform)
        : m_words(words), m_platform(platform_bit(platform)) {
        m_reading.spec = &spec;
        m_node = &spec.subcommands;
    }

    Reading read() &&;

  private:
    const Option* find(std::string_view name) const;
    const Option* find_below(const Spec::Node& node, std::string_view name) const;
    const Option* abbreviated(std::string_view name, std::string_view& full) const;
    void give(const Option& option, std::string_view name, std::size_t at);
    void take_values(GivenOption& given, std::size_t& i);
    void value_from(const shell::Word& word, std::size_t skip, GivenOption& given);
    bool option_word(std::size_t& i);
    bool long_option(std::size_t& i);
    bool whole_name(std::size_t& i);
    void cluster(std::size_t& i, std::size_t from);
    void bundle(std::size_t& i);
    bool keyvalue(std::size_t i);
    bool slash_option(std::size_t i);
    bool powershell_option(std::size_t& i);
    void operand(std::size_t i);
    bool subcommand(std::size_t i);
    void settle_subcommand();
    bool inner_began() const;
    Style style() const { return m_reading.spec->style; }

    std::span<const shell::Word> m_words;
    std::uint8_t m_platform;
    Reading m_reading;
    const Spec::Node* m_node;         // sub-commands that may come next; nullptr when the search is over
    std::vector<Operand> m_passed;    // words that began a sub-command that has no data (yet)
    std::size_t m_settled = 0;        // so many of them are the name of the sub-command
    const Spec::Node* m_variants = nullptr;  // where the name ended
    bool m_operands_only = false;
};

const Option* WordReader::find(std::string_view name) const {
    for (const Spec* spec = m_reading.spec; spec != nullptr; spec = spec->parent) {
        const Option* option = spec->find_option(name, m_platform);
        // "docker -h" is help, "docker run -h NAME" is not.
        const bool other_meaning = spec != m_reading.spec && option != nullptr && option->has_flag("help") &&
                                   name.size() == 2 && runs_command(*m_reading.spec);
        if (option != nullptr && !other_meaning) {
            return option;
        }
    }
    // Before the sub-command is known, its options may already stand there (docker compose -f x down).
    const Option* option = m_node != nullptr && !m_passed.empty() ? find_below(*m_node, name) : nullptr;
    return option == nullptr && (name == "--help" || name == "--version") ? &help_option() : option;
}

const Option* WordReader::find_below(const Spec::Node& node, std::string_view name) const {
    for (const auto& [word, child] : node.children) {
        const Option* option = child->spec != nullptr ? child->spec->find_option(name, m_platform) : nullptr;
        option = option != nullptr ? option : find_below(*child, name);
        if (option != nullptr) {
            return option;
        }
    }
    return nullptr;
}

// The option that the beginning of a long name stands for. If several do, the tool refuses; then the first serves.
const Option* WordReader::abbreviated(std::string_view name, std::string_view& full) const {
    if (name.size() < 4) {
        return nullptr;
    }
    for (const Spec* spec = m_reading.spec; spec != nullptr; spec = spec->parent) {
        for (const auto& option : spec->options) {
            for (const auto& candidate : option.names) {
                if (candidate.size() > name.size() && starts_with(candidate, name)) {
                    full = candidate;
                    return &option;
                }
            }
        }
    }
    for (const auto& candidate : help_option().names) {
        if (starts_with(candidate, name)) {
            full = candidate;
            return &help_option();
        }
    }
    return nullptr;
}

void WordReader::give(const Option& option, std::string_view name, std::size_t at) {
    GivenOption given;
    given.option = &option;
    given.name = name;
    given.at = at;
    m_reading.options.push_back(std::move(given));
    for (const auto& flag : option.flags) {
        // On BSD and busybox options end at the first operand, so what lowers the risk must stand before it.
        const bool too_late = m_platform == k_bsd && style() == Style::gnu && !m_reading.operands.empty() &&
                              (flag == "help" || flag == "dry-run" || flag == "read-only" || flag == "interactive");
        if (!too_late) {
            m_reading.flags.push_back(flag);
        }
    }
    m_reading.stopped = m_reading.stopped || option.has_flag("stop");
}

// A value that begins in the middle of a word.
void WordReader::value_from(const shell::Word& word, std::size_t skip, GivenOption& given) {
    shell::Word value = word;
    value.text.erase(0, skip);
    if (!value.text.empty() && value.text.front() == '~') {
        value.tilde = true;
    }
    // --dry-run=none, --force=false: as if it were not there.
    if (value.text == "none" || value.text == "false" || value.text == "no" || value.text == "off") {
        for (const auto& flag : given.option->flags) {
            const auto last = std::find(m_reading.flags.rbegin(), m_reading.flags.rend(), flag);
            if (last != m_reading.flags.rend()) {
                m_reading.flags.erase(std::next(last).base());
            }
        }
    }
    m_reading.made.push_back(std::move(value));
    given.values.push_back(&m_reading.made.back());
}

void WordReader::take_values(GivenOption& given, std::size_t& i) {
    const Option& option = *given.option;
    if (option.arity == Arity::required) {
        for (std::size_t n = given.values.size(); n < option.count && i + 1 < m_words.size(); ++n) {
            given.values.push_back(&m_words[++i]);
        }
    } else if (option.arity == Arity::until_end) {
        while (i + 1 < m_words.size()) {
            const std::string_view text = m_words[++i].text;
            if (text == ";" || (text == "+" && !given.values.empty() && given.values.back()->text == "{}")) {
                return;
            }
            given.values.push_back(&m_words[i]);
        }
    }
}

// --name, --name=value, --na
bool WordReader::long_option(std::size_t& i) {
    const shell::Word& word = m_words[i];
    const std::string_view text = word.text;
    const auto equal = text.find('=');
    const std::string_view name = text.substr(0, equal);
    std::string_view full = name;
    const Option* option = find(name);
    if (option == nullptr) {
        option = abbreviated(name, full);
    }
    if (option == nullptr) {
        m_reading.unknown.push_back(text);
        return true;
    }
    give(*option, full, i);
    GivenOption& given = m_reading.options.back();
    if (equal != std::string_view::npos) {
        value_from(word, equal + 1, given);
    } else if (option->arity != Arity::optional) {
        take_values(given, i);
    }
    return true;
}

// -name or -name=value as one name; false if there is no such option.
bool WordReader::whole_name(std::size_t& i) {
    const shell::Word& word = m_words[i];
    const std::string_view text = word.text;
    auto equal = text.find('=');
    const Option* option = find(text.substr(0, equal));
    if (option == nullptr && starts_with(text, "--") && style() == Style::long_names) {
        option = find(text.substr(1, equal == std::string_view::npos ? equal : equal - 1));
    } else if (option == nullptr && style() == Style::long_names) {
        option = find("-" + std::string(text.substr(0, equal)));
    }
    if (option == nullptr) {
        return false;
    }
    give(*option, option->names.front(), i);
    GivenOption& given = m_reading.options.back();
    for (const auto& name : option->names) {
        given.name = name == text.substr(0, equal) ? std::string_view(name) : given.name;
    }
    if (equal != std::string_view::npos && option->arity != Arity::none) {
        value_from(word, equal + 1, given);
    } else if (option->arity != Arity::optional) {
        take_values(given, i);
    }
    return true;
}

// -abc, -ovalue; `from` is the index of the first letter.
void WordReader::cluster(std::size_t& i, std::size_t from) {
    const shell::Word& word = m_words[i];
    const std::size_t here = i;
    for (std::size_t k = from; k < word.text.size(); ++k) {
        const std::string name = {'-', word.text[k]};
        const Option* option = find(name);
        if (option == nullptr) {
            m_reading.unknown.push_back(word.text);
            continue;
        }
        give(*option, spelling(*option, name), here);
        GivenOption& given = m_reading.options.back();
        if (option->arity == Arity::none) {
            continue;
        }
        if (k + 1 < word.text.size()) {
            value_from(word, k + 1, given);
        }
        if (option->arity != Arity::optional) {
            take_values(given, i);
        }
        return;
    }
}

// tar xzf file: letters without a dash, their values follow in the order of the letters.
void WordReader::bundle(std::size_t& i) {
    const std::string& letters = m_words[i].text;
    const std::size_t here = i;
    for (const char letter : letters) {
        const std::string name = {'-', letter};
        const Option* option = find(name);
        if (option == nullptr) {
            m_reading.unknown.push_back(letters);
            continue;
        }
        give(*option, spelling(*option, name), here);
        if (option->arity == Arity::required) {
            take_values(m_reading.options.back(), i);
        }
    }
}

bool WordReader::keyvalue(std::size_t i) {
    const std::string_view text = m_words[i].text;
    const auto equal = text.find('=');
    const Option* option = equal == std::string_view::npos ? find(text) : find(text.substr(0, equal));
    if (option == nullptr || (equal == std::string_view::npos && option->arity != Arity::none)) {
        return false;
    }
    give(*option, option->names.front(), i);
    if (equal != std::string_view::npos) {
        value_from(m_words[i], equal + 1, m_reading.options.back());
    }
    return true;
}

// /s, /f:name, /s/q; case does not count.
bool WordReader::slash_option(std::size_t i) {
    const std::string text = to_lower(m_words[i].text);
    bool any = false;
    for (std::size_t at = 0; at < text.size() && (text[at] == '/' || (at == 0 && text[0] == '-'));) {
        const auto next = text.find('/', at + 1);
        const std::string part = "/" + text.substr(at + 1, next == std::string::npos ? next : next - at - 1);
        const auto colon = part.find(':');
        const Option* option = nullptr;
        for (const Spec* spec = m_reading.spec; spec != nullptr && option == nullptr; spec = spec->parent) {
            for (const auto& candidate : spec->options) {
                for (const auto& name : candidate.names) {
                    const bool same = to_lower(name).substr(1) == part.substr(1, colon == std::string::npos ? colon : colon - 1);
                    option = same ? &candidate : option;
                }
            }
        }
        if (option == nullptr) {
            break;
        }
        any = true;
        give(*option, option->names.front(), i);
        if (colon != std::string::npos) {
            value_from(m_words[i], at + colon + 1, m_reading.options.back());
        }
        at = next == std::string::npos ? text.size() : next;
    }
    return any;
}

// -Recurse, -rec, -Path:x; case does not count.
bool WordReader::powershell_option(std::size_t& i) {
    const std::string text = to_lower(m_words[i].text);
    const auto colon = text.find(':');
    const std::string wanted = text.substr(0, colon);
    const Option* found = nullptr;
    bool exact = false;
    for (const auto& option : m_reading.spec->options) {
        for (const auto& name : option.names) {
            const std::string lower = to_lower(name);
            if (lower == wanted || (!exact && found == nullptr && starts_with(lower, wanted))) {
                exact = lower == wanted;
                found = &option;
            }
        }
    }
    if (found == nullptr) {
        m_reading.unknown.push_back(m_words[i].text);
        return true;
    }
    const bool switched_off = colon != std::string::npos && text.substr(colon + 1).find("false") != std::string::npos;
    if (switched_off) {
        return true;
    }
    give(*found, found->names.front(), i);
    if (colon != std::string::npos && found->arity != Arity::none) {
        value_from(m_words[i], colon + 1, m_reading.options.back());
    } else {
        take_values(m_reading.options.back(), i);
    }
    return true;
}

// False if the word is an operand.
bool WordReader::option_word(std::size_t& i) {
    const std::string_view text = m_words[i].text;
    if (style() == Style::raw || m_operands_only) {
        // kubectl exec NAME -- COMMAND
        return text == "--" && runs_command(*m_reading.spec) && !inner_began();
    }
    if (style() == Style::slash) {
        return text.size() > 1 && (text.front() == '/' || text.front() == '-') && slash_option(i);
    }
    if (style() == Style::keyvalue && keyvalue(i)) {
        return true;
    }
    if (style() == Style::bundle && i == 0 && !text.empty() && text.front() != '-' &&
        text.find_first_of("/.= \x1a") == std::string_view::npos) {
        bundle(i);
        return true;
    }
    if (text.size() < 2 || (text.front() != '-' && text.front() != '+')) {
        return false;
    }
    if (text.front() == '+') {
        return style() != Style::keyvalue && find(text) != nullptr && whole_name(i);
    }
    if (text == "--") {
        m_operands_only = true;
        return true;
    }
    if (style() == Style::powershell) {
        return powershell_option(i);
    }
    if (style() == Style::long_names) {
        if (!whole_name(i)) {
            m_reading.unknown.push_back(text);
        }
        return true;
    }
    if (starts_with(text, "--")) {
        return long_option(i);
    }
    const std::string_view name = text.substr(0, text.find('='));
    if (name.size() > 2 && find(name) != nullptr) {
        return whole_name(i);  // an old long name with one dash
    }
    cluster(i, 1);
    return true;
}

// True if the word is part of the name of a sub-command.
bool WordReader::subcommand(std::size_t i) {
    if (m_node == nullptr) {
        return false;
    }
    const std::string& text = m_words[i].text;
    const auto it = m_node->children.find(m_reading.spec->ignores_case ? to_lower(text) : text);
    if (it == m_node->children.end()) {
        settle_subcommand();
        return false;
    }
    m_node = it->second.get();
    m_passed.push_back({&m_words[i], i});
    if (m_node->spec != nullptr) {
        m_reading.spec = m_node->spec;
    }
    if (m_node->spec != nullptr || !m_node->with_options.empty()) {
        m_settled = m_passed.size();
        m_variants = m_node;
    }
    if (m_node->children.empty()) {
        settle_subcommand();
    }
    return true;
}

// The search for sub-commands is over: words that led nowhere are operands.
void WordReader::settle_subcommand() {
    m_node = nullptr;
    m_reading.operands.insert(m_reading.operands.end(), m_passed.begin() + static_cast<std::ptrdiff_t>(m_settled),
                              m_passed.end());
}

void WordReader::operand(std::size_t i) {
    if (m_node != nullptr && subcommand(i)) {
        return;
    }
    m_reading.operands.push_back({&m_words[i], i});
    m_operands_only = m_operands_only || style() == Style::posix || inner_began();
}

// True once the words of another command have begun; what follows are not options of this one.
bool WordReader::inner_began() const {
    for (const auto* list : operand_role_lists(m_reading)) {
        std::size_t before = 0;
        bool assigns = false;
        for (const auto& use : *list) {
            if (begins_command(use)) {
                const auto plain = std::count_if(
                    m_reading.operands.begin(), m_reading.operands.end(),
                    [&](const Operand& operand) { return !assigns || !is_assignment(operand.word->text); });
                return static_cast<std::size_t>(plain) > before;
            }
            assigns = assigns || use.role == Role::assign;
            before += use.many || use.optional ? 0 : 1;
        }
    }
    return false;
}

Reading WordReader::read() && {
    if (m_reading.spec->subcommands.children.empty()) {
        m_node = nullptr;
    }
    for (std::size_t i = 0; i < m_words.size() && !m_reading.stopped; ++i) {
        if (!option_word(i)) {
            operand(i);
        }
        m_reading.rest = i + 1;
    }
    if (m_node != nullptr) {
        settle_subcommand();
    }
    // "remote -v": a sub-command that only counts with its option.
    if (m_variants == nullptr) {
        return std::move(m_reading);
    }
    for (const auto& [needed, spec] : m_variants->with_options) {
        const bool all = std::all_of(needed.begin(), needed.end(), [&](const std::string& option) {
            return std::any_of(m_words.begin(), m_words.end(),
                               [&](const shell::Word& word) { return word.text == option; });
        });
        if (all) {
            m_reading.spec = spec;
        }
    }
    return std::move(m_reading);
}

}  // namespace

Reading read_words(const Spec& spec, std::span<const shell::Word> words, Scene::Platform platform) {
    return WordReader(spec, words, platform).read();
}

}  // namespace caro::safety
