#include "prompt/similar.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace caro::prompt {

namespace {

constexpr double k_nearly_the_same = 0.75;

// What a similarity is multiplied by for each of these. Words alone do not tell "delete empty folders" from "empty folders".
constexpr double k_other_deed = 0.6;  // the example does something that was not asked for
constexpr double k_other_task = 0.85;
constexpr double k_other_kind = 0.7;  // .csv and .json

// No placeholder and no ending of a file's name.
bool is_word(std::string_view term) { return term.front() != '<' && term.front() != '.'; }

std::size_t words_in(std::string_view request) {
    const auto terms = terms_of(request);
    const std::set<std::string> distinct(terms.begin(), terms.end());
    return static_cast<std::size_t>(std::count_if(distinct.begin(), distinct.end(), is_word));
}

}  // namespace

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
        } else if (count < 3) {
            weight *= count == 1 ? 0.5 : 0.7;  // mostly what the example happens to be about: rain, cities, cats
        }
        m_words.push_back({word, weight, is_deed(word), is_task(word), is_kind(word)});
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
    const auto terms = terms_of(text);
    for (const auto& term : std::set<std::string>(terms.begin(), terms.end())) {
        const auto found = std::lower_bound(m_words.begin(), m_words.end(), term,
                                            [](const Word& entry, const std::string& word) { return entry.text < word; });
        if (found != m_words.end() && found->text == term) {
            weights[static_cast<std::size_t>(found - m_words.begin())] = found->weight;
        } else {
            square += 0.1 * unknown * unknown;  // what no example knows makes them all less alike
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

double ExampleIndex::agreement(const Entry& entry, const std::vector<Term>& asked, const std::vector<double>& weights) const {
    double factor = 1;
    std::size_t kinds = 0;
    bool shared_kind = false;
    for (const Term& term : entry.terms) {
        const Word& word = m_words[term.id];
        const bool shared = weights[term.id] > 0;
        factor *= shared ? 1 : word.deed ? k_other_deed : word.task ? k_other_task : 1;
        kinds += word.kind ? 1U : 0U;
        shared_kind = shared_kind || (word.kind && shared);
    }
    bool asks_kind = false;
    for (const Term& term : asked) {
        const Word& word = m_words[term.id];
        asks_kind = asks_kind || word.kind;
        const auto found = std::lower_bound(entry.terms.begin(), entry.terms.end(), term.id, [](const Term& other, std::size_t id) { return other.id < id; });
        const bool shared = found != entry.terms.end() && found->id == term.id;
        factor *= word.task && !shared ? k_other_task : 1;
    }
    return factor * (kinds != 0 && asks_kind && !shared_kind ? k_other_kind : 1);
}

std::vector<ExampleIndex::Hit> ExampleIndex::nearest(std::string_view request, std::size_t count, double least) const {
    std::vector<double> weights(m_words.size(), 0.0);
    const auto asked = vector_of(request);
    for (const Term& term : asked) {
        weights[term.id] = term.weight;
    }
    const std::size_t said = words_in(request);
    std::vector<Hit> hits;
    for (const Entry& entry : m_entries) {
        double similarity = 0;
        std::size_t shared = 0;
        std::size_t shared_words = 0;
        for (const Term& term : entry.terms) {
            const bool in_both = weights[term.id] > 0;
            similarity += term.weight * weights[term.id];
            shared += in_both && m_words[term.id].text.front() != '<' ? 1U : 0U;
            shared_words += in_both && is_word(m_words[term.id].text) ? 1U : 0U;
        }
        similarity *= similarity >= least ? agreement(entry, asked, weights) : 1;
        // One word in common is chance, unless it is all that was said: "42 in binary".
        const bool all = said > 0 && shared_words >= said;
        if (similarity >= least && (shared > 1 || all || similarity > k_nearly_the_same)) {
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
