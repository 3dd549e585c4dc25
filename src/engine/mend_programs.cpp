#include <array>
#include <set>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

// Single programs and their options: the letter for a kind of archive, patterns that the shell has to see.
class Programs {
  public:
    Programs(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_edits(edits) {}

    // Programs of other systems and names that there should be.
    void other_name(const Command& command) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> k_names = {{{"blake2", "b2sum"},
                                                                                                  {"blake2sum", "b2sum"},
                                                                                                  {"md5", "md5sum"},
                                                                                                  {"sha1", "sha1sum"},
                                                                                                  {"sha224", "sha224sum"},
                                                                                                  {"sha256", "sha256sum"},
                                                                                                  {"sha384", "sha384sum"},
                                                                                                  {"sha512", "sha512sum"},
                                                                                                  {"gawk", "awk"}}};
        for (const auto& [wrong, right] : k_names) {
            if (name_of(command) == wrong && !m.surroundings.has_tool(wrong) && m.surroundings.has_tool(right)) {
                m_edits.push_back({command.words[0].span, std::string(right)});
            }
        }
    }

    void command(const Command& command, bool last) {
        const std::string_view name = name_of(command);
        if (name == "tar") {
            compression(command);
        } else if (name == "find") {
            nulls(command, last);
        } else if (name == "git") {
            undone(command);
        } else if (name == "grep") {
            numbers(command);
        } else if (name == "zip") {
            folders(command);
        } else if (name == "cp") {
            times(command);
        } else if (name == "mkdir" || name == "touch") {
            ranges(command);
        }
        static const std::set<std::string_view> k_takes_files = {"cat", "chmod", "chown", "cp", "du",     "gzip",      "head",  "ls", "md5sum",
                                                                 "mv",  "rm",    "stat",  "tail", "sha256sum", "wc", "xz", "zip"};
        if (k_takes_files.count(name) != 0) {
            patterns(command);
        }
    }

    // "without changing the order", and then it is sorted.
    void order(const Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        if (stages.size() < 2 || name_of(stages.back()) != "sort" || stages.back().words.size() != 1 || name_of(stages[stages.size() - 2]) != "awk" ||
            m.source.find("seen[") == std::string_view::npos) {
            return;
        }
        if (m.asks({"changing the order", "change the order", "keep the order", "keeping the order", "keep their order", "order stays", "original order",
                    "preserve the order", "preserving the order", "preserving order", "keeping order"})) {
            m_edits.push_back({{stages[stages.size() - 2].span.end, stages.back().span.end}, ""});
        }
    }

    // The first characters of each line are no lines.
    void characters(const Pipeline& pipeline) {
        if (pipeline.stages.size() != 1 || name_of(pipeline.stages[0]) != "head" || pipeline.stages[0].words.size() != 4 ||
            !m.asks({"characters of each line", "characters of every line", "characters per line", "letters of each line", "characters in each line"})) {
            return;
        }
        const auto& words = pipeline.stages[0].words;
        const bool number = (words[1].text == "-n" || words[1].text == "-c") && words[2].text.find_first_not_of("0123456789") == std::string::npos;
        if (number && m.request.find(" first " + words[2].text + " ") != std::string::npos) {
            m_edits.push_back({{words[0].span.start, words[2].span.end}, "cut -c1-" + words[2].text});
        }
    }

    // All but the last lines is no tail.
    void but_last(const Pipeline& pipeline) {
        if (pipeline.stages.size() != 1 || name_of(pipeline.stages[0]) != "tail" || pipeline.stages[0].words.size() != 4 || !m.surroundings.gnu) {
            return;
        }
        const auto& words = pipeline.stages[0].words;
        for (const std::string_view said : {" but the last ", " except the last ", " without the last ", " except for the last "}) {
            const std::size_t at = m.request.find(said);
            const std::string_view rest = at == std::string::npos ? std::string_view() : std::string_view(m.request).substr(at + said.size());
            const std::string number(rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size())));
            if (!number.empty() && rest.substr(number.size()).starts_with(" line") && words[1].text == "-n") {
                m_edits.push_back({{words[0].span.start, words[2].span.end}, "head -n -" + number});
                return;
            }
        }
    }

    // `echo abc | md5sum` takes in the end of the line, which is no part of the text.
    void no_newline(const Pipeline& pipeline) {
        static const std::set<std::string_view> k_takes_bytes = {"md5sum",    "sha1sum",   "sha224sum", "sha256sum", "sha384sum", "sha512sum",
                                                                 "b2sum", "cksum", "base64", "base32", "xxd", "od", "hexdump", "hd"};
        const auto& stages = pipeline.stages;
        if (stages.size() < 2 || stages[0].words.size() != 2 || name_of(stages[0]) != "echo" || !m.bare(stages[0].words[0]) ||
            k_takes_bytes.count(name_of(stages[1])) == 0 || has_short(stages[1], "dDr") || has_word(stages[1], "--decode") ||
            m.asks({"with a newline", "with newline", "and a newline", "with a trailing newline", "including the newline"}) || stages[0].words[1].text.empty() ||
            stages[0].words[1].text[0] == '-') {
            return;
        }
        m_edits.push_back(insertion(stages[0].words[0].span.end, " -n"));
    }

    // `ps | grep x | awk '{print $2}'` finds the grep too.
    void processes(const Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        const bool form = stages.size() == 3 && name_of(stages[0]) == "ps" && name_of(stages[1]) == "grep" && name_of(stages[2]) == "awk" &&
                          stages[1].words.size() == 2 && stages[2].words.size() == 2 && stages[2].words[1].text == "{print $2}" && stages[0].words.size() == 2;
        if (form && (stages[0].words[1].text == "-ef" || stages[0].words[1].text == "aux") && stages[1].words[1].text[0] != '[' && m.bare(stages[1].words[1])) {
            m_edits.push_back({{stages[0].span.start, stages[2].span.end}, "pgrep -f " + stages[1].words[1].text});
        }
    }

  private:
    void folders(const Command& command) {
        if (!has_short(command, "r@") && !has_word(command, "--recurse-paths") && command.words.size() > 2 &&
            std::any_of(command.words.begin() + 2, command.words.end(), [&](const Word& word) { return word.known() && m.surroundings.is_directory(word.text); })) {
            m_edits.push_back(insertion(command.words[0].span.end, " -r"));
        }
    }

    void times(const Command& command) {
        if (m.asks({"preserving", "preserve", "keeping its time", "keeping the time", "keep the time", "keeping their time", "same timestamp"}) && !has_short(command, "pa") &&
            std::none_of(command.words.begin(), command.words.end(), [](const Word& word) { return word.text.starts_with("--preserve") || word.text == "--archive"; })) {
            m_edits.push_back(insertion(command.words[0].span.end, " -p"));
        }
    }

    // a01..a12 is a{01..12} to the shell.
    void ranges(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            const std::size_t dots = text.find("..");
            if (!m.bare(command.words[i]) || dots == std::string::npos || dots == 0 || text.find('/') != std::string::npos) {
                continue;
            }
            const std::string from = text.substr(0, dots);
            const std::string to = text.substr(dots + 2);
            std::size_t digits = from.size();
            while (digits > 0 && from[digits - 1] >= '0' && from[digits - 1] <= '9') {
                --digits;
            }
            const std::string stem = from.substr(0, digits);
            const std::string last = to.starts_with(stem) ? to.substr(stem.size()) : to;
            const std::size_t end = std::min(last.find_first_not_of("0123456789"), last.size());
            if (digits < from.size() && end > 0) {
                m_edits.push_back({command.words[i].span, stem + "{" + from.substr(digits) + ".." + last.substr(0, end) + "}" + last.substr(end)});
            }
        }
    }

    // -z is gzip, -j bzip2, -J xz; the name says which.
    void compression(const Command& command) {
        const Word& letters = command.words[1];
        if (!m.bare(letters) || letters.text.starts_with("--") || letters.text.find('f') != letters.text.size() - 1 || command.words.size() < 3) {
            return;
        }
        const std::string& file = command.words[2].text;
        const char right = file.ends_with(".xz") || file.ends_with(".txz")                              ? 'J'
                           : file.ends_with(".bz2") || file.ends_with(".tbz")                           ? 'j'
                           : file.ends_with(".gz") || file.ends_with(".tgz")                            ? 'z'
                           : file.ends_with(".tar")                                                     ? '-'
                                                                                                        : '\0';
        const std::size_t at = letters.text.find_first_of("zjJ");
        const bool makes = letters.text.find('c') != std::string::npos;
        if (right == '\0' || (at == std::string::npos && (right == '-' || !makes)) || (at != std::string::npos && letters.text[at] == right)) {
            return;
        }
        std::string text = letters.text;
        if (at != std::string::npos) {
            text.erase(at, 1);
        }
        if (right != '-') {
            text.insert(text.size() - 1, 1, right);
        }
        m_edits.push_back({letters.span, std::move(text)});
    }

    // No program but find takes a pattern in quotes for several files.
    void patterns(const Command& command) {
        bool own = false;  // after -x or -i of zip patterns are for zip itself
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            own = own || ((word.text == "-x" || word.text == "-i") && name_of(command) == "zip");
            const std::string_view written = m.as_written(word);
            const bool quoted = written.size() > 3 && (written.front() == '\'' || written.front() == '"') && written.back() == written.front() &&
                                written.substr(1, written.size() - 2) == word.text;
            if (own || !quoted || word.text.find('*') == std::string::npos || word.text.find_first_of("./") == std::string::npos) {
                continue;
            }
            const bool plain = word.text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./*?~") == std::string::npos;
            if (plain && word.text[0] != '-') {
                m_edits.push_back({word.span, word.text});
            }
        }
    }

    // What nobody reads who wants names ended by zero bytes is shown to people.
    void nulls(const Command& command, bool last) {
        const Word& end = command.words.back();
        if (last && end.text == "-print0" && command.words.size() > 2 && command.redirects.empty() && !m.asks({"null", "zero", "print0", "nul "}) &&
            m.source.find('|') == std::string_view::npos && m.source.find("$(") == std::string_view::npos) {
            m_edits.push_back({{command.words[command.words.size() - 2].span.end, end.span.end}, ""});
        }
    }

    void undone(const Command& command) {
        std::size_t at = 1;
        if (command.words.size() > 3 && command.words[1].text == "-C") {
            at = 3;
        }
        if (at + 1 >= command.words.size()) {
            return;
        }
        const std::string& verb = command.words[at].text;
        if (verb == "commit") {
            message(command, at);
        }
        const Word& option = command.words[at + 1];
        if (verb == "branch" && option.text == "-r" && m.asks({" all branches", " all the branches"}) && !m.asks({"remote"})) {
            m_edits.push_back({option.span, "-a"});
        } else if (verb == "reset" && option.text == "--mixed" && m.asks({"changes staged", "them staged", "keep it staged", "leave it staged"})) {
            m_edits.push_back({option.span, "--soft"});
        } else if (verb == "reset" && at + 2 == command.words.size() && option.text[0] != '-' && option.text.find('.') != std::string::npos &&
                   !option.text.starts_with("HEAD") && m.asks({"discard", "throw away", "throw out"}) && m.bare(option)) {
            m_edits.push_back({{command.words[at].span.start, option.span.end}, "checkout -- " + option.text});
        }
    }

    // A message of several words is one argument.
    void message(const Command& command, std::size_t at) {
        for (std::size_t i = at + 1; i + 2 < command.words.size(); ++i) {
            if ((command.words[i].text != "-m" && command.words[i].text != "-am")) {
                continue;
            }
            std::string text;
            for (std::size_t j = i + 1; j < command.words.size(); ++j) {
                if (!m.bare(command.words[j]) || command.words[j].text[0] == '-') {
                    return;
                }
                text += (j == i + 1 ? "" : " ") + command.words[j].text;
            }
            if (m.asked.find(text) != std::string_view::npos && text.find('\'') == std::string::npos) {
                m_edits.push_back({{command.words[i + 1].span.start, command.words.back().span.end}, "'" + text + "'"});
            }
            return;
        }
    }

    // -l tells only names, whatever else is asked for.
    void numbers(const Command& command) {
        if (!m.asks({"line number"}) || has_short(command, "n")) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (const std::size_t at = word.text.find('l'); is_cluster(word) && m.bare(word) && at != std::string::npos) {
                std::string text = word.text;
                text[at] = 'n';
                m_edits.push_back({word.span, std::move(text)});
                return;
            }
        }
    }

    const Mended& m;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_programs(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Programs programs(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        for (const Command& command : pipeline.stages) {
            if (command.words.size() > 1 && !command.expanded && !command.only_flow && mended.bare(command.words.front())) {
                programs.other_name(command);
                programs.command(command, &command == &pipeline.stages.back());
            }
        }
        if (!pipeline.stages.empty() && !pipeline.stages.back().words.empty()) {
            programs.order(pipeline);
            programs.characters(pipeline);
            programs.but_last(pipeline);
            programs.processes(pipeline);
            programs.no_newline(pipeline);
        }
    }
}

}  // namespace caro::engine
