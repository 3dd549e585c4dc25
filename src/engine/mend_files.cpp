#include <cctype>
#include <cstdlib>
#include <set>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

// The words of a request without the punctuation around them; "," stands for the end of a clause.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    for (const std::string_view part : split(text, ' ')) {
        std::string_view word = part;
        while (!word.empty() && std::string_view("\"'`(,;:").find(word.front()) != std::string_view::npos) {
            word.remove_prefix(1);
        }
        while (!word.empty() && std::string_view("\"'`),;:.?!").find(word.back()) != std::string_view::npos) {
            word.remove_suffix(1);
        }
        if (!word.empty()) {
            out.emplace_back(word);
        }
        if (!part.empty() && std::string_view(",;:.?!)").find(part.back()) != std::string_view::npos) {
            out.emplace_back(",");
        }
    }
    return out;
}

class Files {
  public:
    Files(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_words(words_of(mended.asked)), m_edits(edits) {}

    void command(const Command& command) {
        const std::string_view name = name_of(command);
        if (name == "seq") {
            downwards(command);
        } else if (name == "find") {
            find(command);
            only_files(command);
        } else if (name == "grep") {
            pattern(command);
        } else if (name == "git") {
            repository(command);
        } else if (name == "ln") {
            link(command);
        } else if (name == "tar") {
            new_folder(command, "C", has_short(command, "x") || (command.words.size() > 1 && command.words[1].text.starts_with("x")));
        } else if (name == "cp" || name == "mv") {
            new_folder(command, "t", true);
            moved_name(command);
            if (command.words.size() > 2 && command.words.back().text.ends_with('/')) {
                make(command.words.back(), command);
            }
        }
    }

    void pair(const Command& before, const Command& command) {
        if (name_of(command) != "sort" || has_short(command, "k")) {
            return;
        }
        // Sizes for people are 900K before 2M.
        if (name_of(before) == "du" && has_short(before, "h") && !has_short(command, "h")) {
            sort_by(command, 'h');
        }
    }

    // A folder that the request names and the command does not: it is the one to look in, not the current one.
    void named_folder(const shell::Script& script) {
        static const std::set<std::string_view> k_before = {"in", "below", "under", "inside", "within", "of", "from", "folder", "directory"};
        std::string folder;
        for (std::size_t i = 1; i < m_words.size(); ++i) {
            const std::string& word = m_words[i];
            if (k_before.count(m_words[i - 1]) == 0 || word == "." || word[0] == '/' || word[0] == '~' || !m.surroundings.is_directory(word)) {
                continue;
            }
            if (!folder.empty() && folder != word) {
                return;
            }
            folder = word;
        }
        if (folder.empty() || m.source.find(folder) != std::string_view::npos || script.pipelines.size() != 1 || script.pipelines.front().stages.empty()) {
            return;
        }
        const Command& command = script.pipelines.front().stages.front();
        const std::string_view name = name_of(command);
        if (name != "find" && name != "grep" && name != "du" && name != "tree") {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            if (m.bare(command.words[i]) && (command.words[i].text == "." || command.words[i].text == "./")) {
                m_edits.push_back({command.words[i].span, folder});
                return;
            }
        }
    }

  private:
    void sort_by(const Command& command, char letter) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (is_cluster(word) && m.bare(word) && word.text.find_first_not_of("nr", 1) == std::string::npos) {
                std::string text = word.text;
                text.erase(std::remove(text.begin(), text.end(), 'n'), text.end());
                m_edits.push_back({word.span, text + letter});
                return;
            }
        }
        m_edits.push_back(insertion(command.words[0].span.end, std::string(" -") + letter));
    }

    // seq counts FIRST STEP LAST.
    void downwards(const Command& command) {
        std::vector<const Word*> numbers;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            const bool number = m.bare(command.words[i]) && text.find_first_not_of("-0123456789") == std::string::npos && text != "-";
            if (number) {
                numbers.push_back(&command.words[i]);
            } else if (text.starts_with("-s") && text.size() == 2) {
                ++i;
            }
        }
        const auto value = [&](std::size_t i) { return std::atol(numbers[i]->text.c_str()); };
        if (numbers.size() == 2 && value(0) > value(1)) {
            m_edits.push_back(insertion(numbers[0]->span.end, " -1"));
        } else if (numbers.size() == 3 && value(2) < 0 && value(1) >= 0 && value(0) > value(1)) {
            m_edits.push_back({numbers[1]->span, numbers[2]->text});
            m_edits.push_back({numbers[2]->span, numbers[1]->text});
        }
    }

    void find(const Command& command) {
        static const std::set<std::string_view> k_patterns = {"-name", "-iname", "-path", "-ipath", "-wholename", "-lname"};
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            const std::string& option = command.words[i - 1].text;
            if (option == "-perm" && m.bare(word) && word.text.size() > 1 && word.text[0] == '+' &&
                word.text.find_first_not_of("01234567", 1) == std::string::npos && m.surroundings.gnu) {
                m_edits.push_back({word.span, "/" + word.text.substr(1)});
            }
            // Unquoted it may match files here first, and find complains about the second of them.
            if (word.glob && m.bare(word) && k_patterns.count(option) != 0 && word.text.find('\'') == std::string::npos) {
                m_edits.push_back({word.span, "'" + word.text + "'"});
            }
        }
    }

    // "files" are no folders.
    void only_files(const Command& command) {
        if (!m.asks({" files ", " files,", " file "}) || m.asks({"folder", "director", "everything", "entries", "link", "device", "socket", " all items"}) ||
            m.source.find("-type") != std::string_view::npos) {
            return;
        }
        std::size_t at = 1;
        while (at < command.words.size() && command.words[at].text.substr(0, 1) != "-" && command.words[at].text != "!" && command.words[at].text != "(") {
            ++at;
        }
        while (at + 1 < command.words.size() && (command.words[at].text == "-maxdepth" || command.words[at].text == "-mindepth")) {
            at += 2;
        }
        if (at > 1 && command.words[1].text[0] != '-') {
            m_edits.push_back(insertion(command.words[at - 1].span.end, " -type f"));
        }
    }

    // Two words are one pattern only in quotes.
    void pattern(const Command& command) {
        std::vector<const Word*> operands;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (word.text.empty() || word.text[0] == '-') {
                if (is_cluster(word) && std::string_view("ABCmef").find(word.text.back()) != std::string_view::npos) {
                    ++i;
                }
                continue;
            }
            operands.push_back(&word);
        }
        if (operands.size() < 3 || !m.bare(*operands[0]) || !m.bare(*operands[1]) || operands[1]->glob || operands[1]->text.find_first_of("./") != std::string::npos) {
            return;
        }
        const std::string both = operands[0]->text + " " + operands[1]->text;
        if (operands[0]->span.end + 1 == operands[1]->span.start && m.asked.find(both) != std::string_view::npos && !m.surroundings.is_directory(operands[1]->text)) {
            m_edits.push_back({{operands[0]->span.start, operands[1]->span.end}, "'" + both + "'"});
        }
    }

    // `for f in d/*; do mv "$f" "new_$f"` names a folder new_d.
    void moved_name(const Command& command) {
        const std::string_view loop = m.source.substr(0, std::min(m.source.find(';'), m.source.size()));
        if (!loop.starts_with("for f in ") || loop.find('/') == std::string_view::npos || command.words.size() < 3) {
            return;
        }
        const std::string_view written = m.as_written(command.words.back());
        if (written == "\"${f^^}\"" || written == "\"${f,,}\"") {
            m_edits.push_back({command.words.back().span, "\"${f%/*}/$(basename " + std::string(written) + ")\""});
            return;
        }
        if (written.size() > 4 && written.front() == '"' && written.ends_with("$f\"") && written.find('/') == std::string_view::npos &&
            written.find('$') == written.size() - 3) {
            m_edits.push_back({command.words.back().span, "\"${f%/*}/" + std::string(written.substr(1, written.size() - 4)) + "${f##*/}\""});
        }
    }

    void link(const Command& command) {
        const bool symbolic = has_short(command, "s") || has_word(command, "--symbolic");
        const bool hard = m.asks({"hard link", "hardlink", "hard-link"});
        const bool soft = m.asks({"symbolic", "symlink", "soft link", "softlink", "sym link"});
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (!is_cluster(word) || !m.bare(word) || word.text.find('s') == std::string::npos) {
                continue;
            }
            if (hard && !soft) {
                std::string text = word.text;
                text.erase(std::remove(text.begin(), text.end(), 's'), text.end());
                m_edits.push_back(text == "-" ? Edit{{command.words[i - 1].span.end, word.span.end}, ""} : Edit{word.span, text});
            } else if (word.text == "-s" && m.asks({" instead", " repoint", "change the link", "change the symlink", "update the link", "update the symlink", "replace the link"})) {
                m_edits.push_back({word.span, "-sfn"});
            }
            return;
        }
        if (soft && !hard && !symbolic) {
            m_edits.push_back(insertion(command.words[0].span.end, " -s"));
        }
    }

    // What an option names has to be there before it is filled.
    void new_folder(const Command& command, std::string_view option, bool fills) {
        for (std::size_t i = 1; fills && i + 1 < command.words.size(); ++i) {
            if (command.words[i].text == "-" + std::string(option)) {
                make(command.words[i + 1], command);
                return;
            }
        }
    }

    void make(const Word& folder, const Command& command) {
        const bool alone = command.span.start == 0 && m.bare(folder) && !folder.glob && !folder.tilde;
        if (alone && m.source.find("mkdir") == std::string_view::npos && folder.text.find("..") == std::string::npos &&
            folder.text[0] != '/' && !m.surroundings.is_directory(folder.text)) {
            m_edits.push_back(insertion(0, "mkdir -p " + folder.text + " && "));
        }
    }

    // "… of the repository in proj": git has to be told where that is.
    void repository(const Command& command) {
        if (m.source.find(" -C ") != std::string_view::npos || m.source.find("cd ") != std::string_view::npos || command.words.size() < 2 ||
            m.source.find("--git-dir") != std::string_view::npos) {
            return;
        }
        static const std::set<std::string_view> k_from_nothing = {"clone", "init", "config", "help", "version", "--version"};
        if (k_from_nothing.count(command.words[1].text) != 0) {
            return;
        }
        const std::string folder = repository_named();
        if (folder.empty()) {
            return;
        }
        m_edits.push_back(insertion(command.words[0].span.end, " -C " + folder));
        // As an operand it was meant to say the same.
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            std::string text = command.words[i].text;
            if (m.bare(command.words[i]) && (text == folder || text == folder + "/")) {
                m_edits.push_back({{command.words[i - 1].span.end, command.words[i].span.end}, ""});
            } else if (m.bare(command.words[i]) && text.starts_with(folder + "/")) {
                m_edits.push_back({command.words[i].span, text.substr(folder.size() + 1)});
            }
        }
    }

    std::string repository_named() const {
        for (const std::string& word : m_words) {
            const std::string folder = word.ends_with('/') ? word.substr(0, word.size() - 1) : word;
            if (!folder.empty() && folder != "." && folder.find_first_of("'\"$*?") == std::string::npos && m.surroundings.is_directory(folder + "/.git")) {
                return folder;
            }
        }
        return m.surroundings.is_directory(".git") ? "" : repository_said();
    }

    // "the repository in proj", "in the folder proj, …", "of the repo proj": from the words alone, where no file tells.
    std::string repository_said() const {
        static const std::set<std::string_view> k_between = {"in", "at", "under", "inside", "called", "named", "the", "folder", "directory", "git"};
        for (std::size_t i = 0; i < m_words.size(); ++i) {
            const bool folder = m_words[i] == "folder" || m_words[i] == "directory";
            if (m_words[i] != "repository" && m_words[i] != "repo" && !folder) {
                continue;
            }
            std::size_t next = i + 1;
            while (next < m_words.size() && k_between.count(m_words[next]) != 0) {
                ++next;
            }
            if (next >= m_words.size() || m_words[next] == "," || m_words[next].find_first_of("'\"$*?=") != std::string::npos) {
                continue;
            }
            const bool placed = next > i + 1 && m_words[next - 1] != "the" && m_words[next - 1] != "git";
            const bool ends = next + 1 == m_words.size() || m_words[next + 1] == ",";
            const bool in_it = folder && i > 1 && m_words[i - 1] == "the" && (m_words[i - 2] == "in" || m_words[i - 2] == "In");
            if (placed || (ends && next == i + 1 && (in_it || !folder))) {
                return m_words[next];
            }
        }
        return "";
    }

    const Mended& m;
    std::vector<std::string> m_words;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_files(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Files files(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        for (std::size_t i = 0; i < pipeline.stages.size(); ++i) {
            const Command& command = pipeline.stages[i];
            if (command.words.empty() || command.expanded || command.only_flow || !mended.bare(command.words.front())) {
                continue;
            }
            files.command(command);
            if (i > 0 && !pipeline.stages[i - 1].words.empty()) {
                files.pair(pipeline.stages[i - 1], command);
            }
        }
    }
    files.named_folder(script);
}

}  // namespace caro::engine
