#include <array>
#include <cctype>
#include <set>

#include "engine/mend_internal.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

class Texts {
  public:
    Texts(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_edits(edits) {}

    void pipeline(const Pipeline& pipeline) {
        char separator = '\0';
        for (const Command& command : pipeline.stages) {
            if (command.words.empty() || command.expanded || command.only_flow || !m.bare(command.words.front())) {
                separator = '\0';
                continue;
            }
            const char own = separator_of(command);
            separator = own != '\0' ? own : separator;
            fields(command, separator);
            separator = passes_on(command) ? separator : '\0';
            const std::string_view name = name_of(command);
            if (name == "sed") {
                extended(command);
                in_place(command, pipeline.stages.size() == 1);
            } else if (name == "grep") {
                perl(command);
            } else if (name == "awk") {
                dollars(command);
            }
        }
    }

    // `sort a > a` empties a before it is read.
    void same_file(const shell::Script& script) {
        if (script.pipelines.size() != 1 || script.pipelines.front().stages.empty()) {
            return;
        }
        const auto& stages = script.pipelines.front().stages;
        for (const auto& redirect : stages.back().redirects) {
            const std::string& file = redirect.target.text;
            if (redirect.op != ">" || !m.bare(redirect.target) || redirect.span.end != m.source.size() || file.starts_with("/dev/")) {
                continue;
            }
            const bool reads = std::any_of(stages.begin(), stages.end(), [&](const Command& command) {
                return is_reader(name_of(command)) &&
                       (std::any_of(command.words.begin() + 1, command.words.end(), [&](const Word& word) { return word.text == file; }) ||
                        std::any_of(command.redirects.begin(), command.redirects.end(),
                                    [&](const auto& other) { return other.op == "<" && other.target.text == file; }));
            });
            if (reads) {
                m_edits.push_back({redirect.target.span, file + ".tmp && mv " + file + ".tmp " + file});
            }
        }
    }

  private:
    static bool is_reader(std::string_view name) {
        static const std::set<std::string_view> k_readers = {"awk",  "cat",  "column", "cut",  "expand", "fold", "grep", "head", "iconv", "jq",
                                                             "nl",   "paste", "rev",   "sed",  "shuf",   "sort", "tac",  "tail", "tr",    "uniq"};
        return k_readers.count(name) != 0;
    }

    // Lines come out as they went in, if fewer or in another order.
    static bool passes_on(const Command& command) {
        const std::string_view name = name_of(command);
        return name == "cat" || name == "tail" || name == "head" || name == "sort" || name == "sed" || name == "shuf" || name == "tac" ||
               (name == "grep" && !has_short(command, "oclLn")) || (name == "awk" && is_filter(command)) || (name == "uniq" && !has_short(command, "c"));
    }

    // A condition alone: lines come out whole.
    static bool is_filter(const Command& command) {
        return std::none_of(command.words.begin() + 1, command.words.end(), [](const Word& word) { return word.text.find('{') != std::string::npos; });
    }

    // Of the table that the command itself reads; '\0' if it reads none.
    char separator_of(const Command& command) const {
        const Word* file = nullptr;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            if (command.words[i].known() && is_table(command.words[i].text)) {
                file = &command.words[i];
            }
        }
        for (const auto& redirect : command.redirects) {
            if (redirect.op == "<" && is_table(redirect.target.text)) {
                file = &redirect.target;
            }
        }
        if (file == nullptr) {
            return '\0';
        }
        if (const char seen = m.table(file->text).separator; seen != '\0') {
            return seen;
        }
        if (file->text.ends_with(".tsv")) {
            return '\t';
        }
        return m.asks({"semicolon", "';'", "\";\""}) ? ';' : m.asks({"tab separated", "tab-separated", "tab delimited", "separated by tab"}) ? '\t' : ',';
    }

    static bool is_table(std::string_view name) {
        return (name.ends_with(".csv") || name.ends_with(".tsv")) && name.find_first_of(" '\"{$") == std::string_view::npos;
    }

    std::string quoted(char separator) const {
        return separator == '\t' ? (m.surroundings.ansi_quotes ? "$'\\t'" : "\"$(printf '\\t')\"") : separator == ',' ? "," : std::string("'") + separator + "'";
    }

    // awk, cut and sort take blanks and tabs for granted.
    void fields(const Command& command, char separator) {
        const std::string_view name = name_of(command);
        if ((name == "awk" || name == "cut") && command.words.size() > 2 && separator == '\0') {
            no_commas(command);
        }
        if (separator == '\0' || command.words.size() < 2) {
            return;
        }
        if (name == "awk") {
            awk_fields(command, separator);
        } else if (name == "cut") {
            set_option(command, 'd', separator, has_short(command, "f") && separator != '\t');
        } else if (name == "sort") {
            set_option(command, 't', separator, has_short(command, "k"));
        }
    }

    // awk -F, or cut -d, on a file whose words are parted by blanks.
    void no_commas(const Command& command) {
        const Word& option = command.words[1];
        if (!command.words.back().known() || !m.table(command.words.back().text).blanks) {
            return;
        }
        if (option.text == "-F,") {
            m_edits.push_back({{command.words[0].span.end, option.span.end}, ""});
        } else if (option.text == "-d,") {
            m_edits.push_back({option.span, "-d' '"});
        }
    }

    void awk_fields(const Command& command, char separator) {
        bool splits = false;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            if (text.find("FS") != std::string::npos && text.find("OFS") == std::string::npos) {
                return;  // FS=… or a sign of its own
            }
            for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
                splits = splits || (at + 1 < text.size() && text[at + 1] != '0');
            }
            splits = splits || text.find("NF") != std::string::npos;
        }
        const std::string sign = separator == '\t' ? "'\\t'" : quoted(separator);
        const Word& option = command.words[1];
        if (splits && is_cluster(option) && option.text[1] == 'F') {
            const std::string given = option.text.size() > 2 ? option.text.substr(2) : command.words.size() > 2 ? command.words[2].text : "";
            const bool plain = given == "," || given == ";" || given == "\\t" || given == "\t" || given == " ";
            const bool right = given == std::string(1, separator) || (separator == '\t' && given == "\\t");
            if (plain && !right && knows(command)) {
                const Word& last = option.text.size() > 2 ? option : command.words[2];
                m_edits.push_back({{option.span.start, last.span.end}, "-F" + sign});
            }
            return;
        }
        if (splits && !has_short(command, "F") && !has_word(command, "--csv")) {
            m_edits.push_back(insertion(command.words[0].span.end, " -F" + sign));
        }
    }

    // The file itself told its separator, or its name leaves no doubt.
    bool knows(const Command& command) const {
        return std::any_of(command.words.begin() + 1, command.words.end(), [&](const Word& word) {
            return word.known() && (word.text.ends_with(".tsv") || m.table(word.text).separator != '\0');
        });
    }

    void set_option(const Command& command, char letter, char separator, bool needed) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (!is_cluster(word) || word.text.find(letter, 1) == std::string::npos) {
                continue;
            }
            const bool apart = word.text.back() == letter;
            const std::string given = apart ? (i + 1 < command.words.size() ? command.words[i + 1].text : "") : word.text.substr(word.text.find(letter, 1) + 1);
            if (word.text[1] == letter && given.size() == 1 && given[0] != separator && knows(command)) {
                m_edits.push_back({{word.span.start, apart ? command.words[i + 1].span.end : word.span.end}, std::string("-") + letter + quoted(separator)});
            }
            return;
        }
        if (needed && !has_word(command, "--field-separator") && !has_word(command, "--delimiter")) {
            m_edits.push_back(insertion(command.words[0].span.end, std::string(" -") + letter + quoted(separator)));
        }
    }

    // Between single quotes the shell leaves \$1 as it is, and awk stumbles over it.
    void dollars(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string_view written = m.as_written(command.words[i]);
            if (!written.starts_with('\'') || written.find("\\$") == std::string_view::npos || written.find('/') != std::string_view::npos) {
                continue;
            }
            std::string text;
            for (std::size_t at = 0; at < written.size(); ++at) {
                if (written[at] != '\\' || at + 1 == written.size() || written[at + 1] != '$') {
                    text.push_back(written[at]);
                }
            }
            m_edits.push_back({command.words[i].span, std::move(text)});
        }
    }

    // A basic pattern knows neither + nor groups without a backslash; \d is Perl's.
    void extended(const Command& command) {
        if (command.words.size() < 2) {
            return;
        }
        const Word* script = nullptr;
        for (std::size_t i = 1; i < command.words.size() && script == nullptr; ++i) {
            if (!is_cluster(command.words[i]) && command.words[i].text.substr(0, 2) != "--") {
                script = &command.words[i];
            }
        }
        if (script == nullptr) {
            return;
        }
        digits(*script);
        const std::string& text = script->text;
        const bool basic = text.find("\\(") != std::string::npos || text.find("\\+") != std::string::npos || text.find("\\{") != std::string::npos ||
                           text.find("\\|") != std::string::npos || text.find("\\?") != std::string::npos;
        if (basic || has_short(command, "Er") || has_word(command, "--regexp-extended")) {
            return;
        }
        bool wanted = text.find('(') != std::string::npos && text.find("\\1") != std::string::npos;
        for (const std::string_view sign : {"]+", ")+", "]{", "){", "]?", ")?", "\\w+", "\\s+", "\\S+", ".+/"}) {
            wanted = wanted || text.find(sign) != std::string::npos;
        }
        if (wanted) {
            m_edits.push_back(insertion(command.words[0].span.end, " -E"));
        }
    }

    void digits(const Word& word) {
        const std::string_view written = m.as_written(word);
        if (!written.starts_with('\'') || written.find("\\d") == std::string_view::npos) {
            return;
        }
        std::string text;
        bool in_set = false;
        for (std::size_t at = 0; at < written.size(); ++at) {
            const bool digit = written.substr(at).starts_with("\\d");
            text += digit ? std::string_view(in_set ? "0-9" : "[0-9]") : written.substr(at, 1);
            in_set = digit ? in_set : written[at] == '[' || (in_set && written[at] != ']');
            at += digit ? 1 : 0;
        }
        m_edits.push_back({word.span, std::move(text)});
    }

    void perl(const Command& command) {
        if (has_short(command, "PF")) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (word.text.empty() || word.text[0] == '-') {
                continue;
            }
            if (m.surroundings.gnu && (word.text.find("\\K") != std::string::npos || word.text.find("(?") != std::string::npos)) {
                perl_option(command);
            } else {
                digits(word);
            }
            return;  // the first operand is the pattern
        }
    }

    void perl_option(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (const std::size_t at = word.text.find('E'); is_cluster(word) && m.bare(word) && at != std::string::npos) {
                std::string text = word.text;
                text[at] = 'P';
                m_edits.push_back({word.span, std::move(text)});
                return;
            }
        }
        m_edits.push_back(insertion(command.words[0].span.end, " -P"));
    }

    void in_place(const Command& command, bool alone) {
        const bool keeps = m.asks({"in place", "in-place", "inplace", "for good", "permanently", "the file itself", " save it", "and save", "itself."});
        const bool shows = m.request.starts_with(" print ") || m.request.starts_with(" show ") || m.request.starts_with(" display ") ||
                           m.asks({" and print", " and show", " and display", "only print", "just print", "print only", "print it", "print the result",
                                   "show the result", ", print ", "output the result", "on screen", "to the screen", "stdout", "without changing", "without touching", "without modifying", "don't change", "do not change", "preview"});
        const auto* option = std::find_if(command.words.data() + 1, command.words.data() + command.words.size(),
                                          [](const Word& word) { return word.text == "-i"; });
        const bool there = option != command.words.data() + command.words.size();
        if (there && shows && !keeps) {
            m_edits.push_back({{(option - 1)->span.end, option->span.end}, ""});
        } else if (!there && keeps && !shows && alone && command.redirects.empty() && command.words.size() > 2 && !has_short(command, "in")) {
            m_edits.push_back(insertion(command.words[0].span.end, m.surroundings.gnu ? " -i" : " -i ''"));
        }
    }

    const Mended& m;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_texts(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Texts texts(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        texts.pipeline(pipeline);
    }
    texts.same_file(script);
}

}  // namespace caro::engine
