// What a request says in so many words and its answer does not do: "not in subfolders", "only the first occurrence", "the third
// column".
#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

class Wording {
  public:
    Wording(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_edits(edits) {}

    void pipeline(const Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        for (std::size_t i = 0; i < stages.size(); ++i) {
            const Command& command = stages[i];
            if (command.words.size() < 2 || command.expanded || command.only_flow || !m.bare(command.words.front())) {
                continue;
            }
            const std::string_view name = name_of(command);
            if (name == "find") {
                place_of_example(command);
                kind_of_example(command);
                depth(command, i + 2 == stages.size() && name_of(stages[i + 1]) == "wc");
                sizes(command);
            } else if (name == "sed") {
                first_only(command);
            } else if (name == "awk") {
                only_header(command);
            } else if (name == "ls") {
                only_folders(command);
            } else if (name == "grep") {
                everywhere(command);
            } else if (name == "locate") {
                located(command);
            }
            file_of_example(command);
        }
        if (!stages.empty()) {
            from_the_end(pipeline);
            bytes(pipeline);
            columns(pipeline);
        }
    }

  private:
    // A file that is neither here nor in the request was in an example; the request names the one to be read.
    void file_of_example(const Command& command) {
        static const std::set<std::string_view> k_readers = {"awk", "cat", "column", "cut", "grep", "head", "jq", "sed", "sort", "tac", "tail", "tr", "uniq", "wc"};
        const Word& word = command.words.back();
        const std::size_t dot = word.text.rfind('.');
        if (k_readers.count(name_of(command)) == 0 || !m.bare(word) || word.glob || dot == std::string::npos || dot == 0 || command.words.size() < 3 ||
            m.request.find(to_lower(word.text)) != std::string::npos || !m.table(word.text).beginning.empty()) {
            return;
        }
        std::string named;
        for (const std::string_view part : split(m.asked, ' ')) {
            const std::string name(part.substr(0, part.find_last_not_of(",;:?!") + 1));
            if (name.size() > word.text.size() - dot && name.ends_with(word.text.substr(dot)) && !m.table(name).beginning.empty()) {
                if (!named.empty() && named != name) {
                    return;
                }
                named = name;
            }
        }
        if (!named.empty() && m.source.find(named) == std::string_view::npos) {
            m_edits.push_back({word.span, named});
        }
    }

    // So was *.txt, where the request speaks of all files.
    void kind_of_example(const Command& command) {
        for (std::size_t i = 1; i + 1 < command.words.size() && m.asks({" all files ", " any files ", " every file "}); ++i) {
            const bool name = command.words[i].text == "-name" || command.words[i].text == "-iname";
            const bool asked = m.asks({"txt", "text", "named", "name ", "extension", "ending", "document"});
            if (name && command.words[i + 1].text == "*.txt" && command.words[i - 1].text != "!" && command.words[i - 1].text != "-not" && !asked &&
                m.source.find(" -o ") == std::string_view::npos) {
                m_edits.push_back({{command.words[i].span.start, command.words[i + 1].span.end + (i + 2 < command.words.size() ? 1 : 0)}, ""});
            }
        }
    }

    // A folder that is neither here nor said was in an example too.
    void place_of_example(const Command& command) {
        const Word& word = command.words[1];
        const std::string& text = word.text;
        if (trim(m.request).empty() || command.words.size() < 3 || !m.bare(word) || word.glob || std::isalpha(static_cast<unsigned char>(text[0])) == 0 ||
            m.surroundings.is_directory(text) || !m.table(text).beginning.empty() || command.words[2].text[0] != '-') {
            return;
        }
        const std::string name = to_lower(text.ends_with('/') ? text.substr(0, text.size() - 1) : text);
        // "in backup" is a place, "backup files" are none.
        for (std::size_t at = m.request.find(name); at != std::string::npos; at = m.request.find(name, at + 1)) {
            if (std::isalnum(static_cast<unsigned char>(m.request[at - 1])) == 0 && !std::string_view(m.request).substr(at + name.size()).starts_with(" file")) {
                return;
            }
        }
        m_edits.push_back({word.span, "."});
    }

    // "The third line from the end" is one line.
    void from_the_end(const Pipeline& pipeline) {
        const Command& command = pipeline.stages[0];
        const std::string_view name = name_of(command);
        if (pipeline.stages.size() != 1 || (name != "tail" && name != "head" && name != "sed") || command.words.size() != 4 || !m.bare(command.words[3])) {
            return;
        }
        std::size_t at = std::string::npos;
        for (const std::string_view said : {" line from the end", " line from the bottom", " to last line", " to the last line", " from last line", " last line from the end"}) {
            at = std::min(at, m.request.find(said));
        }
        if (at == std::string::npos || at == 0) {
            return;
        }
        const std::string before = m.request.substr(0, at);
        const std::size_t number = ordinal(before.substr(before.rfind(' ') + 1));
        if (number > 1 && !m.asks({" lines"})) {
            m_edits.push_back({{command.span.start, command.words[2].span.end}, "tail -n " + std::to_string(number)});
            m_edits.push_back(insertion(command.words[3].span.end, " | head -n 1"));
        }
    }

    // 3 of "third" and "3rd"; 0 for other words.
    static std::size_t ordinal(const std::string& word) {
        static constexpr std::array<std::string_view, 9> k_ordinals = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"};
        const auto* const found = std::find(k_ordinals.begin(), k_ordinals.end(), word);
        if (found != k_ordinals.end()) {
            return static_cast<std::size_t>(found - k_ordinals.begin()) + 1;
        }
        std::string_view digits = word;
        for (const std::string_view ending : {"st", "nd", "rd", "th"}) {
            digits = digits.ends_with(ending) ? digits.substr(0, digits.size() - 2) : digits;
        }
        return is_number(digits) && digits.size() < 3 ? std::stoul(std::string(digits)) : 0;
    }

    bool one_level() const {
        for (const std::string_view said : {"not deeper", "not below", "no deeper", "not recursive", "non-recursive", "nonrecursive"}) {
            if (m.request.find(said) != std::string::npos) {
                return true;
            }
        }
        for (const std::string_view sub : {"subfolder", "sub-folder", "subdirector"}) {
            const std::size_t at = m.request.find(sub);
            const std::string_view before = std::string_view(m.request).substr(0, at == std::string::npos ? 0 : at);
            const std::string_view near = before.substr(before.size() > 24 ? before.size() - 24 : 0);
            for (const std::string_view no : {" not ", "(not ", " no ", " without ", " ignoring ", " excluding "}) {
                const std::size_t begin = near.rfind(no);
                if (begin != std::string_view::npos && near.find_first_of("?,;.:", begin) == std::string_view::npos) {
                    return true;
                }
            }
        }
        return false;
    }

    // "not in subfolders"; and a folder is none of its own subfolders.
    void depth(const Command& command, bool counted) {
        const std::size_t roots = first_test(command);
        const bool deep = has_word(command, "-maxdepth");
        if (roots == 0 || has_word(command, "-mindepth")) {
            return;
        }
        std::string added = !deep && one_level() ? " -maxdepth 1" : "";
        const bool folders = type_of(command) == "d" && !has_word(command, "-name") && !has_word(command, "-iname");
        if (counted && folders && m.asks({"how many", "number of", "count"}) && !m.asks({"including", "itself"})) {
            added = " -mindepth 1" + added;
        }
        if (!added.empty()) {
            m_edits.push_back(insertion(command.words[roots - 1].span.end, added));
        }
    }

    static std::size_t first_test(const Command& command) {
        std::size_t at = 1;
        while (at < command.words.size() && !command.words[at].text.empty() && std::string_view("-!(").find(command.words[at].text[0]) == std::string_view::npos) {
            ++at;
        }
        return at < command.words.size() && at > 1 ? at : 0;
    }

    static std::string type_of(const Command& command) {
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            if (command.words[i - 1].text == "-type") {
                return command.words[i].text;
            }
        }
        return "";
    }

    // Without a unit, find counts blocks of half a kilobyte.
    void sizes(const Command& command) {
        char unit = '\0';
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            unit = command.words[i - 1].text == "-size" && !text.empty() && std::string_view("kMG").find(text.back()) != std::string_view::npos ? text.back() : unit;
        }
        for (std::size_t i = 2; i < command.words.size() && unit != '\0'; ++i) {
            const std::string& text = command.words[i].text;
            if (command.words[i - 1].text == "-size" && text.size() > 1 && is_number(std::string_view(text).substr(1)) && m.bare(command.words[i])) {
                m_edits.push_back(insertion(command.words[i].span.end, std::string(1, unit)));
            }
        }
    }

    // s/a/b/g replaces them all.
    void first_only(const Command& command) {
        if (!m.asks({"first occurrence", "first match", "only the first"}) || m.asks({"all "})) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string_view written = m.as_written(command.words[i]);
            if (written.starts_with("'s") && written.size() > 5 && written.ends_with("g'") && written[written.size() - 3] == written[2]) {
                m_edits.push_back({{command.words[i].span.end - 2, command.words[i].span.end - 1}, ""});
                return;
            }
        }
    }

    // NR==1 is the row with the names of the columns.
    void only_header(const Command& command) {
        if (m.asks({"header", "heading", "first", "title", "top", " 1", "names of the columns", "column names"})) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (m.as_written(word).starts_with("'NR==1 {print $") && m.as_written(word).find('}') + 2 == m.as_written(word).size()) {
                m_edits.push_back({{word.span.start + 1, word.span.start + 7}, ""});
            }
        }
    }

    void only_folders(const Command& command) {
        const Word& last = command.words.back();
        if (has_short(command, "d") && last.glob && (last.text == "./*" || last.text == "*") && m.bare(last) &&
            m.asks({"only the folders", "only folders", "only directories", "only the directories", "just the folders", "just the directories", "folders only", "directories only"})) {
            m_edits.push_back({last.span, "*/"});
        }
    }

    // Among the names that * stands for are folders.
    void everywhere(const Command& command) {
        const Word& last = command.words.back();
        if (last.glob && last.text == "*" && m.bare(last) && command.words.size() > 2 && !has_short(command, "rRds") && !has_word(command, "--recursive") && !one_level() &&
            m.asks({"all files", "all the files", "any file", "every file", "everywhere", "in files"})) {
            m_edits.push_back(insertion(command.words[0].span.end, " -r"));
            m_edits.push_back({last.span, "."});
        }
    }

    void located(const Command& command) {
        const Word& word = command.words.back();
        const std::string_view written = m.as_written(word);
        const bool plain = word.known() && !word.text.empty() && word.text.find_first_of("'/(|$\\") == std::string::npos && word.text[0] != '-';
        if (command.words.size() != 2 || m.surroundings.has_tool("locate") || !plain || written.empty()) {
            return;
        }
        const bool pattern = word.text.find_first_of("*?[.") != std::string::npos;
        m_edits.push_back({command.span, "find . -name '" + (pattern ? word.text : "*" + word.text + "*") + "'"});
    }

    // du takes in the folders themselves.
    void bytes(const Pipeline& pipeline) {
        const Command& du = pipeline.stages[0];
        const bool alone = pipeline.stages.size() == 1 || (pipeline.stages.size() == 2 && (name_of(pipeline.stages[1]) == "awk" || name_of(pipeline.stages[1]) == "cut"));
        const bool form = name_of(du) == "du" && du.words.size() == 3 && (du.words[1].text == "-sb" || du.words[1].text == "-b" || du.words[1].text == "-bs");
        if (alone && form && m.bare(du.words[2]) && !du.words[2].glob && m.surroundings.gnu && m.asks({" all files", " all the files", " the files ", " of files "}) &&
            m.asks({" bytes"})) {
            m_edits.push_back({{du.span.start, pipeline.stages.back().span.end}, "find " + du.words[2].text + " -type f -printf '%s\\n' | awk '{s+=$1} END {print s}'"});
        }
    }

    // Numbers of columns that the request gives: "column 3", "the 2nd field", "columns 4 and 5", "third word".
    std::set<std::size_t> given_columns() const {
        std::vector<std::string> words;
        for (const std::string_view part : split(m.request, ' ')) {
            std::string word;
            for (const char c : part) {
                if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
                    word.push_back(c);
                }
            }
            if (!word.empty()) {
                words.push_back(std::move(word));
            }
        }
        const auto number = [](const std::string& word) { return ordinal(word); };
        const auto unit = [](const std::string& word) { return word == "column" || word == "field" || word == "columns" || word == "fields" || word == "word"; };
        std::set<std::size_t> out;
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (!unit(words[i])) {
                continue;
            }
            for (std::size_t before = i; before > 0; --before) {
                const std::string& word = words[before - 1];
                if (number(word) != 0) {
                    out.insert(number(word));
                } else if (word != "and" && word != "or" && word != "the") {
                    break;
                }
            }
            for (std::size_t next = i + 1; next < words.size() && (is_number(words[next]) || words[next] == "and" || words[next] == "or"); ++next) {
                if (number(words[next]) != 0) {
                    out.insert(number(words[next]));
                }
            }
        }
        return out;
    }

    // One given column is not used, and one is used that was not given.
    void columns(const Pipeline& pipeline) {
        const std::set<std::size_t> given = given_columns();
        const Command& command = pipeline.stages[0];
        if (given.empty() || name_of(command) != "awk" || m.asks({"last column", "last field", "last word", "all but"})) {
            return;
        }
        const Word* program = nullptr;
        for (std::size_t i = 1; i < command.words.size() && program == nullptr; ++i) {
            program = m.as_written(command.words[i]).starts_with("'") && command.words[i].text.find('$') != std::string::npos ? &command.words[i] : nullptr;
        }
        if (program == nullptr || m.as_written(*program).find("$(") != std::string_view::npos || m.as_written(*program).find("NF") != std::string_view::npos) {
            return;
        }
        const std::string_view text = m.as_written(*program);
        std::set<std::size_t> used;
        std::vector<std::pair<std::size_t, std::size_t>> places;  // begin and end of each number
        for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
            std::size_t end = at + 1;
            while (end < text.size() && is_digit(text[end])) {
                ++end;
            }
            const std::string number(text.substr(at + 1, end - at - 1));
            if (number.empty() || number.size() > 2) {
                return;
            }
            if (number != "0") {
                used.insert(std::stoul(number));
                places.emplace_back(at + 1, end);
            }
        }
        std::vector<std::size_t> missing;
        std::vector<std::size_t> extra;
        std::set_difference(given.begin(), given.end(), used.begin(), used.end(), std::back_inserter(missing));
        std::set_difference(used.begin(), used.end(), given.begin(), given.end(), std::back_inserter(extra));
        if (missing.size() != 1 || extra.size() != 1) {
            return;
        }
        for (const auto& [begin, end] : places) {
            if (text.substr(begin, end - begin) == std::to_string(extra[0])) {
                m_edits.push_back({{program->span.start + begin, program->span.start + end}, std::to_string(missing[0])});
            }
        }
    }

    const Mended& m;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_wording(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Wording wording(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        wording.pipeline(pipeline);
    }
}

}  // namespace caro::engine
