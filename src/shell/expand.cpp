// Words: from what is written to the values it stands for.
#include <algorithm>
#include <cctype>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "shell/walker.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::size_t k_longest_word = 64 * 1024;
constexpr std::size_t k_most_words = 256;
constexpr std::size_t k_most_runs = 12;  // of the code in a word that brace expansion multiplies

void note_globs(std::string_view text, Word& into) {
    into.glob = into.glob || text.find_first_of("*?[") != std::string_view::npos;
}

void take_marks(const Word& from, Word& into) {
    into.unset_variable = into.unset_variable || from.unset_variable;
    into.credential = into.credential || from.credential;
    into.sources.insert(into.sources.end(), from.sources.begin(), from.sources.end());
}

bool has_mark(const Parts& parts, Part::Kind kind) {
    return std::any_of(parts.begin(), parts.end(), [kind](const Part& part) { return part.kind == kind; });
}

// {1..5}, {a..e}, {01..10..3}: the words it stands for; empty if it is no such range.
std::vector<std::string> range(const std::string& text) {
    const auto dots = text.find("..");
    if (dots == std::string::npos || dots == 0) {
        return {};
    }
    const std::string from = text.substr(0, dots);
    const auto more = text.find("..", dots + 2);
    const std::string to = text.substr(dots + 2, more == std::string::npos ? more : more - dots - 2);
    std::vector<std::string> made;
    const auto number = [](const std::string& s) {
        return !s.empty() && s.size() < 7 && s.find_first_not_of("0123456789", s[0] == '-' && s.size() > 1 ? 1 : 0) == std::string::npos;
    };
    const std::string by = more == std::string::npos ? "1" : text.substr(more + 2);
    if (!number(by)) {
        return {};
    }
    const long step = std::max(std::labs(std::stol(by)), 1L);
    if (number(from) && number(to)) {
        const long first = std::stol(from);
        const long last = std::stol(to);
        const bool padded = (from.size() > 1 && from[0] == '0') || (to.size() > 1 && to[0] == '0');
        const std::size_t width = padded ? std::max(from.size(), to.size()) : 0;
        for (long i = first; made.size() < k_most_words && (first <= last ? i <= last : i >= last); i += first <= last ? step : -step) {
            std::string one = std::to_string(i);
            one.insert(0, width > one.size() ? width - one.size() : 0, '0');
            made.push_back(one);
        }
    } else if (from.size() == 1 && to.size() == 1 && is_name_start(from[0]) && is_name_start(to[0])) {
        for (long c = from[0]; made.size() < k_most_words && (from[0] <= to[0] ? c <= to[0] : c >= to[0]); c += from[0] <= to[0] ? step : -step) {
            made.emplace_back(1, static_cast<char>(c));
        }
    }
    return made;
}

// Index of the } that closes the { at `open`, and the commas between; 0 if there is none.
std::size_t brace_end(const Parts& parts, std::size_t open, std::vector<std::size_t>& commas) {
    int depth = 0;
    for (std::size_t i = open; i < parts.size(); ++i) {
        if (parts[i].kind == Part::Kind::brace_open) {
            ++depth;
        } else if (parts[i].kind == Part::Kind::brace_close && --depth == 0) {
            return i;
        } else if (parts[i].kind == Part::Kind::brace_comma && depth == 1) {
            commas.push_back(i);
        }
    }
    return 0;
}

// Between letters of one word a variable that nobody set is there to hide the word: w$9ipefs, --a${x}ll
bool hides_between(const Parts& parts, std::size_t at) {
    const auto plain = [&](std::size_t i) { return parts[i].kind == Part::Kind::text && !parts[i].text.empty(); };
    const auto parameter = [&](std::size_t i) { return parts[i].kind == Part::Kind::parameter || parts[i].text.empty(); };
    std::size_t before = at;
    while (before > 0 && !plain(before - 1) && parameter(before - 1)) {
        --before;
    }
    std::size_t after = at + 1;
    while (after < parts.size() && !plain(after) && parameter(after)) {
        ++after;
    }
    if (before == 0 || after >= parts.size() || !plain(before - 1) || !plain(after)) {
        return false;
    }
    const char last = parts[before - 1].text.back();
    const char first = parts[after].text.front();
    return (std::isalpha(static_cast<unsigned char>(last)) != 0 || last == '-') && std::isalpha(static_cast<unsigned char>(first)) != 0;
}

Part text_part(std::string text) {
    Part part;
    part.text = std::move(text);
    return part;
}

Parts slice(const Parts& parts, std::size_t from, std::size_t to) {
    return {parts.begin() + static_cast<std::ptrdiff_t>(from), parts.begin() + static_cast<std::ptrdiff_t>(to)};
}

}  // namespace

// Brace expansion. Braces that expand to nothing stay as text.
std::vector<Parts> Walker::braces(const Parts& parts) {
    std::vector<Parts> done;
    std::vector<Parts> open{parts};
    std::size_t steps = 0;
    while (!open.empty()) {
        Parts now = std::move(open.back());
        open.pop_back();
        std::size_t at = 0;
        std::vector<Parts> choices;
        std::size_t end = 0;
        for (; at < now.size() && choices.empty(); ++at) {
            if (now[at].kind != Part::Kind::brace_open || ++steps > 400) {
                continue;
            }
            std::vector<std::size_t> commas;
            end = brace_end(now, at, commas);
            if (end == 0) {
                continue;
            }
            if (!commas.empty()) {
                std::size_t from = at + 1;
                commas.push_back(end);
                for (const auto comma : commas) {
                    choices.push_back(slice(now, from, comma));
                    from = comma + 1;
                }
            } else if (end == at + 2 && now[at + 1].kind == Part::Kind::text && !now[at + 1].quoted) {
                for (auto& text : range(now[at + 1].text)) {
                    choices.push_back({text_part(std::move(text))});
                }
            }
        }
        if (choices.empty() || done.size() + open.size() + choices.size() > k_most_words) {
            for (auto& part : now) {
                const bool mark = part.kind == Part::Kind::brace_open || part.kind == Part::Kind::brace_comma ||
                                  part.kind == Part::Kind::brace_close;
                part.kind = mark ? Part::Kind::text : part.kind;
            }
            done.push_back(std::move(now));
            continue;
        }
        for (auto choice = choices.rbegin(); choice != choices.rend(); ++choice) {
            Parts made = slice(now, 0, at - 1);
            made.insert(made.end(), choice->begin(), choice->end());
            made.insert(made.end(), now.begin() + static_cast<std::ptrdiff_t>(end) + 1, now.end());
            open.push_back(std::move(made));
        }
    }
    return done;
}

std::vector<Word> Walker::fields(const RawWord& raw, const Scope& scope) {
    std::vector<Word> made;
    if (!has_mark(raw.parts, Part::Kind::brace_open)) {
        fields_of(raw.parts, scope, raw.span, made);
        return made;
    }
    // Each of the words runs the code again that stands in it; what is many times the same need not be run hundreds of times.
    const bool runs = has_mark(raw.parts, Part::Kind::command) || has_mark(raw.parts, Part::Kind::process);
    std::size_t left = runs ? k_most_runs : k_most_words;
    for (const auto& parts : braces(raw.parts)) {
        if (left-- == 0) {
            Word rest;
            rest.text = std::string(1, Word::k_unknown);
            rest.span = raw.span;
            made.push_back(std::move(rest));
            break;
        }
        fields_of(parts, scope, raw.span, made);
    }
    return made;
}

void Walker::tilde(Word& word) const {
    if (word.tilde && !m_environment.home.empty() && (word.text.size() == 1 || word.text[1] == '/')) {
        word.text.replace(0, 1, m_environment.home);
    }
    const bool folder = word.tilde && word.text.size() > 1 && (word.text.size() == 2 || word.text[2] == '/');
    if (folder && word.text[1] == '+') {
        word.text.replace(0, 2, ".");  // the one it is in
    } else if (folder && word.text[1] == '-') {
        const auto before = m_variables.find("OLDPWD");
        word.text.replace(0, 2, before == m_variables.end() ? std::string(1, Word::k_unknown) : before->second.word.text);
    }
}

// Splits what is not quoted, as the shell does.
void Walker::fields_of(const Parts& parts, const Scope& scope, const Span& span, std::vector<Word>& into) {
    Word now;
    bool begun = false;
    const auto finish = [&] {
        if (begun) {
            now.span = span;
            tilde(now);
            into.push_back(std::move(now));
        }
        now = {};
        begun = false;
    };
    for (const auto& part : parts) {
        if (part.kind == Part::Kind::text || part.kind == Part::Kind::brace_open || part.kind == Part::Kind::brace_comma ||
            part.kind == Part::Kind::brace_close) {
            now.tilde = now.tilde || (!begun && !part.quoted && part.text.substr(0, 1) == "~");
            begun = true;
            now.text += part.text;
            if (!part.quoted) {
                note_globs(part.text, now);
            }
            continue;
        }
        const auto values = part_values(part, scope, hides_between(parts, static_cast<std::size_t>(&part - parts.data())));
        const bool star = part.quoted && part.kind == Part::Kind::parameter && (part.text == "*" || part.index == "*");
        const std::string between = joint(part);
        begun = begun || (part.quoted && (!values.empty() || (part.text != "@" && part.index != "@")));
        for (std::size_t i = 0; i < values.size() && into.size() < k_most_words; ++i) {
            const Word& value = values[i];
            if (i > 0 && !star) {
                finish();
            } else if (i > 0) {
                now.text += between;
            }
            take_marks(value, now);
            if (part.quoted) {
                begun = true;
                now.text += value.text;
                continue;
            }
            const std::string marks = separators();
            for (const char c : value.text) {
                if (marks.find(c) != std::string::npos) {
                    finish();
                } else {
                    now.text += c;
                    begun = true;
                    now.glob = now.glob || c == '*' || c == '?' || c == '[';
                }
            }
        }
        if (now.text.size() > k_longest_word) {
            now.text = Word::k_unknown;
        }
    }
    finish();
}

// The value as one word, not split: of assignments, redirections, here-documents.
Word Walker::value_of(const Parts& parts, const Scope& scope, const Span& span) {
    Word made;
    made.span = span;
    for (const auto& part : parts) {
        if (part.kind == Part::Kind::text || part.kind == Part::Kind::brace_open || part.kind == Part::Kind::brace_comma ||
            part.kind == Part::Kind::brace_close) {
            made.tilde = made.tilde || (&part == parts.data() && !part.quoted && part.text.substr(0, 1) == "~");
            made.text += part.text;
            if (!part.quoted) {
                note_globs(part.text, made);
            }
            continue;
        }
        bool first = true;
        for (const auto& value : part_values(part, scope, hides_between(parts, static_cast<std::size_t>(&part - parts.data())))) {
            made.text += (first ? "" : joint(part)) + value.text;
            made.glob = made.glob || (value.glob && !part.quoted);
            take_marks(value, made);
            first = false;
        }
        if (made.text.size() > k_longest_word) {
            made.text = Word::k_unknown;
        }
    }
    tilde(made);
    return made;
}

std::vector<Word> Walker::part_values(const Part& part, const Scope& scope, bool may_vanish) {
    const bool plain = may_vanish && part.kind == Part::Kind::parameter && part.op.empty() && part.flags.empty() && part.base.empty();
    if (plain && part.text == "!" && m_last_argument.empty()) {
        return {};  // no process was started
    }
    switch (part.kind) {
        case Part::Kind::parameter: {
            auto values = parameter(part, scope);
            const bool unset = plain && values.size() == 1 && values[0].unset_variable && !values[0].credential && values[0].text.size() == 1;
            return unset ? std::vector<Word>() : values;
        }
        case Part::Kind::command:
        case Part::Kind::process: return {substituted(part, scope)};
        case Part::Kind::arithmetic: return {arithmetic(part, scope)};
        default: return {};
    }
}

Word Walker::substituted(const Part& part, const Scope& scope) {
    Scope inner;
    inner.functions = scope.functions;
    inner.substituted = true;
    inner.feeds_word = scope.feeds_word;
    inner.depth = scope.depth;
    inner.endless = scope.endless;
    inner.dead = scope.dead;
    const std::size_t first = m_script.pipelines.size();
    Output output = part.list ? run_subshell(*part.list, inner) : std::nullopt;
    if (output && part.kind == Part::Kind::command) {
        output->erase(std::remove(output->begin(), output->end(), '\0'), output->end());  // as the shell does
        output = readable(output);
    }
    Word made;
    if (output && part.kind == Part::Kind::command) {
        made.text = *output;
        made.text.erase(made.text.find_last_not_of('\n') + 1);
        made.span = part.span;
        made.glob = made.text.find_first_of("*?[") != std::string::npos;
        return made;
    }
    made = unknown_word(false, part.span);
    made.sources.push_back(part.span);
    if (part.kind == Part::Kind::process && part.text == ">") {
        const std::string name = reading_process(first);
        made.text = name.empty() ? made.text : name;
    }
    if (output && part.kind == Part::Kind::process && part.text == "<") {
        const std::string name = "/dev/fd/" + std::to_string(60 + m_script.files.size());
        m_script.files[name] = *output;  // bash <(echo …)
        made.text = name;
    }
    return made;
}

}  // namespace caro::shell
