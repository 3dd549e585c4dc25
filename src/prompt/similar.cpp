#include "prompt/similar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "util/strings.hpp"

namespace caro::prompt {

namespace {

// Words that nearly every request holds.
constexpr std::array<std::string_view, 42> k_empty = {
    "a",    "an",   "and",  "are",  "as",   "at",   "be",    "by",   "can",  "do",   "for",  "from", "give", "how",
    "i",    "in",   "is",   "it",   "its",  "me",   "my",    "of",   "on",   "or",   "our",  "out",  "please", "show",
    "that", "the",  "their", "them", "there", "this", "to",  "want", "what", "which", "will", "with", "you", "your"};

// Different words for one thing, after their endings are cut; the second of a pair is what counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 51> k_same = {{
    {"folder", "dir"},       {"directory", "dir"},    {"director", "dir"},  {"subfolder", "dir"},   {"subdirectory", "dir"},
    {"subdirector", "dir"}, {"big", "large"},        {"bigg", "large"},     {"biggest", "large"},   {"bigger", "large"},
    {"largest", "large"},    {"larger", "large"},     {"highest", "large"},  {"smallest", "small"},  {"smaller", "small"},
    {"newest", "new"},       {"latest", "new"},       {"recent", "new"},     {"recently", "new"},    {"newer", "new"},
    {"oldest", "old"},       {"older", "old"},        {"remove", "delete"},  {"remov", "delete"},    {"delet", "delete"},
    {"erase", "delete"},     {"list", "find"},        {"locate", "find"},    {"search", "find"},     {"display", "print"},
    {"output", "print"},     {"modify", "chang"},     {"modifi", "chang"},   {"change", "chang"},    {"edit", "chang"},
    {"mention", "contain"},  {"includ", "contain"}, {"include", "contain"}, {"lowercase", "lower"},
    {"uppercase", "upper"},  {"substitute", "replac"}, {"replace", "replac"}, {"substitut", "replac"}, {"duplicate", "duplicat"},
    {"repeat", "duplicat"},  {"unpack", "extract"},   {"decompress", "extract"}, {"uncompress", "extract"}, {"total", "sum"},
    {"mean", "averag"},      {"average", "averag"}}};

constexpr double k_nearly_the_same = 0.75;

std::string stem(std::string word) {
    const auto cut = [&word](std::string_view ending, std::size_t least) {
        if (word.size() >= least + ending.size() && std::string_view(word).ends_with(ending)) {
            word.resize(word.size() - ending.size());
            return true;
        }
        return false;
    };
    if (!cut("ing", 4) && !cut("ies", 4) && !cut("ed", 4) && !cut("es", 4) && !word.ends_with("ss")) {
        cut("s", 3);
    }
    for (const auto& [from, to] : k_same) {
        if (word == from) {
            return std::string(to);
        }
    }
    return word;
}

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0;
}

// ".csv" of "data/*.csv"; "" if there is no such ending.
std::string ending_of(std::string_view word) {
    const std::size_t dot = word.rfind('.');
    if (dot == std::string_view::npos || dot + 1 == word.size() || word.size() - dot > 6 ||
        !std::all_of(word.begin() + static_cast<std::ptrdiff_t>(dot) + 1, word.end(), is_word_byte)) {
        return "";
    }
    return std::string(word.substr(dot));
}

void add_word(std::string_view raw, std::vector<std::string>& out) {
    while (!raw.empty() && std::string_view(".,;:?!)]}").find(raw.back()) != std::string_view::npos) {
        raw.remove_suffix(1);
    }
    if (raw.empty()) {
        return;
    }
    const bool number = std::isdigit(static_cast<unsigned char>(raw.front())) != 0;
    if (raw.find('/') != std::string_view::npos || raw.find('.') != std::string_view::npos || raw.front() == '~') {
        out.emplace_back("<name>");
        if (std::string ending = ending_of(raw); !ending.empty()) {
            out.push_back(std::move(ending));
        }
        return;
    }
    if (number) {
        out.emplace_back("<number>");
        return;
    }
    std::string word;
    const auto end = [&] {
        if (!word.empty() && std::find(k_empty.begin(), k_empty.end(), word) == k_empty.end()) {
            out.push_back(stem(word));
        }
        word.clear();
    };
    for (const char c : raw) {
        if (is_word_byte(c)) {
            word.push_back(c);
        } else if (c != '\'') {
            end();
        }
    }
    end();
}

}  // namespace

std::vector<std::string> terms_of(std::string_view text) {
    std::vector<std::string> out;
    const std::string lower = to_lower(text);
    std::size_t at = 0;
    while (at < lower.size()) {
        const std::size_t space = std::min(lower.find_first_of(" \t\n\"`(", at), lower.size());
        add_word(std::string_view(lower).substr(at, space - at), out);
        at = space + 1;
    }
    return out;
}

ExampleIndex::ExampleIndex(std::vector<Example> examples) {
    std::map<std::string, std::size_t> documents;
    for (const Example& example : examples) {
        const auto terms = terms_of(example.ask);
        for (const auto& term : std::set<std::string>(terms.begin(), terms.end())) {
            ++documents[term];
        }
    }
    for (const auto& [word, count] : documents) {
        double weight = std::log(1.0 + static_cast<double>(examples.size()) / static_cast<double>(count));
        if (word.front() == '<') {
            weight *= 0.25;  // that there is a name or a number says little
        }
        m_words.emplace_back(word, weight);
    }
    for (Example& example : examples) {
        Entry entry;
        entry.terms = vector_of(example.ask);
        entry.example = std::move(example);
        m_entries.push_back(std::move(entry));
    }
}

std::vector<ExampleIndex::Term> ExampleIndex::vector_of(std::string_view text) const {
    std::map<std::size_t, double> weights;
    double square = 0;
    const double unknown = std::log(1.0 + static_cast<double>(m_words.size()));
    for (const auto& term : terms_of(text)) {
        const auto found = std::lower_bound(m_words.begin(), m_words.end(), term,
                                            [](const auto& entry, const std::string& word) { return entry.first < word; });
        if (found != m_words.end() && found->first == term) {
            weights[static_cast<std::size_t>(found - m_words.begin())] = found->second;
        } else {
            square += 0.25 * unknown * unknown;  // what no example knows makes them all less alike
        }
    }
    std::vector<Term> out;
    for (const auto& [id, weight] : weights) {
        out.push_back({id, weight});
        square += weight * weight;
    }
    const double length = std::sqrt(square);
    for (Term& term : out) {
        term.weight /= length;
    }
    return out;
}

std::vector<ExampleIndex::Hit> ExampleIndex::nearest(std::string_view request, std::size_t count, double least) const {
    std::vector<double> weights(m_words.size(), 0.0);
    for (const Term& term : vector_of(request)) {
        weights[term.id] = term.weight;
    }
    std::vector<Hit> hits;
    for (const Entry& entry : m_entries) {
        double similarity = 0;
        std::size_t shared = 0;
        for (const Term& term : entry.terms) {
            similarity += term.weight * weights[term.id];
            shared += weights[term.id] > 0 && m_words[term.id].first.front() != '<' ? 1U : 0U;
        }
        // One word in common is chance.
        if (similarity >= least && (shared > 1 || similarity > k_nearly_the_same)) {
            hits.push_back({&entry.example, similarity});
        }
    }
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.similarity > b.similarity; });
    if (hits.size() > count) {
        hits.resize(count);
    }
    return hits;
}

}  // namespace caro::prompt
