#include "engine/ground.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "engine/edits.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Word;

// The words of a request without quotes and without the punctuation of a sentence.
std::vector<std::string> words_of(std::string_view request) {
    std::vector<std::string> out;
    std::string word;
    const auto end_word = [&] {
        while (!word.empty() && std::string_view("\"'`").find(word.front()) != std::string_view::npos) {
            word.erase(0, 1);
        }
        while (!word.empty() && std::string_view("\"'`.?!:").find(word.back()) != std::string_view::npos) {
            word.pop_back();
        }
        if (!word.empty()) {
            out.push_back(word);
        }
        word.clear();
    };
    for (const char c : request) {
        if (std::string_view(" \t\n,;()").find(c) != std::string_view::npos) {
            end_word();
        } else {
            word.push_back(c);
        }
    }
    end_word();
    return out;
}

struct Request {
    std::vector<std::string> words;
    std::set<std::string, std::less<>> set;
    std::string lower;  // " find all files "

    explicit Request(std::string_view text) : words(words_of(text)), set(words.begin(), words.end()) {
        lower = " ";
        for (const auto& word : words) {
            lower += to_lower(word) + " ";
        }
    }
    bool says(std::string_view word) const { return set.find(word) != set.end(); }
    // True if one of the words begins with one of these.
    template <std::size_t N>
    bool mentions(const std::array<std::string_view, N>& beginnings) const {
        return std::any_of(beginnings.begin(), beginnings.end(),
                           [&](std::string_view b) { return lower.find(" " + std::string(b)) != std::string::npos; });
    }
    bool names_absolute_path() const {
        return std::any_of(words.begin(), words.end(), [](const std::string& word) { return word[0] == '/' || word[0] == '~'; });
    }
};

class Grounder {
  public:
    Grounder(const Request& request, std::string_view source) : m_request(request), m_source(source) {}

    void command(const Command& command, bool only_one) {
        if (command.words.empty() || !command.words.front().known()) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            path(command, command.words[i]);
        }
        const std::string& name = command.words.front().text;
        if (name == "find") {
            find(command);
        } else if (name == "grep" && only_one) {
            grep(command);
        }
        if (name == "find" || name == "du" || name == "ls" || name == "tree") {
            root(command);
        }
    }

    // A last `| xargs ls -l` that only lists what is listed already.
    void last_stage(const shell::Pipeline& pipeline) {
        const auto& words = pipeline.stages.back().words;
        const bool ls = pipeline.stages.size() > 1 && words.size() >= 2 && words[0].text == "xargs" &&
                        std::all_of(words.begin() + 1, words.end(), [](const Word& word) {
                            return word.text == "ls" || (word.text.size() > 1 && word.text[0] == '-');
                        }) &&
                        std::any_of(words.begin() + 1, words.end(), [](const Word& word) { return word.text == "ls"; });
        const auto& before = pipeline.stages[pipeline.stages.size() > 1 ? pipeline.stages.size() - 2 : 0].span;
        if (ls && !wants_details()) {
            m_edits.push_back({{before.end, pipeline.stages.back().span.end}, ""});
        }
    }

    std::string result() {
        return apply(std::move(m_edits), m_source);
    }

    bool changed() const { return !m_edits.empty(); }

  private:
    // Only a word that stands as it is meant, without quotes, is a path for certain.
    bool bare(const Word& word) const {
        return word.known() && word.span.end <= m_source.size() &&
               m_source.substr(word.span.start, word.span.end - word.span.start) == word.text;
    }

    void path(const Command& command, const Word& word) {
        if (!bare(word) || word.text.size() < 2 || m_request.says(word.text)) {
            return;
        }
        const std::string& text = word.text;
        if (text[0] == '/') {
            std::string relative = text.substr(1);
            std::string folder = relative.back() == '/' ? relative.substr(0, relative.size() - 1) : relative;
            // "data/*.csv" is covered by "data" being what the user called it.
            const auto first = folder.substr(0, folder.find('/'));
            const bool whole = m_request.says(folder) || m_request.says(folder + "/");
            const bool globbed = folder.find('*') != std::string::npos && (m_request.says(first) || m_request.says(first + "/"));
            if (!folder.empty() && (whole || globbed)) {
                m_edits.push_back({word.span, relative});
            }
            return;
        }
        static const std::set<std::string_view> k_of_files = {"cat", "file", "head", "readlink", "realpath", "stat", "tail", "wc"};
        const bool may_lack_ending = text.size() > 2 && text[0] != '-' && k_of_files.count(command.words.front().text) != 0;
        if (text.find('/') != std::string::npos || (text.find('.') == std::string::npos && !may_lack_ending)) {
            return;
        }
        std::string named;
        for (const auto& candidate : m_request.words) {
            if (candidate.size() > text.size() + 1 && candidate.compare(candidate.size() - text.size(), text.size(), text) == 0 &&
                candidate[candidate.size() - text.size() - 1] == '/' && candidate.find("://") == std::string::npos) {
                if (!named.empty() && named != candidate) {
                    return;  // two files of that name: which one is meant is not for us to say
                }
                named = candidate;
            }
        }
        if (!named.empty() && !goes_to_folder(command, named)) {
            m_edits.push_back({word.span, named});
        }
    }

    // True if the folder of the path, or the path itself, stands somewhere in the command (cd, -C, a copy's source).
    bool goes_to_folder(const Command& command, const std::string& path) const {
        const std::string folder = path.substr(0, path.rfind('/'));
        (void)command;
        return m_source.find(path) != std::string_view::npos || m_source.find(folder + " ") != std::string_view::npos ||
               m_source.find(folder + "/") != std::string_view::npos || m_source.find(folder + ";") != std::string_view::npos ||
               (m_source.size() >= folder.size() && m_source.substr(m_source.size() - folder.size()) == folder);
    }

    bool wants_details() const {
        return m_request.mentions(std::array<std::string_view, 12>{"detail", "long", "permission", "owner", "own", "size", "date", "time",
                                                                    "info", "metadata", "when", "ls"});
    }

    void root(const Command& command) {
        static constexpr std::array<std::string_view, 16> k_whole = {"whole",  "entire",   "everywhere", "system", "machine",    "computer",
                                                                     "disk",   "root",     "filesystem", "server", "pc",         "laptop",
                                                                     "device", "anywhere", "drive",      "host"};
        if (m_request.names_absolute_path() || m_request.mentions(k_whole)) {
            return;
        }
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            if (bare(command.words[i]) && command.words[i].text == "/" && (i == 1 || command.words[i - 1].text[0] == '-')) {
                m_edits.push_back({command.words[i].span, "."});
                return;
            }
        }
    }

    void find(const Command& command) {
        const auto& words = command.words;
        // -L, -H and -P must stand before the paths.
        for (std::size_t i = 2; i < words.size() && words[i - 1].text.substr(0, 1) != "-"; ++i) {
            if (bare(words[i]) && words[i].text == "-L") {
                m_edits.push_back({{words[1].span.start, words[1].span.start}, "-L "});
                m_edits.push_back({{words[i - 1].span.end, words[i].span.end}, ""});
            }
        }
        for (std::size_t i = 1; i + 1 < words.size() && !wants_details(); ++i) {
            if (words[i].text != "-exec" || words[i + 1].text != "ls") {
                continue;
            }
            std::size_t end = i + 2;
            while (end < words.size() && (words[end].text == "{}" || words[end].text[0] == '-')) {
                ++end;
            }
            if (end + 1 == words.size() && (words[end].text == ";" || words[end].text == "+")) {
                m_edits.push_back({{words[i - 1].span.end, words[end].span.end}, ""});
            }
        }
    }

    // "files that contain X" asks for names, not for lines.
    void grep(const Command& command) {
        static constexpr std::array<std::string_view, 6> k_contain = {"contain", "mention", "with the word", "with the text", "with the string",
                                                                      "include the word"};
        static constexpr std::array<std::string_view, 8> k_lines = {"line", "count", "how many", "occurrence", "match", "number", "show me where", "context"};
        const auto file = m_request.lower.find(" file");
        if (file == std::string::npos || !m_request.mentions(k_contain) || m_request.mentions(k_lines) ||
            std::none_of(k_contain.begin(), k_contain.end(), [&](std::string_view word) {
                const auto at = m_request.lower.find(" " + std::string(word));
                return at != std::string::npos && at > file;
            })) {
            return;
        }
        const Word* recursive = nullptr;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            if (text.size() < 2 || text[0] != '-' || text[1] == '-') {
                continue;
            }
            if (text.find_first_of("lLcnoqhABCm") != std::string::npos) {
                return;
            }
            if (text.find_first_of("rR") != std::string::npos && bare(command.words[i])) {
                recursive = &command.words[i];
            }
        }
        if (recursive != nullptr) {
            m_edits.push_back({recursive->span, recursive->text + "l"});
        }
    }

    const Request& m_request;
    std::string_view m_source;
    std::vector<Edit> m_edits;
};

}  // namespace

std::string ground(std::string_view request, std::string_view command, const shell::Environment& environment) {
    const shell::Script script = shell::parse(command, environment);
    if (!script.complete || !script.functions.empty()) {
        return std::string(command);
    }
    const Request said(request);
    Grounder grounder(said, command);
    for (const auto& pipeline : script.pipelines) {
        if (pipeline.stages.empty()) {
            return std::string(command);  // subshells and substitutions are left as they are
        }
        for (const auto& stage : pipeline.stages) {
            grounder.command(stage, script.pipelines.size() == 1 && pipeline.stages.size() == 1);
        }
        grounder.last_stage(pipeline);
    }
    if (!grounder.changed()) {
        return std::string(command);
    }
    const std::string held = grounder.result();
    std::string out(trim(held));
    return shell::parse(out, environment).complete ? out : std::string(command);
}

}  // namespace caro::engine
