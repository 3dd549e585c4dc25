// What the parts of mend() share.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/edits.hpp"
#include "engine/mend.hpp"
#include "shell/script.hpp"

namespace caro::engine {

// One command line with the request it answers.
struct Mended {
    std::string request;  // in small letters, with a blank at both ends
    std::string_view asked;  // the request as it is
    std::string_view source;
    const Surroundings& surroundings;

    bool asks(std::initializer_list<std::string_view> texts) const {
        return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return request.find(text) != std::string::npos; });
    }
    std::string_view as_written(const shell::Word& word) const {
        return word.span.end <= source.size() && word.span.start < word.span.end ? source.substr(word.span.start, word.span.end - word.span.start)
                                                                                 : std::string_view();
    }
    Table table(const std::string& path) const { return surroundings.table ? surroundings.table(path) : Table(); }
    // It stands in the source as it is meant, without quotes.
    bool bare(const shell::Word& word) const { return word.known() && as_written(word) == word.text; }
};

// A cluster of short options: "-la".
inline bool is_cluster(const shell::Word& word) {
    return word.known() && word.text.size() > 1 && word.text[0] == '-' && word.text[1] != '-';
}

inline bool has_short(const shell::Command& command, std::string_view letters) {
    return std::any_of(command.words.begin() + 1, command.words.end(), [&](const shell::Word& word) {
        return is_cluster(word) && word.text.find_first_of(letters, 1) != std::string::npos;
    });
}

inline bool has_word(const shell::Command& command, std::string_view text) {
    return std::any_of(command.words.begin() + 1, command.words.end(), [&](const shell::Word& word) { return word.text == text; });
}

inline std::string_view name_of(const shell::Command& command) {
    return command.words.empty() || !command.words.front().known() ? std::string_view() : command.words.front().text;
}

inline Edit insertion(std::size_t at, std::string text) { return {{at, at}, std::move(text)}; }

// Tables and texts: separators of fields, extended patterns, edits in place, reading and writing one file.
void mend_texts(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// Files and programs: folders that are not there yet, links, the repository that is meant, options in a wrong order.
void mend_files(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// Single programs: the letter for a kind of archive, patterns that the shell has to see, what git is to undo.
void mend_programs(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// What answers turn round or add: the wrong side of a comparison, a count that nobody wanted, one folder for a tree.
void mend_meaning(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// What the request says in so many words: "not in subfolders", "the third column".
void mend_wording(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// Columns that do not hold what a program looks for in them.
void mend_columns(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// Paths of jq that do not fit the file.
void mend_json(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

// What the request shows to be meant otherwise: one line, the count, the largest, data without the names of columns.
void mend_slips(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits);

}  // namespace caro::engine
