// Code that cannot be worked out, made by jq, sqlite3, m4, gcc -E … from texts that stand in the line: what those texts would
// do, alone or put together, is what the code most likely does. Only makes worse what is already called unknown.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <vector>

#include "safety/inline_eval.hpp"
#include "safety/judge.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::size_t k_longest_text = 8000;  // of a line that is searched
constexpr std::size_t k_most_guesses = 60;
constexpr std::size_t k_shortest = 4;

using Texts = std::vector<std::string>;

// What stands in quotes, and in quotes within it; `leaves` are those with no others inside.
void quoted(std::string_view text, Texts& all, Texts& leaves, int depth) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
            continue;
        }
        if (text[i] != '"' && text[i] != '\'') {
            continue;
        }
        std::size_t end = i + 1;
        while (end < text.size() && text[end] != text[i]) {
            end += text[end] == '\\' && text[i] == '"' ? 2 : 1;
        }
        if (end >= text.size()) {
            continue;
        }
        const std::string_view inner = text.substr(i + 1, end - i - 1);
        const std::size_t before = leaves.size();
        if (depth < 3) {
            quoted(inner, all, leaves, depth + 1);
        }
        all.emplace_back(inner);
        if (leaves.size() == before) {
            leaves.emplace_back(inner);
        }
        i = end;
    }
}

std::string joined(const Texts& texts, std::string_view between) {
    std::string made;
    for (const auto& text : texts) {
        made += (made.empty() ? "" : std::string(between)) + text;
    }
    return made;
}

// Between signs that end a text in JSON, YAML, XML, SQL, m4 and sed.
void pieces(const std::string& text, Texts& made) {
    std::string piece;
    const auto take = [&] {
        made.emplace_back(trim(piece));
        piece.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            piece += text[++i];
        } else if (std::string_view("<>[]{}();,|\n=:`").find(text[i]) != std::string_view::npos) {
            take();
        } else {
            piece += text[i];
        }
    }
    take();
    if (text.size() > 3 && text[0] == 's' && std::ispunct(static_cast<unsigned char>(text[1])) != 0) {  // s/a/CODE/
        const std::string plain = replace_all(text, std::string("\\") + text[1], "\x01");
        for (const auto part : split(plain, text[1])) {
            made.push_back(replace_all(std::string(part), "\x01", std::string(1, text[1])));
        }
    }
}

// m4's define(NAME, TEXT), cpp's -DNAME=TEXT and #define: the text in place of the name.
void replaced(const std::string& source, Texts& made) {
    std::string text = source;
    bool any = false;
    const auto put = [&](std::string_view name, std::string_view value) {
        const bool word = !name.empty() && name.size() < 30 && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
        if (word && !value.empty()) {
            text = replace_all(text, std::string(name), std::string(value));
            any = true;
        }
    };
    for (std::size_t at = source.find("define("); at != std::string::npos; at = source.find("define(", at + 1)) {
        const auto end = source.find(')', at);
        const auto comma = source.find(',', at);
        if (end != std::string::npos && comma < end) {
            const auto bare = [](std::string_view part) { return replace_all(replace_all(std::string(trim(part)), "`", ""), "'", ""); };
            const std::string whole = source.substr(at, end + 1 - at);
            text = replace_all(text, whole, "");
            put(bare(source.substr(at + 7, comma - at - 7)), bare(source.substr(comma + 1, end - comma - 1)));
        }
    }
    for (std::size_t at = source.find("-D"); at != std::string::npos; at = source.find("-D", at + 1)) {
        const auto equals = source.find('=', at);
        if (equals == std::string::npos || at == 0) {
            continue;
        }
        const char quote = source[at - 1] == '\'' || source[at - 1] == '"' ? source[at - 1]
                           : source[equals + 1] == '\'' || source[equals + 1] == '"' ? source[equals + 1] : ' ';
        const std::size_t from = equals + 1 + (source[equals + 1] == quote ? 1 : 0);
        const auto end = std::min(source.find(quote, from), source.size());
        put(source.substr(at + 2, equals - at - 2), source.substr(from, end - from));
    }
    if (any) {
        made.push_back(text);
    }
}

// The characters whose numbers a text lists: 114,109,32 or 72 6d 20; "" if it lists something else.
std::string listed_characters(std::string_view text) {
    const bool hexadecimal = text.find_first_of("abcdefABCDEF") != std::string_view::npos;
    std::string made;
    std::string digits;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (std::isxdigit(static_cast<unsigned char>(c)) != 0 || ((c == 'x' || c == 'X') && digits == "0")) {
            digits += c;
            continue;
        }
        if (std::string_view(" ,;:-\n").find(c) == std::string_view::npos || digits.size() > 4) {
            return "";
        }
        if (!digits.empty()) {
            const long number = std::strtol(digits.c_str(), nullptr, hexadecimal || digits.size() == 4 ? 16 : 10);
            if (number < 9 || number > 126) {
                return "";
            }
            made += static_cast<char>(number);
        }
        digits.clear();
    }
    return made.size() > 3 ? made : "";
}

// A text that is another one in base64, hexadecimal digits or from back to front.
void decoded(const std::string text, Texts& made) {  // a copy: the text may be one of those that grow
    const auto all = [&](auto holds) { return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return holds(c); }); };
    const auto keep = [&](std::string plain) {
        if (std::all_of(plain.begin(), plain.end(), [](unsigned char c) { return (c >= 32 && c < 127) || c == '\n' || c == '\t'; })) {
            made.push_back(std::move(plain));
        }
    };
    if (text.size() >= 8 && all([](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/' || c == '='; })) {
        keep(shell::decoded_base64(text));
    }
    if (text.size() >= 8 && text.size() % 2 == 0 && all([](unsigned char c) { return std::isxdigit(c) != 0; })) {
        keep(shell::decoded_hex(text));
    }
    if (text.size() >= 8 && text.find_first_of("0123456789") != std::string::npos) {
        keep(listed_characters(text));
    }
    if (std::count(text.begin(), text.end(), '%') > 2) {
        keep(form_decoded(text));
    }
    made.emplace_back(text.rbegin(), text.rend());
}

Texts guesses(const std::string& source) {
    Texts all;
    Texts leaves;
    quoted(source, all, leaves, 0);
    Texts made = leaves;
    for (const auto& text : all) {
        Texts inner;
        Texts inner_leaves;
        quoted(text, inner, inner_leaves, 0);
        for (const std::string_view between : {"", " "}) {
            made.push_back(joined(inner_leaves, between));
        }
        pieces(text, made);
        Texts with_names;
        replaced(text, with_names);
        for (const auto& plain : with_names) {
            made.push_back(plain);
        }
    }
    for (const std::string_view between : {"", " "}) {
        made.push_back(joined(leaves, between));
    }
    Texts macros;
    replaced(source, macros);
    for (const auto& text : macros) {
        Texts of_text;
        Texts of_leaves;
        quoted(text, of_text, of_leaves, 0);
        made.insert(made.end(), of_leaves.begin(), of_leaves.end());
    }
    pieces(source, made);
    const std::size_t plain = made.size();
    for (std::size_t i = 0; i < plain; ++i) {
        decoded(made[i], made);
    }
    Texts kept;
    for (auto& text : made) {
        const bool tells = text.size() >= k_shortest && text.find_first_of(" /~(") != std::string::npos && text != source;
        if (tells && std::find(kept.begin(), kept.end(), text) == kept.end() && kept.size() < k_most_guesses) {
            kept.push_back(std::move(text));
        }
    }
    return kept;
}

}  // namespace

// eval "$(… | base64 -d | bunzip2)": what is run comes out of a decoder.
bool Judge::decoded_within(const shell::Span& within) const {
    const auto decodes = [](const shell::Command& command) {
        const std::string name(command.words.empty() ? std::string_view() : base_name(command.words[0].text));
        const bool asked = std::any_of(command.words.begin(), command.words.end(), [](const shell::Word& word) {
            return any_of(word.text, {"-d", "-D", "--decode", "-dc", "-dk", "-cd", "--decompress", "-r", "-rp", "-di"});
        });
        return (asked && any_of(name, {"base64", "base32", "basenc", "xxd", "openssl", "gzip", "bzip2", "xz", "zstd", "lz4", "brotli", "lzma", "pigz"})) ||
               any_of(name, {"uudecode", "gunzip", "zcat", "bunzip2", "bzcat", "unxz", "xzcat", "unzstd", "zstdcat", "unlzma", "lzcat"});
    };
    return any_substituted(within, [&](const shell::Pipeline& line) { return std::any_of(line.stages.begin(), line.stages.end(), decodes); });
}

void Judge::check_suspected(std::string_view source) {
    const auto any = [this](auto holds) { return std::any_of(m_findings.begin(), m_findings.end(), holds); };
    if (source.size() > k_longest_text || any([](const Finding& finding) { return finding.risk == Risk::critical; })) {
        return;
    }
    const auto unknown = std::find_if(m_findings.begin(), m_findings.end(), [](const Finding& finding) { return finding.rule == "execute.unknown"; });
    if (unknown == m_findings.end()) {
        return;
    }
    if (decoded_within({unknown->start, unknown->end})) {
        find("execute.decoded", "", {unknown->start, unknown->end});
        return;
    }
    Action whole;
    whole.span = {unknown->start, unknown->end};
    const std::size_t before = m_findings.size();
    for (const auto& text : guesses(std::string(source))) {
        disaster(text, whole);
        if (m_findings.size() > before) {
            return;
        }
    }
}

}  // namespace caro::safety
