// Where an answer turns round what was asked, or does more: the wrong side of a comparison, a count or a cut that nobody
// wanted, one folder instead of a tree.
#include <cctype>
#include <optional>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

class Meaning {
  public:
    Meaning(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_edits(edits) {}

    void command(const Command& command) {
        const std::string_view name = name_of(command);
        if (name == "comm") {
            sides(command);
        } else if (name == "git") {
            range(command);
        } else if (name == "grep") {
            lines_missing(command);
        } else if (name == "find") {
            paths(command);
        }
    }

    // What comes last and was not asked for.
    void end(const Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        if (stages.size() < 2 || !is_english() || !stages.back().redirects.empty()) {
            return;
        }
        const Command& last = stages.back();
        const bool counted = name_of(last) == "wc" && last.words.size() == 2 && last.words[1].text == "-l" &&
                             !m.asks({"how many", "count", "number", "total", "amount", "how often", " sum"});
        const bool cut = name_of(last) == "head" && last.words.size() == 3 && last.words[1].text == "-n" && is_number(last.words[2].text) &&
                         m.request.find(last.words[2].text) == std::string::npos && wants_all(last.words[2].text == "1");
        const bool narrowed = stages.size() == 2 && name_of(stages[0]) == "df" && name_of(last) == "awk" && last.words.size() == 2 &&
                              last.words[1].text.starts_with("{print $") && !m.asks({"only", "just", "number", "percent", "column", "names"});
        if (counted || cut || narrowed) {
            m_edits.push_back({{stages[stages.size() - 2].span.end, last.span.end}, ""});
        }
    }

    // `rm tmp/*.o` reaches one folder; "below tmp" is a tree.
    void below(const Pipeline& pipeline) {
        if (pipeline.stages.size() != 1 || !m.asks({" below ", " under ", "recursive", "subfolder", "sub-folder", "subdirector", " tree"}) ||
            m.asks({"not in sub", "not below", "no sub", "without sub", "not deeper", "directly", "only in "})) {
            return;
        }
        const Command& command = pipeline.stages[0];
        const std::string_view name = name_of(command);
        const bool edits = name == "sed" && has_short(command, "i");
        if ((name != "rm" && name != "chmod" && !edits) || command.words.size() < 2 || !command.redirects.empty() ||
            command.span.start != 0 || command.span.end != m.source.size()) {
            return;
        }
        const Word& files = command.words.back();
        const std::string& text = files.text;
        const std::size_t slash = text.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : text.substr(0, slash);
        const std::string pattern = slash == std::string::npos ? text : text.substr(slash + 1);
        if (!files.glob || m.as_written(files) != text || folder.empty() || folder.find_first_of("*?[{~") != std::string::npos ||
            pattern.find('*') == std::string::npos || pattern.find_first_of("{'") != std::string::npos || glob_before(command)) {
            return;
        }
        const std::string found = "find " + folder + " -type f -name '" + pattern + "' ";
        if (name == "rm") {
            m_edits.push_back({command.span, found + "-delete"});
            return;
        }
        m_edits.push_back(insertion(command.span.start, found + "-exec "));
        m_edits.push_back({files.span, "{} +"});
    }

  private:
    static bool glob_before(const Command& command) {
        return std::any_of(command.words.begin() + 1, command.words.end() - 1, [](const Word& word) { return word.glob; });
    }

    // These rules know English words only.
    bool is_english() const { return m.asks({" the ", " of ", " all ", " with ", " which ", " show ", " list ", " print ", " find ", " for ", " by ", " where "}); }

    // Nothing in the request says that some are enough. "Most frequent first" is an order.
    bool wants_all(bool one) const {
        std::string request = m.request;
        for (std::size_t at = request.find(" first"); at != std::string::npos; at = request.find(" first", at + 1)) {
            const std::size_t word = at == 0 ? std::string::npos : request.rfind(' ', at - 1);
            const std::size_t before = word == std::string::npos || word == 0 ? std::string::npos : request.rfind(' ', word - 1);
            const std::string_view said = std::string_view(request).substr(0, at);
            const bool order = said.ends_with("est") || said.ends_with("frequent") || said.ends_with("common") || said.ends_with("often") || said.ends_with("expensive");
            const std::size_t after = at + 6;
            if (order && (after + 1 >= request.size() || std::string_view(",.;").find(request[after]) != std::string_view::npos)) {
                const bool two = before != std::string::npos && std::string_view(request).substr(before, word - before) == " most";
                const std::size_t begin = two ? before : word;
                request.erase(begin, after - begin);
                at = begin;
            }
        }
        const auto says = [&](std::initializer_list<std::string_view> texts) {
            return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return request.find(text) != std::string::npos; });
        };
        return request.find_first_of("0123456789") == std::string::npos && !(one && says({" a ", " an "})) &&
               !says({"first", "top", "few", "some ", "most", "best", "est ", "least", "recent", "sample", "example", " one ", " two ", " three ", " four ",
                      " five ", " six ", " seven ", " eight ", " nine ", " ten ", "dozen", "begin", "start", " max", " min", " who ", "which",
                      " head ", "preview", "popular", "frequent", "worst", " last", " next", "heavi", "any "});
    }

    // The one of two names that the request wants nothing of: "in a but not in b"; nullopt if that is not clear.
    std::optional<std::string> left_out(const std::string& one, const std::string& other) const {
        const auto is_out = [&](const std::string& name) {
            const std::string lower = to_lower(name);
            for (const std::string_view before : {"not in ", "not yet in ", "not contained in ", "not part of ", "n't in ", "missing from ", "missing in ", "absent from ", "in addition to ",
                                                  "not on ", "not in the branch ", "not in branch ", "not also in ", "not occur in ", "not appear in ", "no longer in "}) {
                for (const std::string_view quote : {"", "\"", "'", "the file ", "file ", "the folder ", "folder "}) {
                    if (names(std::string(before) + std::string(quote) + lower)) {
                        return true;
                    }
                }
            }
            for (const std::string_view after : {" lacks", " does not have", " doesn't have", " does not contain", " doesn't contain", " misses", " is missing", " has not"}) {
                if (m.request.find(lower + std::string(after)) != std::string::npos) {
                    return true;
                }
            }
            return false;
        };
        const bool first = is_out(one);
        if (first == is_out(other)) {
            return std::nullopt;
        }
        return first ? one : other;
    }

    // `text` with the end of its last word there.
    bool names(const std::string& text) const {
        for (std::size_t at = m.request.find(text); at != std::string::npos; at = m.request.find(text, at + 1)) {
            const std::size_t end = at + text.size();
            const bool inner = end + 1 < m.request.size() && std::isalnum(static_cast<unsigned char>(m.request[end + 1])) != 0;
            if (std::string_view(" ,;:?!'\")").find(m.request[end]) != std::string_view::npos || (m.request[end] == '.' && !inner)) {
                return true;
            }
        }
        return false;
    }

    // comm -23 tells what only the first file has, comm -13 what only the second has.
    void sides(const Command& command) {
        if (command.words.size() < 4 || (command.words[1].text != "-23" && command.words[1].text != "-13")) {
            return;
        }
        const auto inner = [&](const Word& word) {
            std::string_view text = m.as_written(word);
            if (text.starts_with("<(") && text.ends_with(")")) {
                text.remove_suffix(1);
                const std::size_t bar = text.find(" |");
                text = text.substr(0, bar);
                text = text.substr(text.rfind(' ') + 1);
            }
            return std::string(trim(text));
        };
        const std::string first = inner(command.words[2]);
        const std::string second = inner(command.words[3]);
        const auto out = first == second ? std::nullopt : left_out(first, second);
        const std::string_view right = out == second ? "-23" : "-13";
        if (out && command.words[1].text != right) {
            m_edits.push_back({command.words[1].span, std::string(right)});
        }
    }

    // a..b are the commits of b that a does not have.
    void range(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string& text = command.words[i].text;
            const std::size_t dots = text.find("..");
            if (!m.bare(command.words[i]) || dots == std::string::npos || dots == 0 || text.find("...") != std::string::npos || dots + 2 == text.size() ||
                !has_word(command, "log")) {
                continue;
            }
            const std::string from = text.substr(0, dots);
            const std::string to = text.substr(dots + 2);
            if (left_out(from, to) == to) {
                m_edits.push_back({command.words[i].span, to + ".." + from});
            }
            return;
        }
    }

    // grep -vxFf a b: lines of b that a does not have.
    void lines_missing(const Command& command) {
        if (command.words.size() != 4 || !is_cluster(command.words[1]) || command.words[1].text.back() != 'f' ||
            command.words[1].text.find('v') == std::string::npos || !m.bare(command.words[2]) || !m.bare(command.words[3])) {
            return;
        }
        const std::string& out = command.words[2].text;
        const std::string& in = command.words[3].text;
        if (left_out(out, in) == in) {
            m_edits.push_back({command.words[2].span, in});
            m_edits.push_back({command.words[3].span, out});
        }
    }

    // What find compares with -path begins with where it started; a mode without - or / must be met exactly.
    void paths(const Command& command) {
        const std::string root = command.words.size() > 1 && m.bare(command.words[1]) && command.words[1].text[0] != '-' ? command.words[1].text : ".";
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            const std::string& option = command.words[i - 1].text;
            const std::string& text = word.text;
            if (text.empty()) {
                continue;
            }
            const bool letters = std::isalpha(static_cast<unsigned char>(text[0])) != 0;
            if (option == "-perm" && m.bare(word) && letters && text.find('+') != std::string::npos && text.find(',') == std::string::npos) {
                m_edits.push_back(insertion(word.span.start, "-"));
            }
            const std::string_view written = m.as_written(word);
            const bool quoted = written.size() > 2 && (written[0] == '\'' || written[0] == '"');
            if ((option == "-path" || option == "-wholename") && quoted && (letters || text[0] == '_') && text != root && !text.starts_with(root + "/")) {
                m_edits.push_back(insertion(word.span.start + 1, root == "." ? "./" : "*/"));
            }
        }
    }

    const Mended& m;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_meaning(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Meaning meaning(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        for (const Command& command : pipeline.stages) {
            if (command.words.size() > 1 && !command.expanded && !command.only_flow && mended.bare(command.words.front())) {
                meaning.command(command);
            }
        }
    }
    if (script.pipelines.size() == 1 && !script.pipelines[0].stages.empty() && !script.pipelines[0].stages.back().words.empty()) {
        meaning.end(script.pipelines[0]);
        meaning.below(script.pipelines[0]);
    }
}

}  // namespace caro::engine
