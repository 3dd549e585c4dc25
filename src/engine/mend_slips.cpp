#include <array>
#include <cctype>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Pipeline;
using shell::Word;

bool is_option(const Word& word) { return word.text.size() > 1 && word.text[0] == '-'; }

// Looks like base64 or a token: nothing that a model may write from memory.
bool is_code(std::string_view text) {
    bool upper = false;
    bool lower = false;
    bool other = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) == 0 && c != '+' && c != '/' && c != '=') {
            return false;
        }
        upper = upper || std::isupper(byte) != 0;
        lower = lower || std::islower(byte) != 0;
        other = other || std::isdigit(byte) != 0 || c == '=';
    }
    return text.size() >= 8 && upper && lower && other && text.find('/') == std::string_view::npos;
}

// Slips of reasoning that one request and one command show: the wrong column of a count, the last lines for one line.
class Slips {
  public:
    Slips(const Mended& mended, std::vector<Edit>& edits) : m(mended), m_edits(edits) {}

    void pipeline(const Pipeline& pipeline) {
        const auto& stages = pipeline.stages;
        for (std::size_t i = 0; i < stages.size(); ++i) {
            const Command& command = stages[i];
            if (command.words.empty() || command.expanded || command.only_flow || !m.bare(command.words.front())) {
                continue;
            }
            const std::string_view name = name_of(command);
            if (name == "jq") {
                json(command);
            } else if (name == "awk") {
                extremes(command);
                per_group(command);
                if (i + 1 < stages.size()) {
                    by_sum(command, stages[i + 1]);
                }
                if (i > 0 && name_of(stages[i - 1]) == "uniq" && !stages[i - 1].words.empty() && has_short(stages[i - 1], "c")) {
                    count(command);
                }
            } else if (name == "grep") {
                occurrences(command, i + 2 == stages.size() && name_of(stages[i + 1]) == "wc", i + 1 == stages.size());
            } else if (name == "git" && i == 0) {
                shortlog(command);
            } else if (name == "uniq" && i > 0 && command.words.size() > 1 && has_short(command, "cdDu")) {
                counted_once(stages[i - 1]);
            }
        }
        if (stages.size() == 1 && !stages[0].words.empty()) {
            one_line(stages[0]);
        }
        header(pipeline);
    }

    // The code that the request holds, where another was written.
    void code(const shell::Script& script) {
        std::string asked;
        for (const std::string_view part : split(m.asked, ' ')) {
            if (is_code(part)) {
                if (!asked.empty()) {
                    return;
                }
                asked = part;
            }
        }
        const Word* written = nullptr;
        for (const Pipeline& pipeline : script.pipelines) {
            for (const Command& command : pipeline.stages) {
                for (const Word& word : command.words) {
                    if (!word.known() || !is_code(word.text)) {
                        continue;
                    }
                    if (written != nullptr || m.asked.find(word.text) != std::string_view::npos) {
                        return;
                    }
                    written = &word;
                }
            }
        }
        if (!asked.empty() && written != nullptr) {
            m_edits.push_back({written->span, asked});
        }
    }

    // "in place", but the result went to a file beside it.
    void beside(const shell::Script& script) {
        if (!m.asks({"in place", "in-place", "the file itself", "overwrite it"}) || script.pipelines.size() != 1 || script.pipelines.front().stages.empty()) {
            return;
        }
        const auto& stages = script.pipelines.front().stages;
        for (const auto& redirect : stages.back().redirects) {
            const std::string& out = redirect.target.text;
            if (redirect.op != ">" || !m.bare(redirect.target) || redirect.span.end != m.source.size() || m.request.find(to_lower(out)) != std::string::npos) {
                continue;
            }
            std::vector<Word> files = stages.front().words;
            for (const auto& other : stages.front().redirects) {
                if (other.op == "<") {
                    files.push_back(other.target);
                }
            }
            for (const Word& word : files) {
                if (word.text.size() > 2 && out.size() > word.text.size() && out.starts_with(word.text) && m.bare(word)) {
                    m_edits.push_back(insertion(redirect.span.end, " && mv " + out + " " + word.text));
                    return;
                }
            }
        }
    }

  private:
    // Objects one to a line are no array; an array of words is searched with index(), which finds parts of words too.
    void json(const Command& command) {
        Word const* program = nullptr;
        bool by_line = false;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            if (is_option(word) || !word.known()) {
                continue;
            }
            by_line = by_line || word.text.ends_with(".jsonl") || word.text.ends_with(".ndjson");
            program = program == nullptr ? &word : program;
        }
        const std::string_view written = program == nullptr ? std::string_view() : m.as_written(*program);
        if (!written.starts_with('\'')) {
            return;
        }
        std::string text(written);
        if (by_line && !has_short(command, "s") && !has_word(command, "--slurp")) {
            if (text.starts_with("'.[].")) {
                text.erase(1, 3);
            } else if (text.starts_with("'.[] | ")) {
                text.erase(1, 6);
            }
        }
        if (text.find("select(") != std::string::npos) {
            text = replace_all(text, "contains(\"", "index(\"");
        }
        if (text != written) {
            m_edits.push_back({program->span, std::move(text)});
        }
    }

    // After `sort -u` every line is there once.
    void counted_once(const Command& sort) {
        for (std::size_t i = 1; name_of(sort) == "sort" && i < sort.words.size(); ++i) {
            const Word& word = sort.words[i];
            if (is_cluster(word) && m.bare(word) && word.text.find('u') != std::string::npos && word.text.find_first_of("ktoST") == std::string::npos) {
                const std::string rest = replace_all(word.text, "u", "");
                m_edits.push_back(rest == "-" ? Edit{{sort.words[i - 1].span.end, word.span.end}, ""} : Edit{word.span, rest});
                return;
            }
        }
    }

    // Before each line uniq -c puts how often it was there.
    void count(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string_view written = m.as_written(command.words[i]);
            for (const std::string_view wrong : {"'$2 > 1'", "'$2>1'", "'$2 >= 2'", "'$2>=2'"}) {
                if (written == wrong) {
                    m_edits.push_back({command.words[i].span, replace_all(written, "$2", "$1")});
                }
            }
            if (written == "'{if ($2 > 1) print $1}'" || written == "'$2 > 1 {print $1}'") {
                m_edits.push_back({command.words[i].span, "'$1 > 1 {print $2}'"});
            }
        }
    }

    // {max=$3} alone keeps the last one.
    void extremes(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string_view written = m.as_written(command.words[i]);
            for (const bool most : {true, false}) {
                for (const std::string_view name : {most ? "max" : "min", "m"}) {
                    if (const std::string better = compared(written, name, most); !better.empty()) {
                        m_edits.push_back({command.words[i].span, better});
                        return;
                    }
                }
            }
        }
    }

    // `s[$2]+=$4; n++ … s[k]/n` divides each group by the number of all.
    void per_group(const Command& command) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const std::string_view written = m.as_written(command.words[i]);
            const std::size_t sum = written.find("s[");
            const std::size_t end = written.find("]+=", sum);
            const std::size_t number = written.find(" n++");
            const std::size_t mean = written.find("s[k]/n");
            if (sum == std::string_view::npos || end == std::string_view::npos || number == std::string_view::npos || mean == std::string_view::npos ||
                end > number || number > mean || written.substr(mean + 6, 1) == "[") {
                continue;
            }
            const std::size_t start = command.words[i].span.start;
            m_edits.push_back(insertion(start + number + 2, std::string(written.substr(sum + 1, end - sum))));
            m_edits.push_back(insertion(start + mean + 6, "[k]"));
            return;
        }
    }

    // `print k, s[k] | sort -rn` sorts by the names.
    void by_sum(const Command& command, const Command& sort) {
        const std::string_view written = m.as_written(command.words.size() > 1 ? command.words[command.words.size() - 2] : command.words.back());
        const std::string_view last = m.as_written(command.words.back());
        const auto prints = [](std::string_view text) {
            return text.find("(k in s) print k, s[k]}") != std::string_view::npos || text.find("(k in s) print k, s[k]/n[k]}") != std::string_view::npos;
        };
        if (name_of(sort) != "sort" || sort.words.size() != 2 || !(prints(written) || prints(last)) || !m.bare(sort.words[1])) {
            return;
        }
        if (sort.words[1].text == "-rn" || sort.words[1].text == "-nr") {
            m_edits.push_back({sort.words[1].span, "-k2,2nr"});
        }
    }

    std::string compared(std::string_view program, std::string_view name, bool most) const {
        if (name == "m" && !(most ? m.asks({"largest", "highest", "maximum", "biggest", " max"}) : m.asks({"smallest", "lowest", "minimum", " min"}))) {
            return "";
        }
        for (const bool header : {true, false}) {
            const std::string head = std::string(header ? "'NR>1 {" : "'{") + std::string(name) + "=$";
            if (!program.starts_with(head)) {
                continue;
            }
            std::size_t end = head.size();
            while (end < program.size() && std::isdigit(static_cast<unsigned char>(program[end])) != 0) {
                ++end;
            }
            if (end == head.size() || !program.substr(end).starts_with("} END {print " + std::string(name) + "}'")) {
                return "";
            }
            const std::string field = "$" + std::string(program.substr(head.size(), end - head.size()));
            return std::string(header ? "'NR==2 || (NR>2 && " : "'NR==1 || ") + field + (most ? ">" : "<") + std::string(name) + (header ? ") {" : " {") +
                   std::string(name) + "=" + field + std::string(program.substr(end));
        }
        return "";
    }

    // "how many times" counts words, grep -c lines.
    void occurrences(const Command& command, bool counted, bool last) {
        if (!m.asks({"how many times", "how often", "number of times", "occurrences of", "number of occurrences"}) || has_short(command, "olLrR") || m.asks({" lines ", " line "})) {
            return;
        }
        if (counted) {
            m_edits.push_back(insertion(command.words[0].span.end, " -o"));
            return;
        }
        for (std::size_t i = 1; last && i < command.words.size(); ++i) {
            const Word& word = command.words[i];
            const bool one_file = !command.words.back().glob && m.bare(command.words.back());
            if (is_cluster(word) && m.bare(word) && word.text.find('c') != std::string::npos && one_file) {
                m_edits.push_back({word.span, replace_all(word.text, "c", "o")});
                m_edits.push_back(insertion(command.span.end, " | wc -l"));
                return;
            }
        }
    }

    // Without a revision it reads a log from standard input, unless that is a terminal.
    void shortlog(const Command& command) {
        std::size_t at = 1;
        while (at < command.words.size() && command.words[at].text != "shortlog") {
            ++at;
        }
        if (at == command.words.size() || !command.redirects.empty()) {
            return;
        }
        const bool plain = std::all_of(command.words.data() + at + 1, command.words.data() + command.words.size(), is_option);
        if (plain) {
            m_edits.push_back(insertion(command.words.back().span.end, " HEAD"));
        }
    }

    // "the 7th line" is one line, not the last seven.
    void one_line(const Command& command) {
        const std::string_view name = name_of(command);
        if (name != "tail" && name != "head") {
            return;
        }
        for (std::size_t at = m.request.find_first_of("0123456789"); at != std::string::npos; at = m.request.find_first_of("0123456789", at)) {
            const std::size_t begin = at;
            while (at < m.request.size() && std::isdigit(static_cast<unsigned char>(m.request[at])) != 0) {
                ++at;
            }
            const std::string number = m.request.substr(begin, at - begin);
            const std::string_view rest = std::string_view(m.request).substr(at);
            const bool ordinal = rest.starts_with("th line ") || rest.starts_with("st line ") || rest.starts_with("nd line ") || rest.starts_with("rd line ");
            if (!ordinal || m.asks({"from the end", "from the bottom", "to last", "to the", " first ", " last ", "up to", "through"})) {
                continue;
            }
            if (command.words.size() == 4 && command.words[1].text == "-n" && command.words[2].text == number && m.bare(command.words[3])) {
                m_edits.push_back({{command.words[0].span.start, command.words[2].span.end}, "sed -n '" + number + "p'"});
            } else if (command.words.size() == 3 && command.words[1].text == "-" + number && m.bare(command.words[2])) {
                m_edits.push_back({{command.words[0].span.start, command.words[1].span.end}, "sed -n '" + number + "p'"});
            }
        }
    }

    // What is counted, added up or sorted is the data; the names of the columns are none.
    void header(const Pipeline& pipeline) {
        static constexpr std::array<std::string_view, 8> k_skips = {"NR", "tail -n +2", "tail +2", "sed 1d", "sed '1d", "sed -n '2", "FNR", "awk 'NR"};
        const bool said = m.asks({"header", "heading", "title row", "first row"});
        const bool without = m.asks({"without the header", "without header", "skip the header", "skipping the header", "skip header", "no header",
                                     "ignoring the header", "ignore the header", "not counting the header", "excluding the header",
                                     "exclude the header", "header excluded", "header not included", "not the header", "the header out"});
        const bool kept = !without && m.asks({"keep the header", "keeping the header", "header first", "header on top", "header line on top", "keep header", "header kept", "with the header", "including the header", "the header of", "only the header", "header of"});
        if (pipeline.stages.empty() || kept || std::any_of(k_skips.begin(), k_skips.end(), [&](std::string_view text) { return m.source.find(text) != std::string_view::npos; })) {
            return;
        }
        const Command& first = pipeline.stages.front();
        const bool sums = m.source.find("END") != std::string_view::npos || m.source.find("uniq") != std::string_view::npos || m.source.find("sort") != std::string_view::npos;
        if (!(sums || without) || first.words.size() < 3 || !m.bare(first.words.front()) || !m.bare(first.words.back()) || !first.redirects.empty()) {
            return;
        }
        const std::string& file = first.words.back().text;
        const bool table = file.ends_with(".csv") || file.ends_with(".tsv");
        if (!table || !(said || m.table(file).header)) {
            return;
        }
        const std::string_view name = name_of(first);
        if (name == "awk") {
            for (std::size_t i = 1; i + 1 < first.words.size(); ++i) {
                const std::string_view written = m.as_written(first.words[i]);
                if (written.starts_with("'{")) {
                    m_edits.push_back(insertion(first.words[i].span.start + 1, "NR>1 "));
                    return;
                }
                if (written.starts_with("'$") && written.find("||") == std::string_view::npos) {
                    m_edits.push_back(insertion(first.words[i].span.start + 1, "NR>1 && "));
                    return;
                }
            }
        } else if (name == "cut" || name == "sort") {
            m_edits.push_back(insertion(first.words.front().span.start, "tail -n +2 " + file + " | "));
            m_edits.push_back({{first.words[first.words.size() - 2].span.end, first.words.back().span.end}, ""});
        }
    }

    const Mended& m;
    std::vector<Edit>& m_edits;
};

}  // namespace

void mend_slips(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    Slips slips(mended, edits);
    for (const Pipeline& pipeline : script.pipelines) {
        slips.pipeline(pipeline);
    }
    slips.beside(script);
    slips.code(script);
}

}  // namespace caro::engine
