#include "cli/parser.hpp"

#include "util/strings.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace caro::cli {

namespace {

std::string spelled(const OptionRow& row) {
    return "--" + std::string(row.name);
}

// "-s,--shell" as the library wants it.
std::string names_of(const OptionRow& row) {
    return (row.short_name == '\0' ? "" : fmt::format("-{},", row.short_name)) + spelled(row);
}

std::string allowed_list(const OptionRow& row) {
    std::string list;
    for (const auto word : words_of(row)) {
        list += (list.empty() ? "" : ", ") + std::string(word);
    }
    return list;
}

bool looks_like_option(const std::string& word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

Error unknown_option(const std::string& option) {
    const std::string name = option.substr(0, option.find('='));
    std::vector<std::string> names;
    for (const auto& row : options()) {
        names.push_back(spelled(row));
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    // One wrong letter of a short option tells nothing about what was meant.
    const std::string near = name.substr(0, 2) == "--" ? nearest(name, candidates) : "";
    return {ErrorCode::usage,
            fmt::format("there is no option {}", name),
            near.empty()
                ? fmt::format("If {} is part of the request, quote the request or put -- before it",
                              name)
                : fmt::format("Did you mean {}?", near),
            {}};
}

Error missing_value(const OptionRow& row) {
    const std::string list = allowed_list(row);
    return {ErrorCode::usage,
            fmt::format("{} needs a value: {}", spelled(row), list.empty() ? row.argument : list),
            "",
            {}};
}

// The library's parser, filled from the table. It takes no positionals of its own: it would read
// "[a,b]" and
// "{}" as lists, and a request may hold such words.
class Parser {
  public:
    Parser() {
        m_app.allow_extras();
        m_app.set_help_flag("");
        for (const auto& row : options()) {
            CLI::Option* option =
                row.argument.empty()
                    ? m_app.add_flag(names_of(row))
                    : m_app.add_option(names_of(row), [](const CLI::results_t&) { return true; });
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            m_rows[option] = &row;
        }
    }

    ParsedLine parse(const std::vector<std::string>& arguments) {
        ParsedLine line;
        line.problem = empty_value(arguments);
        try {
            m_app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        } catch (const CLI::Error& error) {
            if (!line.problem) {
                line.problem = problem_of(arguments, error);
            }
        }
        collect_options(line);
        collect_words(line);
        return line;
    }

  private:
    // "--model=" with nothing behind it, as from an unset variable: the library would take the next word.
    static std::optional<Error> empty_value(const std::vector<std::string>& arguments) {
        for (const auto& argument : arguments) {
            if (argument == "--") {
                break;
            }
            for (const auto& row : options()) {
                if (!row.argument.empty() && argument == spelled(row) + "=") {
                    return missing_value(row);
                }
            }
        }
        return std::nullopt;
    }

    // The library's own message names its own terms; the option at fault is the last one of the
    // line.
    Error problem_of(const std::vector<std::string>& arguments, const CLI::Error& error) const {
        if (!arguments.empty()) {
            const std::string& last = arguments.back();
            for (const auto& row : options()) {
                const bool is_short = row.short_name != '\0' && last.size() > 1 && last[0] == '-' &&
                                      last[1] != '-' && last.back() == row.short_name;
                if (!row.argument.empty() && (last == spelled(row) || is_short)) {
                    return missing_value(row);
                }
            }
        }
        return {ErrorCode::usage, std::string(error.what()), "", {}};
    }

    void collect_options(ParsedLine& line) {
        std::map<const CLI::Option*, std::size_t> used;
        for (const CLI::Option* option : m_app.parse_order()) {
            const OptionRow& row = *m_rows.at(option);
            const auto& results = option->results();
            const std::size_t index = used[option]++;
            if (index >= results.size()) {
                continue;
            }
            OptionUse use{&row, results[index], spelled(row)};
            if (row.argument.empty()) {
                if (use.value != "true" && !line.problem) {
                    line.problem = Error{
                        ErrorCode::usage, fmt::format("{} takes no value", use.spelled), "", {}};
                }
                use.value = std::string(row.implied);
            }
            line.options.push_back(std::move(use));
        }
    }

    void collect_words(ParsedLine& line) {
        for (auto& word : m_app.remaining()) {
            if (!line.mark && word == "--") {
                line.mark = line.words.size();
                continue;
            }
            if (!line.mark && looks_like_option(word)) {
                if (!line.problem) {
                    line.problem = unknown_option(word);
                }
                continue;
            }
            line.words.push_back(std::move(word));
        }
    }

    CLI::App m_app;
    std::map<const CLI::Option*, const OptionRow*> m_rows;
};

}  // namespace

bool ParsedLine::has(std::string_view name) const {
    return value(name).has_value();
}

std::optional<std::string> ParsedLine::value(std::string_view name) const {
    const auto found = std::find_if(options.rbegin(), options.rend(),
                                    [&](const auto& use) { return use.row->name == name; });
    if (found == options.rend()) {
        return std::nullopt;
    }
    return found->value;
}

ParsedLine parse_line(const std::vector<std::string>& arguments) {
    Parser parser;
    return parser.parse(arguments);
}

}  // namespace caro::cli
