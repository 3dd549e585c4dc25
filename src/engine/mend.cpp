#include "engine/mend.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Word;

// The words of find that do something with a file; what they do hangs on all tests before them.
bool is_action(std::string_view word) {
    static const std::set<std::string_view> k_actions = {"-delete", "-exec", "-execdir", "-ok",   "-okdir",  "-print", "-print0",
                                                         "-printf", "-ls",   "-fprint",  "-fls", "-fprintf", "-quit",  "-prune"};
    return k_actions.count(word) != 0;
}

class Mender {
  public:
    Mender(std::string_view request, std::string_view source, const Surroundings& surroundings)
        : m_request(" " + to_lower(request) + " "), m_source(source), m_surroundings(surroundings) {}

    void pipeline(const shell::Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        for (std::size_t i = 0; i < stages.size(); ++i) {
            if (stages[i].words.empty() || stages[i].expanded || stages[i].only_flow || !bare(stages[i].words.front())) {
                continue;
            }
            one(stages[i]);
            if (i > 0 && !stages[i - 1].words.empty()) {
                pair(stages[i - 1], stages[i]);
            }
        }
        if (stages.size() == 2 && name_of(stages[0]) == "ls" && name_of(stages[1]) == "wc" && has_word(stages[1], "-l")) {
            plain_list(stages[0]);
        }
        if (stages.size() == 3) {
            times_away(stages);
        }
    }

    std::vector<Edit> take() { return std::move(m_edits); }

  private:
    void insert_after(const Word& word, std::string text) { m_edits.push_back({{word.span.end, word.span.end}, std::move(text)}); }
    void replace(const Word& word, std::string text) { m_edits.push_back({word.span, std::move(text)}); }

    bool asks(std::initializer_list<std::string_view> texts) const {
        return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return m_request.find(text) != std::string::npos; });
    }

    // As it stands in the source, without quotes.
    bool bare(const Word& word) const {
        return word.known() && word.span.end <= m_source.size() &&
               m_source.substr(word.span.start, word.span.end - word.span.start) == word.text;
    }

    void one(const Command& command) {
        const std::string_view name = name_of(command);
        if (name == "find") {
            group(command);
            sizes(command);
        } else if (name == "grep") {
            grep(command);
        } else if (name == "du") {
            unit(command);
        } else if (name == "ln") {
            link(command);
        } else if (name == "echo") {
            echo(command);
        } else if (name == "gzip" || name == "gunzip" || name == "bzip2" || name == "bunzip2" || name == "xz" || name == "unxz") {
            keep(command);
        } else if (name == "uniq") {
            uniq_of_file(command);
        } else if (name == "python" || name == "pip") {
            const std::string three = std::string(name) + "3";
            if (bare(command.words[0]) && !m_surroundings.has_tool(name) && m_surroundings.has_tool(three)) {
                replace(command.words[0], three);
            }
        }
    }

    void pair(const Command& before, const Command& command) {
        const std::string_view name = name_of(command);
        if (name == "uniq") {
            uniq(before, command);
        } else if (name == "xargs") {
            whole_names(before, command);
        }
    }

    bool wants_neighbours() const { return asks({"adjacent", "consecutive", "in a row", "neighbour", "neighbor", "successive", "keep the order", "keep order", "original order", "following each other"}); }

    // uniq sees only neighbours, so its lines have to be sorted.
    void uniq(const Command& before, const Command& command) {
        static const std::set<std::string_view> k_sorted = {"sort", "uniq", "comm", ""};
        if (k_sorted.count(name_of(before)) != 0 || wants_neighbours()) {
            return;
        }
        if (command.words.size() == 1) {
            replace(command.words[0], "sort -u");
        } else {
            m_edits.push_back({{command.words[0].span.start, command.words[0].span.start}, "sort | "});
        }
    }

    void uniq_of_file(const Command& command) {
        const bool only_file = command.words.size() == 2 && command.words[1].known() && command.words[1].text[0] != '-';
        if (only_file && !wants_neighbours()) {
            replace(command.words[0], "sort -u");
        }
    }

    // Names with blanks or quotes come through whole.
    void whole_names(const Command& before, const Command& command) {
        if (name_of(before) != "find" || has_word(command, "-0") || has_word(command, "--null") || has_short(command, "d") ||
            std::any_of(before.words.begin() + 1, before.words.end(), [](const Word& word) { return is_action(word.text); })) {
            return;
        }
        insert_after(before.words.back(), " -print0");
        insert_after(command.words[0], " -0");
    }

    // `ls -la | wc -l` counts the line with the total, and . and .. too.
    void plain_list(const Command& ls) {
        for (std::size_t i = 1; i < ls.words.size(); ++i) {
            const Word& word = ls.words[i];
            if (!is_cluster(word) || !bare(word) || word.text.find('l') == std::string::npos) {
                continue;
            }
            std::string letters;
            for (const char c : word.text) {
                if (c != 'l') {
                    letters.push_back(c == 'a' ? 'A' : c);
                }
            }
            m_edits.push_back(letters == "-" ? Edit{{ls.words[i - 1].span.end, word.span.end}, ""} : Edit{word.span, letters});
        }
    }

    // The time that files were sorted by is no part of the answer.
    void times_away(const std::vector<Command>& stages) {
        const std::string_view last = name_of(stages[2]);
        if (name_of(stages[0]) != "find" || name_of(stages[1]) != "sort" || (last != "head" && last != "tail")) {
            return;
        }
        const auto& words = stages[0].words;
        if (std::any_of(words.begin(), words.end(), [](const Word& word) { return word.text == "%T@ %p\\n" || word.text == "%T@ %f\\n"; }) &&
            !stages[2].words.empty()) {
            insert_after(stages[2].words.back(), " | cut -d' ' -f2-");
        }
    }

    // find A -o B -delete deletes B only.
    void group(const Command& command) {
        const auto& words = command.words;
        std::size_t first_or = 0;
        std::size_t last_or = 0;
        std::size_t action = 0;
        for (std::size_t i = 1; i < words.size(); ++i) {
            const std::string& text = words[i].text;
            if (text == "(" || text == ")" || text == "," || (action == 0 && text == "-prune")) {
                return;  // somebody thought about it
            }
            if (text == "-o" || text == "-or") {
                if (action != 0) {
                    return;
                }
                first_or = first_or == 0 ? i : first_or;
                last_or = i;
            } else if (is_action(text) && action == 0) {
                action = i;
            }
        }
        if (first_or < 3 || action == 0 || action < last_or + 3) {
            return;
        }
        std::size_t begin = first_or - 2;  // a test with its value
        std::size_t end = last_or + 2;
        const auto is_not = [&](std::size_t i) { return words[i].text == "!" || words[i].text == "-not"; };
        if (begin > 1 && is_not(begin - 1)) {
            --begin;
        }
        if (is_not(last_or + 1)) {
            ++end;
        }
        if (words[begin].text[0] != '-' && words[begin].text != "!") {
            return;
        }
        m_edits.push_back({{words[begin].span.start, words[begin].span.start}, "\\( "});
        insert_after(words[end], " \\)");
    }

    // Sizes are rounded up to whole units, so "less than one unit" means empty.
    void sizes(const Command& command) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> k_exact = {
            {{"-1k", "-1024c"}, {"-1M", "-1048576c"}, {"-1G", "-1073741824c"}}};
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            for (const auto& [rounded, exact] : k_exact) {
                if (command.words[i].text == rounded && command.words[i - 1].text == "-size") {
                    replace(command.words[i], std::string(exact));
                }
            }
        }
    }

    void grep(const Command& command) {
        const Word* pattern = nullptr;
        const Word* file = nullptr;
        std::size_t operands = 0;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (word.text.size() > 1 && word.text[0] == '-') {
                const bool takes_next = word.text == "--include" || word.text == "--exclude" || word.text == "--exclude-dir";
                if (word.text == "--" || takes_next || word.text.starts_with("--regexp") || word.text.starts_with("--file=") ||
                    (is_cluster(word) && word.text.find_first_of("ef", 1) != std::string::npos)) {
                    return;  // the pattern is not the first operand
                }
                if (is_cluster(word) && std::string_view("ABCm").find(word.text.back()) != std::string_view::npos) {
                    ++i;  // its number
                }
                continue;
            }
            (operands == 0 ? pattern : file) = &word;
            ++operands;
        }
        if (pattern == nullptr) {
            return;
        }
        if (!has_short(command, "EFP") && is_extended(pattern->text) && m_request.find(to_lower(pattern->text)) == std::string::npos) {
            insert_after(command.words[0], " -E");
        }
        if (operands == 2 && file->known() && !file->glob && !has_short(command, "rRd") && !has_word(command, "--recursive") &&
            m_surroundings.is_directory(file->text)) {
            insert_after(command.words[0], " -r");
        }
    }

    // Written for grep -E: in a basic pattern these are plain characters.
    static bool is_extended(std::string_view pattern) {
        if (pattern.find('\\') != std::string_view::npos &&
            (pattern.find("\\|") != std::string_view::npos || pattern.find("\\+") != std::string_view::npos ||
             pattern.find("\\(") != std::string_view::npos || pattern.find("\\{") != std::string_view::npos || pattern.find("\\?") != std::string_view::npos)) {
            return false;
        }
        for (const std::string_view sign : {"]+", ")+", "]{", "){", "]?", ")?", "\\w+", "\\S+", "\\s+"}) {
            if (pattern.find(sign) != std::string_view::npos) {
                return true;
            }
        }
        const std::size_t bar = pattern.find('|');
        return bar != std::string_view::npos && bar > 0 && bar + 1 < pattern.size();
    }

    void unit(const Command& command) {
        const char letter = asks({" in bytes", " bytes "})                            ? 'b'
                            : asks({"in kilobytes", "in kb ", "in kib", "in kbytes"}) ? 'k'
                            : asks({"in megabytes", "in mb ", "in mib"})              ? 'm'
                                                                                      : '\0';
        for (std::size_t i = 1; i < command.words.size() && letter != '\0'; ++i) {
            const Word& word = command.words[i];
            if (is_cluster(word) && bare(word) && word.text.find('h') != std::string::npos && word.text.find_first_of("d-", 1) == std::string::npos) {
                std::string text = word.text;
                std::replace(text.begin(), text.end(), 'h', letter);
                replace(word, text);
                return;
            }
        }
    }

    // Over a link to a folder, `ln -sf` makes the new link inside that folder.
    void link(const Command& command) {
        if (command.words.size() == 4 && (command.words[1].text == "-sf" || command.words[1].text == "-fs")) {
            replace(command.words[1], "-sfn");
        }
    }

    void echo(const Command& command) {
        const bool nothing = command.words.size() == 1 || (command.words.size() == 2 && command.words[1].text.empty() && command.words[1].known());
        if (nothing && command.redirects.size() == 1 && command.redirects[0].op == ">" &&
            asks({"empty", "truncate", "clear", "zero"}) && !asks({"empty line", "blank line"})) {
            m_edits.push_back({{command.words.front().span.start, command.words.back().span.end}, ":"});
            return;
        }
        if (command.words.size() == 2 && bare(command.words[1]) && is_sum(command.words[1].text)) {
            replace(command.words[1], "$((" + command.words[1].text + "))");
        }
    }

    static bool is_sum(std::string_view text) {
        const bool only = std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '*' || c == '/' || c == '%' || c == '+'; });
        return only && text.find_first_of("*/%+") != std::string_view::npos && text.front() >= '0' && text.front() <= '9' && text.back() >= '0' && text.back() <= '9';
    }

    void keep(const Command& command) {
        if (asks({" keep", "keeping", "without removing", "without deleting", "delete the original", "remove the original", "leave the original", "preserv"}) && !has_short(command, "kc") && !has_word(command, "--keep") &&
            !has_word(command, "--stdout")) {
            insert_after(command.words[0], " -k");
        }
    }

    std::string m_request;  // in small letters, with a blank at both ends
    std::string_view m_source;
    const Surroundings& m_surroundings;
    std::vector<Edit> m_edits;
};

// Each once: a loop that is followed several times has its commands several times.
void once(std::vector<Edit>& edits) {
    std::vector<Edit> out;
    for (Edit& edit : edits) {
        const bool known = std::any_of(out.begin(), out.end(), [&](const Edit& other) {
            return other.span.start == edit.span.start && other.span.end == edit.span.end && other.text == edit.text;
        });
        if (!known) {
            out.push_back(std::move(edit));
        }
    }
    edits = std::move(out);
}

using Pass = void (*)(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// `command` after these passes; as it was where it cannot be read before or after them.
std::string after(std::initializer_list<Pass> passes, std::string_view request, const std::string& command, const shell::Environment& environment,
                  const Surroundings& surroundings) {
    const shell::Script script = shell::parse(command, environment);
    if (!script.complete || !script.functions.empty()) {
        return command;
    }
    const Mended mended{" " + to_lower(request) + " ", request, command, surroundings};
    std::vector<Edit> edits;
    for (const Pass pass : passes) {
        pass(mended, script, edits);
    }
    once(edits);
    if (edits.empty()) {
        return command;
    }
    std::string out = engine::apply(std::move(edits), command);
    return shell::parse(out, environment).complete ? out : command;
}

void mend_always(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Mender mender(mended.asked, mended.source, mended.surroundings);
    for (const auto& pipeline : script.pipelines) {
        mender.pipeline(pipeline);
    }
    for (Edit& edit : mender.take()) {
        edits.push_back(std::move(edit));
    }
}

}  // namespace

std::string mend(std::string_view request, std::string_view command, const shell::Environment& environment,
                 const Surroundings& surroundings) {
    const std::string mended = after({mend_always, mend_texts, mend_files, mend_slips, mend_programs, mend_meaning}, request, std::string(command), environment, surroundings);
    // What looks at columns and paths wants them as the first passes leave them.
    const std::string said = after({mend_json, mend_wording}, request, mended, environment, surroundings);
    return after({mend_columns}, request, said, environment, surroundings);
}

}  // namespace caro::engine
