#include "engine/facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
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

// What people say of a thing, and what its column is called.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> k_meant = {{
    {"older", "age"},       {"oldest", "age"},      {"younger", "age"},  {"youngest", "age"}, {"cheapest", "price"},  {"cheaper", "price"},
    {"expensive", "price"}, {"costs", "price"},     {"earn", "salary"},  {"earns", "salary"}, {"paid", "salary"},     {"day", "date"},
    {"month", "date"},      {"earliest", "date"},   {"latest", "date"},  {"newest", "date"},  {"department", "dept"}, {"departments", "dept"},
    {"quantity", "qty"},    {"mail", "email"},      {"mails", "email"},  {"who", "name"},
}};

bool is_said(const std::vector<std::string>& words, std::string_view name) {
    const std::string lower = to_lower(trim(name));
    return lower.size() > 1 && std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return is_same(word, lower) ||
               std::any_of(k_meant.begin(), k_meant.end(), [&](const auto& pair) { return word == pair.first && lower == pair.second; });
    });
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

bool is_name(std::string_view cell) {
    return cell.size() > 2 && std::all_of(cell.begin(), cell.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

// "Oslo is in column 5": words of the request that stand in the rows, all in one column.
void add_cells(const std::vector<std::string>& words, const Table& table, std::vector<std::string>& out) {
    std::vector<std::pair<std::string, std::size_t>> found;  // cell and its column; 0: more than one
    for (const std::string_view line : split(table.beginning, '\n')) {
        const auto cells = split(line, table.separator);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string cell(trim(cells[i]));
            const std::string lower = to_lower(cell);
            if (!is_name(cell) || std::none_of(words.begin(), words.end(), [&](const std::string& word) { return is_same(word, lower); }) ||
                std::any_of(table.names.begin(), table.names.end(), [&](const std::string& name) { return to_lower(name) == lower; })) {
                continue;
            }
            const auto known = std::find_if(found.begin(), found.end(), [&](const auto& pair) { return pair.first == cell; });
            if (known == found.end()) {
                found.emplace_back(cell, i + 1);
            } else if (known->second != i + 1) {
                known->second = 0;
            }
        }
    }
    for (const auto& [cell, column] : found) {
        if (column != 0 && out.size() < k_most_facts) {
            out.push_back(cell + " is in column " + std::to_string(column));
        }
    }
}

// "column 3" or "third column": then the request tells it itself.
bool counts_columns(std::string_view request) {
    static constexpr std::array<std::string_view, 8> k_counts = {"first", "second", "third", "fourth", "fifth", "sixth", "last", "both"};
    if (request.find("column") == std::string_view::npos && request.find("field") == std::string_view::npos) {
        return false;
    }
    return request.find_first_of("0123456789") != std::string_view::npos ||
           std::any_of(k_counts.begin(), k_counts.end(), [&](std::string_view word) { return request.find(word) != std::string_view::npos; });
}

}  // namespace

std::string facts_for(std::string_view request, const std::function<Table(const std::string& path)>& table_of_file) {
    if (counts_columns(to_lower(request))) {
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
            const auto words = plain_words(request);
            const Table table = table_of_file(std::string(part));
            auto facts = columns(words, table);
            if (table.header) {
                add_cells(words, table, facts);
            }
            return join(facts, ", ");
        }
    }
    return "";
}

}  // namespace caro::engine
