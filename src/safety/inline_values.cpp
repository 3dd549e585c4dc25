// Values of expressions that are built from constants: joined, decoded, reversed, formatted texts.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "safety/inline_eval.hpp"
#include "safety/inline_names.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

// Ascii85 (Adobe's alphabet, "z" for four zero bytes) or the base 85 of RFC 1924 that Python and git use: five digits
// are four bytes. Nothing if it holds other characters.
std::optional<std::string> decoded_85(const std::string& text, bool ascii) {
    constexpr std::string_view k_digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    std::string made;
    std::vector<unsigned long> group;
    const auto put = [&made](std::vector<unsigned long> digits) {
        const std::size_t count = digits.size();
        digits.resize(5, 84);
        unsigned long value = 0;
        for (const unsigned long digit : digits) {
            value = value * 85 + digit;
        }
        for (std::size_t i = 0; i + 1 < count; ++i) {
            made += static_cast<char>((value >> (24 - 8 * i)) & 0xFF);
        }
    };
    std::string_view digits = text;
    digits.remove_prefix(ascii && digits.substr(0, 2) == "<~" ? 2 : 0);
    digits = digits.substr(0, ascii ? digits.find("~>") : digits.size());
    for (const char c : digits) {
        if (ascii && (c == 'z' || c == ' ' || c == '\n')) {
            made += c == 'z' ? std::string(4, '\0') : "";
            continue;
        }
        const auto at = ascii ? static_cast<std::size_t>(c - '!') : k_digits.find(c);
        if (at > 84) {
            return std::nullopt;
        }
        group.push_back(at);
        if (group.size() == 5) {
            put(group);
            group.clear();
        }
    }
    if (group.size() > 1) {
        put(group);
    }
    return made;
}

namespace {

using Kind = CodeToken::Kind;
using Tokens = std::vector<CodeToken>;
using Text = std::optional<std::string>;
using Variable = std::function<Text(const std::string&)>;

constexpr std::size_t k_longest_piece = 400;  // tokens of one expression
constexpr int k_deepest = 6;

bool opens(const CodeToken& token) { return token.is('(') || token.is('[') || token.is('{'); }
bool closes(const CodeToken& token) { return token.is(')') || token.is(']') || token.is('}'); }

bool is_printable(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\n' || byte == '\t' || byte == '\r' || (byte >= 32 && byte < 127);
    });
}

Text filtered(std::initializer_list<std::string_view> command, const std::string& input) {
    std::vector<shell::Word> words;
    for (const auto text : command) {
        words.emplace_back();
        words.back().text = text;
    }
    return shell::output_of(words, input);
}

std::string reversed(const std::string& text) { return {text.rbegin(), text.rend()}; }

// One expression without a joint at its top: the texts, numbers and names in it tell what it makes of them.
class Piece {
  public:
    Piece(const Tokens& tokens, std::size_t from, std::size_t to, const Variable& variable) : m_tokens(tokens), m_from(from), m_to(to) {
        for (std::size_t i = from; i < to; ++i) {
            const CodeToken& token = tokens[i];
            if (token.kind == Kind::text && token.number) {
                m_numbers.push_back(std::strtol(token.text.c_str(), nullptr, 0));
            } else if (token.kind == Kind::text && i >= from + 2 && tokens[i - 2].kind == Kind::text && !tokens[i - 2].number &&
                       (tokens[i - 1].is('.') || tokens[i - 1].is('+')) && !m_texts.empty()) {
                m_texts.back() += token.text;  // join(" ", "r" . "m")
            } else if (token.kind == Kind::text) {
                m_texts.push_back(token.text);
            } else if (token.kind == Kind::name) {
                note_name(token, variable);
            }
        }
        m_names += " ";
    }

    Text value() const {
        Text made = characters();
        made = made ? made : formatted();
        made = made ? made : decoded();
        made = made ? made : joined();
        if (!made && m_texts.size() == 1 && m_numbers.size() <= 3 && (turns() || changes_case())) {
            made = m_texts[0];
        }
        if (made && turns() && !m_turned) {
            made = reversed(*made);
        }
        if (made && changes_case()) {
            const bool up = has({"upper", "toUpperCase", "uc", "strtoupper", "upcase"});
            std::transform(made->begin(), made->end(), made->begin(), [up](unsigned char c) {
                return static_cast<char>(up ? std::toupper(c) : std::tolower(c));
            });
        }
        return made;
    }

  private:
    void note_name(const CodeToken& token, const Variable& variable) {
        m_names += " " + std::string(token.last());
        Text value = variable(token.text);
        if (!value && token.text[0] != '.' && token.text.find('.') != std::string::npos) {
            value = variable(token.text.substr(0, token.text.find('.')));  // text.lower()
        }
        if (value) {
            m_texts.push_back(*value);
        }
    }

    bool has(std::initializer_list<std::string_view> names) const {
        return std::any_of(names.begin(), names.end(), [this](std::string_view name) {
            return m_names.find(" " + std::string(name) + " ") != std::string::npos;
        });
    }
    bool says(std::initializer_list<std::string_view> texts) const {
        return std::any_of(texts.begin(), texts.end(), [this](std::string_view text) { return in(m_texts, text); });
    }
    bool changes_case() const {
        return has({"lower", "toLowerCase", "lc", "strtolower", "downcase", "casefold", "upper", "toUpperCase", "uc", "strtoupper", "upcase"});
    }
    // [::-1], reverse, strrev
    bool turns() const {
        if (has({"reverse", "reversed", "strrev", "rev"})) {
            return true;
        }
        for (std::size_t i = m_from; i + 3 < m_to; ++i) {
            if (m_tokens[i].is(':') && m_tokens[i + 1].is(':') && m_tokens[i + 2].is('-') && m_tokens[i + 3].text == "1") {
                return true;
            }
        }
        return false;
    }

    // chr(114), String.fromCharCode(114, 109), bytes([114, 109]), map chr, 114, 109
    Text characters() const {
        const bool makes = has({"chr", "fromCharCode", "fromCodePoint", "char", "bytes", "bytearray", "pack", "Buffer", "from", "Uint8Array"});
        const bool fits = std::all_of(m_numbers.begin(), m_numbers.end(), [](long n) { return n == 9 || n == 10 || (n >= 32 && n < 127); });
        std::string made;
        if (makes && m_numbers.empty() && has({"split", "int", "map"})) {  // chr(int(c)) for c in "114 109".split()
            for (const auto& text : m_texts) {
                made += numbered(text);
            }
        }
        if (!made.empty() || !makes || !fits || m_numbers.empty()) {
            return made.empty() ? std::nullopt : Text(made);
        }
        for (const long number : m_numbers) {
            made += static_cast<char>(number);
        }
        return made;
    }

    // The characters whose numbers a text lists; "" if it lists something else.
    static std::string numbered(const std::string& text) {
        std::string made;
        for (std::size_t i = 0; i < text.size();) {
            const auto end = std::min(text.find_first_of(" ,.-", i), text.size());
            const std::string one = text.substr(i, end - i);
            const long number = one.size() < 4 && !one.empty() && one.find_first_not_of("0123456789") == std::string::npos ? std::stol(one) : 0;
            if (number < 9 || number > 126) {
                return "";
            }
            made += static_cast<char>(number);
            i = end + 1;
        }
        return made.size() > 1 ? made : "";
    }

    Text undone(const std::string& text) const {
        if (has({"b64decode", "atob", "base64_decode", "decode64", "decode_base64", "urlsafe_b64decode", "standard_b64decode", "strict_decode64",
                 "decodebytes", "urlsafe_decode64"}) ||
            says({"base64", "m", "m0", "base64url"})) {
            return filtered({"base64", "-d"}, text);
        }
        if (has({"b32decode"})) {
            return filtered({"base32", "-d"}, text);
        }
        if (has({"a85decode", "b85decode"})) {
            return decoded_85(text, has({"a85decode"}));
        }
        if (has({"fromhex", "unhexlify", "hex2bin", "a2b_hex"}) || says({"hex", "H*", "hex_codec"})) {
            return filtered({"xxd", "-r", "-p"}, text);
        }
        if (has({"str_rot13", "rot13"}) || says({"rot13", "rot_13", "rot-13"})) {
            return filtered({"tr", "A-Za-z", "N-ZA-Mn-za-m"}, text);
        }
        return std::nullopt;
    }

    Text decoded() const {
        if (m_texts.empty()) {
            return std::nullopt;
        }
        const auto longest = std::max_element(m_texts.begin(), m_texts.end(),
                                              [](const auto& a, const auto& b) { return a.size() < b.size(); });
        for (const bool turned : {false, true}) {
            const Text made = undone(turned ? reversed(*longest) : *longest);
            if (made && is_printable(*made) && (!turned || turns())) {
                m_turned = turned;
                return made;
            }
        }
        return replaced();
    }

    // "rXm".replace("X", ""), str_replace("X", "", "rXm"), gsub("X", "")
    Text replaced() const {
        const bool subject_last = has({"str_replace"});
        if (m_texts.size() != 3 || (!subject_last && !has({"replace", "replaceAll", "gsub", "sub", "tr", "delete"}))) {
            return std::nullopt;
        }
        if (has({"tr"})) {
            return filtered({"tr", m_texts[1], m_texts[2]}, m_texts[0]);
        }
        const std::string& subject = m_texts[subject_last ? 2 : 0];
        const std::string& from = m_texts[subject_last ? 0 : 1];
        return from.empty() ? std::nullopt : Text(replace_all(subject, from, m_texts[subject_last ? 1 : 2]));
    }

    // "%s %s" % ("rm", "-rf"), sprintf("%s", …), "{} {}".format(…)
    Text formatted() const {
        const bool percent = has({"sprintf", "format"}) || std::any_of(m_tokens.begin() + static_cast<std::ptrdiff_t>(m_from),
                                                                       m_tokens.begin() + static_cast<std::ptrdiff_t>(m_to),
                                                                       [](const CodeToken& token) { return token.is('%'); });
        if (m_texts.size() < 2 || !percent || m_texts[0].find_first_of("%{") == std::string::npos) {
            return std::nullopt;
        }
        std::string made;
        std::size_t next = 1;
        const std::string& format = m_texts[0];
        for (std::size_t i = 0; i < format.size(); ++i) {
            const bool field = (format[i] == '%' && i + 1 < format.size() && format[i + 1] == 's') || format[i] == '{';
            if (!field) {
                made += format[i];
                continue;
            }
            const auto end = format[i] == '{' ? format.find('}', i) : i + 1;
            const std::string number = format[i] == '{' && end != std::string::npos ? format.substr(i + 1, end - i - 1) : "";
            const std::size_t which = number.size() == 1 && std::isdigit(static_cast<unsigned char>(number[0])) != 0
                                          ? static_cast<std::size_t>(number[0] - '0') + 1
                                          : next++;
            if (which >= m_texts.size() || end == std::string::npos) {
                return std::nullopt;
            }
            made += m_texts[which];
            i = end;
        }
        return made;
    }

    // " ".join(["rm", "-rf"]), ["rm", "-rf"].join(" "), implode(" ", […]), join("", "r", "m")
    Text joined() const {
        if (!has({"join", "implode", "concat"}) || m_texts.size() < 2 || !m_numbers.empty()) {
            return std::nullopt;
        }
        const bool last = m_tokens[m_from].is('[');
        const bool none = has({"concat"});
        const std::string between = none ? "" : last ? m_texts.back() : m_texts.front();
        std::string made;
        const std::size_t first = last || none ? 0 : 1;
        const std::size_t end = m_texts.size() - (last && !none ? 1 : 0);
        for (std::size_t i = first; i < end; ++i) {
            made += (i > first ? between : "") + m_texts[i];
        }
        return made;
    }

    const Tokens& m_tokens;
    std::size_t m_from;
    std::size_t m_to;
    std::vector<std::string> m_texts;
    std::vector<long> m_numbers;
    std::string m_names;
    mutable bool m_turned = false;
};

class Folding {
  public:
    Folding(const Tokens& tokens, std::string_view language, const Variable& variable)
        : m_tokens(tokens), m_language(language), m_variable(variable) {}

    // A part was worked out by the names and texts in it, not by what is done with them in which order.
    bool guesses() const { return m_guessed; }

    Text value(std::size_t from, std::size_t to, int depth) const {
        if (from >= to || to - from > k_longest_piece || depth > k_deepest) {
            return std::nullopt;
        }
        if (m_tokens[from].is('(') && end_of(from) == to) {
            return value(from + 1, to - 1, depth + 1);
        }
        std::string all;
        std::size_t start = from;
        int pieces = 0;
        for (std::size_t i = from; i <= to;) {
            const std::size_t width = i == to ? 1 : joint(i);
            if (width == 0) {
                i = opens(m_tokens[i]) ? std::min(end_of(i), to) : i + 1;
                continue;
            }
            if (pieces++ == 0 && i == to) {
                return single(from, to);
            }
            const Text one = value(start, i, depth + 1);
            if (!one) {
                return std::nullopt;
            }
            all += *one;
            start = i += width;
        }
        return all;
    }

  private:
    // Behind the bracket that closes the one at `at`.
    std::size_t end_of(std::size_t at) const {
        int depth = 0;
        for (std::size_t i = at; i < m_tokens.size() && i < at + k_longest_piece; ++i) {
            depth += opens(m_tokens[i]) ? 1 : closes(m_tokens[i]) ? -1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        return m_tokens.size();
    }

    // Length of the mark that joins texts at `i`, or 0.
    std::size_t joint(std::size_t i) const {
        const bool dots = m_language == "perl" || m_language == "php";
        const bool more = i + 1 < m_tokens.size();
        if (m_language == "lua") {
            return m_tokens[i].is('.') && more && m_tokens[i + 1].is('.') ? 2 : 0;
        }
        if (dots && m_tokens[i].is('.')) {
            return more && m_tokens[i + 1].is('=') ? 0 : 1;
        }
        return !dots && m_tokens[i].is('+') ? 1 : 0;
    }

    Text single(std::size_t from, std::size_t to) const {
        const CodeToken& token = m_tokens[from];
        if (to - from > 1) {
            m_guessed = true;
            return Piece(m_tokens, from, to, m_variable).value();
        }
        if (token.kind == Kind::name) {
            return m_variable(token.text);
        }
        return token.kind == Kind::text && token.text.find(shell::Word::k_unknown) == std::string::npos ? Text(token.text) : std::nullopt;
    }

    const Tokens& m_tokens;
    std::string_view m_language;
    const Variable& m_variable;
    mutable bool m_guessed = false;
};

}  // namespace

Text folded_text(const Tokens& tokens, std::size_t from, std::size_t to, std::string_view language, const Variable& variable, bool* guessed) {
    const bool topic = language == "perl" && from + 1 == to && tokens[from].kind == Kind::name && tokens[from].text[0] != '$';  // lc
    if (from + 1 < to || topic) {
        if (auto made = evaluated_text(tokens, from, to, language, variable)) {
            return made;
        }
    }
    const Folding folding(tokens, language, variable);
    auto made = folding.value(from, std::min(to, tokens.size()), 0);
    if (guessed != nullptr) {
        *guessed = folding.guesses();
    }
    return made;
}

}  // namespace caro::safety
