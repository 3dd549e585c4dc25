#include "engine/blanks.hpp"

#include <algorithm>
#include <vector>

#include "util/strings.hpp"

namespace caro::engine {

namespace {

constexpr std::size_t k_most_words = 5;  // in one name

bool is_plain(std::string_view name) { return name.find_first_of("'\"`$\\\n") == std::string_view::npos; }

std::vector<std::string> names_with_blanks(std::string_view request, const std::function<bool(const std::string&)>& exists) {
    std::vector<std::string> names;
    const auto add = [&names](std::string name) {
        if (name.find(' ') != std::string::npos && is_plain(name) && std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(std::move(name));
        }
    };
    for (const char quote : {'\'', '"'}) {
        for (std::size_t at = request.find(quote); at != std::string_view::npos; at = request.find(quote, at + 1)) {
            const std::size_t end = request.find(quote, at + 1);
            if (end == std::string_view::npos) {
                break;
            }
            const std::string_view inside = request.substr(at + 1, end - at - 1);
            const std::size_t dot = inside.rfind('.');
            if (dot != std::string_view::npos && dot + 1 < inside.size() && inside.size() - dot <= 6 && inside.find(' ', dot) == std::string_view::npos) {
                add(std::string(inside));
            }
            at = end;
        }
    }
    const auto words = split(request, ' ');
    for (std::size_t first = 0; first < words.size(); ++first) {
        std::string name(words[first]);
        for (std::size_t last = first + 1; last < words.size() && last < first + k_most_words; ++last) {
            name += " " + std::string(words[last]);
            std::string bare = name;
            while (!bare.empty() && std::string_view("'\"?!,;:.").find(bare.back()) != std::string_view::npos) {
                bare.pop_back();
            }
            bare.erase(0, std::min(bare.find_first_not_of("'\""), bare.size()));
            if (is_plain(bare) && exists(bare)) {
                add(bare);
            }
        }
    }
    return names;
}

// `text` with `from` in quotes, as `name`, wherever it stands outside of quotes.
std::string with_quotes(std::string_view text, std::string_view from, const std::string& name) {
    std::string out;
    char quote = '\0';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char before = at == 0 ? ' ' : text[at - 1];
        const std::size_t end = at + from.size();
        const char after = end < text.size() ? text[end] : ' ';
        if (quote == '\0' && text.substr(at).starts_with(from) && std::string_view(" (<>=").find(before) != std::string_view::npos &&
            std::string_view(" );|&>").find(after) != std::string_view::npos) {
            out += "'" + name + "'";
            at = end - 1;
            continue;
        }
        const char c = text[at];
        if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
            out.push_back(c);
            out.push_back(text[++at]);
            continue;
        }
        if (c == '\'' || c == '"') {
            quote = quote == '\0' ? c : quote == c ? '\0' : quote;
        }
        out.push_back(c);
    }
    return out;
}

}  // namespace

std::string quote_blanks(std::string_view request, std::string_view command, const std::function<bool(const std::string& path)>& exists) {
    std::string out(command);
    for (const std::string& name : names_with_blanks(request, exists)) {
        out = with_quotes(out, name, name);
        for (const char joint : {'_', '-'}) {
            const std::string other = replace_all(name, " ", std::string(1, joint));
            if (request.find(other) == std::string_view::npos) {
                out = with_quotes(out, other, name);
            }
        }
    }
    return out;
}

}  // namespace caro::engine
