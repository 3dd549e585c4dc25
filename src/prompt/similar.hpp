// Worked examples that resemble a request: a few lines that a small model can lean on where the constant part of the prompt
// has nothing like it.
#pragma once

#include "prompt/prompt.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caro::prompt {

// One worked example.
struct Example {
    std::string ask;
    std::string command;
    bool constant = false;  // is in every prompt anyway
};

// A collection of examples that can be asked for the ones nearest to a request. Words are weighted by how rare they are in
// the collection and compared by the cosine of their vectors (tf-idf: Salton and Buckley 1988, "Term-weighting approaches in
// automatic text retrieval"). Immutable; safe to use from several threads.
class ExampleIndex {
  public:
    explicit ExampleIndex(std::vector<Example> examples);

    struct Hit {
        const Example* example = nullptr;
        double similarity = 0;  // 0 … 1
    };

    // At most `count` examples of at least `least` similarity, the nearest first.
    std::vector<Hit> nearest(std::string_view request, std::size_t count, double least) const;

    std::size_t size() const noexcept { return m_entries.size(); }

  private:
    struct Term {
        std::size_t id;
        double weight;
    };
    struct Word {
        std::string text;
        double weight;  // how rare it is
        bool deed;
        bool task;
        bool kind;
    };
    struct Entry {
        Example example;
        std::vector<Term> terms;  // by id, of length 1 in all
    };

    std::vector<Term> vector_of(std::string_view text) const;
    // 1 if an example is about the same deeds and kinds of files as a request with words of these weights, else
    // less.
    double agreement(const Entry& entry, const std::vector<Term>& asked, const std::vector<double>& weights) const;

    std::vector<Entry> m_entries;
    std::vector<Word> m_words;  // sorted by text
};

// The words that two texts are compared by: small letters, word endings cut, synonyms made one, numbers and names of files and
// folders made placeholders.
std::vector<std::string> terms_of(std::string_view text);

// Is `word` the name of a folder or the like in "… in word", where `before` stands before it? Both in small letters.
bool names_place(std::string_view before, std::string_view word);

// Of a word out of terms_of(): does it say that something is changed or made; what is to be done or found; what kind of file?
bool is_deed(std::string_view term);
bool is_task(std::string_view term);
bool is_kind(std::string_view term);

}  // namespace caro::prompt
