#include "safety/knowledge_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <toml++/toml.h>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::array<std::string_view, 8> k_styles = {"gnu",    "posix", "long",  "keyvalue",
                                                      "bundle", "raw",   "slash", "powershell"};

constexpr std::array<std::string_view, 20> k_keys = {
    "names",  "name",     "class",    "options", "operands",  "operands_if", "risks",  "risk",  "why",    "safer",
    "rule",   "examples", "style",    "nocase",  "privilege", "engine",      "stdin",  "stdout", "read",  "write"};

constexpr std::array<std::string_view, 5> k_more_keys = {"stdin_if", "sub", "options_complete", "os", "note"};

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto part : split(text, ' ')) {
        if (!part.empty()) {
            words.push_back(part);
        }
    }
    return words;
}

// Reads the tables of one block, its own and those of its sub-commands.
class Reader {
  public:
    explicit Reader(std::vector<std::string>& problems) : m_problems(problems) {}

    void read(const toml::table& table, Spec& spec);

  private:
    void problem(const Spec& spec, std::string_view what) {
        m_problems.push_back(fmt::format("{}: {}", spec.id, what));
    }
    std::vector<std::string> strings(const toml::table& table, std::string_view key, const Spec& spec);
    std::vector<RoleUse> roles(const toml::array& list, const Spec& spec);
    void keys(const toml::table& table, const Spec& spec);
    void basics(const toml::table& table, Spec& spec);
    void options(const toml::table& table, Spec& spec);
    void operands(const toml::table& table, Spec& spec);
    void streams(const toml::table& table, Spec& spec);
    void dangers(const toml::table& table, Spec& spec);
    bool danger(const toml::table& table, const Spec& spec, Danger& danger);
    void subcommands(const toml::table& table, Spec& spec);
    void short_forms(const toml::table& table, std::string_view key, CommandClass kind, Spec& spec);
    void add(Spec& parent, std::string_view phrase, const Spec* child);

    std::vector<std::string>& m_problems;
};

std::vector<std::string> Reader::strings(const toml::table& table, std::string_view key, const Spec& spec) {
    std::vector<std::string> list;
    const auto node = table[key];
    if (const auto* array = node.as_array()) {
        for (const auto& item : *array) {
            if (!item.is_string()) {
                problem(spec, fmt::format("\"{}\" must hold texts", key));
                continue;
            }
            list.emplace_back(item.value_or(""));
        }
    } else if (node.is_string()) {
        list.emplace_back(node.value_or(""));
    } else if (node) {
        problem(spec, fmt::format("\"{}\" must be a list of texts", key));
    }
    return list;
}

void Reader::keys(const toml::table& table, const Spec& spec) {
    for (const auto& [key, value] : table) {
        const std::string_view name = key.str();
        const auto is_name = [name](std::string_view other) { return other == name; };
        if (std::none_of(k_keys.begin(), k_keys.end(), is_name) &&
            std::none_of(k_more_keys.begin(), k_more_keys.end(), is_name)) {
            problem(spec, fmt::format("there is no key \"{}\"", name));
        }
    }
}

void Reader::basics(const toml::table& table, Spec& spec) {
    const auto kind = table["class"].value<std::string_view>();
    if (kind && *kind != "read" && *kind != "write") {
        problem(spec, "\"class\" must be \"read\" or \"write\"");
    }
    if (kind) {
        spec.kind = *kind == "read" ? CommandClass::read : CommandClass::write;
    } else if (spec.parent == nullptr) {
        problem(spec, "\"class\" is missing");
    }
    if (const auto style = table["style"].value<std::string_view>()) {
        const auto it = std::find(k_styles.begin(), k_styles.end(), *style);
        if (it == k_styles.end()) {
            problem(spec, fmt::format("there is no style \"{}\"", *style));
        } else {
            spec.style = static_cast<Style>(it - k_styles.begin());
        }
    } else if (spec.parent != nullptr && spec.parent->style != Style::posix) {
        spec.style = spec.parent->style;
    }
    spec.ignores_case = table["nocase"].value_or(spec.parent != nullptr && spec.parent->ignores_case);
    spec.privilege = table["privilege"].value_or(false);
    spec.options_complete = table["options_complete"].value_or(false);
    spec.engine = table["engine"].value_or("");
}

void Reader::options(const toml::table& table, Spec& spec) {
    for (const auto& text : strings(table, "options", spec)) {
        Option option;
        std::string why;
        if (!read_option(text, option, why)) {
            problem(spec, fmt::format("option \"{}\": {}", text, why));
            continue;
        }
        spec.options.push_back(std::move(option));
    }
    for (const auto& option : spec.options) {
        for (const auto& name : option.names) {
            spec.by_name[name].push_back(&option);
        }
    }
}

std::vector<RoleUse> Reader::roles(const toml::array& list, const Spec& spec) {
    std::vector<RoleUse> found;
    for (const auto& node : list) {
        RoleUse use;
        if (!read_role(node.value_or(std::string_view()), use)) {
            problem(spec, fmt::format("there is no role \"{}\"", node.value_or("")));
            continue;
        }
        found.push_back(std::move(use));
    }
    if (std::count_if(found.begin(), found.end(), [](const RoleUse& use) { return use.many; }) > 2) {
        problem(spec, "only one operand may stand for many words");
    }
    return found;
}

void Reader::operands(const toml::table& table, Spec& spec) {
    if (const auto* list = table["operands"].as_array()) {
        spec.operands = roles(*list, spec);
    } else if (table["operands"]) {
        problem(spec, "\"operands\" must be a list of roles");
    }
    if (const auto* by_flag = table["operands_if"].as_table()) {
        for (const auto& [flag, list] : *by_flag) {
            if (list.is_array()) {
                spec.operands_if.emplace_back(flag.str(), roles(*list.as_array(), spec));
            } else {
                problem(spec, "\"operands_if\" must hold lists of roles");
            }
        }
    }
}

void Reader::streams(const toml::table& table, Spec& spec) {
    spec.input = table["stdin"].value_or("");
    spec.output = table["stdout"].value_or("");
    if (const auto* by_flag = table["stdin_if"].as_table()) {
        for (const auto& [flag, value] : *by_flag) {
            spec.input_if.emplace_back(flag.str(), value.value_or(""));
        }
    }
}

bool Reader::danger(const toml::table& table, const Spec& spec, Danger& made) {
    constexpr std::array<std::string_view, 11> k_known = {"if",  "unless", "operand", "operands", "nth", "opt",
                                                         "value", "risk", "why",     "safer",    "rule"};
    for (const auto& [key, value] : table) {
        if (std::find(k_known.begin(), k_known.end(), key.str()) == k_known.end()) {
            problem(spec, fmt::format("a risk has no key \"{}\"", key.str()));
        }
    }
    const auto risk = parse_risk(table["risk"].value_or(""));
    if (!risk) {
        problem(spec, "a risk needs \"risk\" = safe, moderate, high or critical");
        return false;
    }
    const auto list = [](std::string_view text, char separator) {
        std::vector<std::string> parts;
        for (const auto part : split(text, separator)) {
            if (!part.empty()) {
                parts.emplace_back(part);
            }
        }
        return parts;
    };
    made.risk = *risk;
    made.with = list(table["if"].value_or(""), ' ');
    made.without = list(table["unless"].value_or(""), ' ');
    std::string_view operand = table["operand"].value_or(std::string_view());
    made.no_operand_matches = !operand.empty() && operand.front() == '!';
    operand.remove_prefix(made.no_operand_matches ? 1 : 0);
    made.operands = list(operand, '|');
    const std::string_view count = table["operands"].value_or(std::string_view());
    made.operand_count = count == "none" ? 0 : count == "some" ? 1 : -1;
    made.nth = static_cast<std::size_t>(table["nth"].value_or(0));
    made.options = list(table["opt"].value_or(""), ' ');
    made.values = list(table["value"].value_or(""), '|');
    made.why = table["why"].value_or("");
    made.safer = table["safer"].value_or("");
    made.rule = table["rule"].value_or(std::string_view(spec.id));
    if (made.why.empty() && made.risk >= Risk::high) {
        problem(spec, "a high or critical risk must say why");
    }
    return true;
}

void Reader::dangers(const toml::table& table, Spec& spec) {
    if (table["risk"]) {
        Danger always;
        toml::table own;
        for (const auto* key : {"risk", "why", "safer", "rule"}) {
            if (const auto value = table[key].value<std::string>()) {
                own.insert(key, *value);
            }
        }
        if (danger(own, spec, always)) {
            spec.dangers.push_back(std::move(always));
        }
    }
    if (const auto* list = table["risks"].as_array()) {
        for (const auto& node : *list) {
            Danger made;
            if (!node.is_table()) {
                problem(spec, "\"risks\" must hold tables");
            } else if (danger(*node.as_table(), spec, made)) {
                spec.dangers.push_back(std::move(made));
            }
        }
    } else if (table["risks"]) {
        problem(spec, "\"risks\" must be a list of tables");
    }
}

void Reader::add(Spec& parent, std::string_view phrase, const Spec* child) {
    Spec::Node* node = &parent.subcommands;
    std::vector<std::string> needed;
    for (const auto word : words_of(phrase)) {
        if (word.size() > 1 && word.front() == '-') {
            needed.emplace_back(word);
            continue;
        }
        auto& next = node->children[parent.ignores_case ? to_lower(word) : std::string(word)];
        if (!next) {
            next = std::make_unique<Spec::Node>();
        }
        node = next.get();
    }
    if (!needed.empty()) {
        node->with_options.emplace_back(std::move(needed), child);
    } else if (node == &parent.subcommands) {
        problem(parent, "a sub-command has no name");
    } else if (node->spec == nullptr || node->spec->options.empty()) {
        node->spec = child;
    }
}

void Reader::short_forms(const toml::table& table, std::string_view key, CommandClass kind, Spec& spec) {
    for (const auto& phrase : strings(table, key, spec)) {
        auto child = std::make_unique<Spec>();
        child->id = spec.id + "." + replace_all(phrase, " ", "-");
        child->parent = &spec;
        child->kind = kind;
        child->style = spec.style == Style::posix ? Style::gnu : spec.style;
        add(spec, phrase, child.get());
        spec.children.push_back(std::move(child));
    }
}

void Reader::subcommands(const toml::table& table, Spec& spec) {
    short_forms(table, "read", CommandClass::read, spec);
    short_forms(table, "write", CommandClass::write, spec);
    const auto* list = table["sub"].as_array();
    if (list == nullptr) {
        return;
    }
    for (const auto& node : *list) {
        if (!node.is_table()) {
            continue;
        }
        const toml::table& own = *node.as_table();
        auto phrases = strings(own, "name", spec);
        for (auto& more : strings(own, "names", spec)) {
            phrases.push_back(std::move(more));
        }
        if (phrases.empty()) {
            problem(spec, "a sub-command has no name");
            continue;
        }
        auto child = std::make_unique<Spec>();
        child->id = spec.id + "." + replace_all(phrases.front(), " ", "-");
        child->parent = &spec;
        child->kind = spec.kind;
        read(own, *child);
        for (const auto& phrase : phrases) {
            add(spec, phrase, child.get());
        }
        spec.children.push_back(std::move(child));
    }
}

void Reader::read(const toml::table& table, Spec& spec) {
    keys(table, spec);
    basics(table, spec);
    options(table, spec);
    operands(table, spec);
    streams(table, spec);
    dangers(table, spec);
    if (const auto* list = table["examples"].as_table()) {
        for (const auto& [command, risk] : *list) {
            if (!parse_risk(risk.value_or(""))) {
                problem(spec, fmt::format("example \"{}\" names no risk", command.str()));
            }
            spec.examples.emplace(command.str(), risk.value_or(""));
        }
    }
    subcommands(table, spec);
}

// How to find the command among the operands; nullptr if there is none.
std::unique_ptr<Wrapper> wrapper_in(const Spec& spec) {
    auto wrapper = std::make_unique<Wrapper>();
    bool found = false;
    for (const auto& use : spec.operands) {
        found = found || use.role == Role::command;
        wrapper->skipped_operands += found || use.many || use.optional ? 0 : 1;
    }
    if (!found) {
        return nullptr;
    }
    for (const auto& option : spec.options) {
        if (option.arity == Arity::required) {
            wrapper->value_options.insert(wrapper->value_options.end(), option.names.begin(), option.names.end());
        }
    }
    return wrapper;
}

}  // namespace

std::unique_ptr<Spec> read_block(std::string_view text, std::vector<std::string>& problems) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
        problems.push_back(fmt::format("line {}: {}", parsed.error().source().begin.line, parsed.error().description()));
        return nullptr;
    }
    const auto* list = parsed.table()["command"].as_array();
    if (list == nullptr || list->empty() || !(*list)[0].is_table()) {
        problems.emplace_back("there is no command");
        return nullptr;
    }
    const toml::table& table = *(*list)[0].as_table();
    auto spec = std::make_unique<Spec>();
    spec->id = table["names"][0].value_or("");
    if (spec->id.empty()) {
        problems.emplace_back("\"names\" is missing");
        return nullptr;
    }
    Reader(problems).read(table, *spec);
    spec->wrapper = wrapper_in(*spec);
    return spec;
}

}  // namespace caro::safety
