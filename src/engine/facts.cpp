#include "engine/facts.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "util/strings.hpp"

namespace caro::engine {

namespace {

constexpr std::size_t k_most_facts = 4;

// Words in small letters, without the names of files.
std::vector<std::string> plain_words(std::string_view request) {
    std::vector<std::string> out;
    for (const std::string_view part : split(request, ' ')) {
        const std::size_t dot = part.find('.');
        if (part.find('/') != std::string_view::npos || (dot != std::string_view::npos && dot + 2 < part.size() && dot > 0)) {
            continue;
        }
        std::string word;
        for (const char c : to_lower(part)) {
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
                word.push_back(c);
            } else if (!word.empty()) {
                out.push_back(std::move(word));
                word.clear();
            }
        }
        if (!word.empty()) {
            out.push_back(std::move(word));
        }
    }
    return out;
}

// "cities" and "city", "prices" and "price" are one.
bool is_same(std::string_view word, std::string_view name) {
    const auto plural_of = [](std::string_view many, std::string_view one) {
        return many == std::string(one) + "s" || many == std::string(one) + "es" ||
               (one.size() > 2 && one.back() == 'y' && many == std::string(one.substr(0, one.size() - 1)) + "ies");
    };
    return word == name || plural_of(word, name) || plural_of(name, word);
}

bool is_said(const std::vector<std::string>& words, std::string_view name) {
    const std::string lower = to_lower(trim(name));
    return lower.size() > 1 && std::any_of(words.begin(), words.end(), [&](const std::string& word) { return is_same(word, lower); });
}

std::vector<std::string> columns(const std::vector<std::string>& words, const Table& table) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < table.names.size() && out.size() < k_most_facts; ++i) {
        if (is_said(words, table.names[i])) {
            out.push_back(table.names[i] + " is column " + std::to_string(i + 1));
        }
    }
    return out;
}

}  // namespace

std::string facts_for(std::string_view request, const std::function<Table(const std::string& path)>& table_of_file) {
    const std::string lower = to_lower(request);
    if (lower.find("column") != std::string::npos || lower.find("field") != std::string::npos) {
        return "";
    }
    for (std::string_view part : split(request, ' ')) {
        while (!part.empty() && std::string_view("\"'`(,;:").find(part.front()) != std::string_view::npos) {
            part.remove_prefix(1);
        }
        while (!part.empty() && std::string_view("\"'`),;:.?!").find(part.back()) != std::string_view::npos) {
            part.remove_suffix(1);
        }
        if (part.ends_with(".csv") || part.ends_with(".tsv")) {
            return join(columns(plain_words(request), table_of_file(std::string(part))), ", ");
        }
    }
    return "";
}

}  // namespace caro::engine
