#include "safety/sql_texts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The word stands there by itself; in lower case.
bool has_word(std::string_view lower, std::string_view word) {
    for (auto at = lower.find(word); at != std::string_view::npos; at = lower.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool before = at == 0 || (!is_word(lower[at - 1]) && lower[at - 1] != '\'');
        if (before && (end == lower.size() || !is_word(lower[end]))) {
            return true;
        }
    }
    return false;
}

struct Text {
    std::string value;
    std::size_t start = 0;
    std::size_t end = 0;  // behind the quote
};

// Texts in single quotes; a doubled quote stands for itself.
std::vector<Text> texts_of(std::string_view code) {
    std::vector<Text> found;
    for (std::size_t i = 0; i < code.size() && found.size() < 200; ++i) {
        if (code[i] != '\'') {
            continue;
        }
        Text text;
        text.start = i;
        for (++i; i < code.size(); ++i) {
            if (code[i] == '\'' && i + 1 < code.size() && code[i + 1] == '\'') {
                ++i;
            } else if (code[i] == '\'') {
                break;
            }
            text.value += code[i];
        }
        text.end = std::min(i + 1, code.size());
        found.push_back(std::move(text));
    }
    return found;
}

// Texts that are put together stand as one: 'DR' || 'OP', CONCAT('DR','OP'), N'DRO' + N'P'.
std::vector<std::string> joined_texts(std::string_view code) {
    std::vector<std::string> made;
    const auto texts = texts_of(code);
    const std::string lower = to_lower(code);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string_view between = i == 0 ? std::string_view() : code.substr(texts[i - 1].end, texts[i].start - texts[i - 1].end);
        const bool only_signs = i > 0 && between.find_first_not_of(" \t\n|+,Nn") == std::string_view::npos;
        const bool sum = only_signs && (contains(between, "||") || contains(between, "+"));
        const bool list = only_signs && contains(between, ",") && contains(std::string_view(lower).substr(0, texts[i].start), "concat");
        if ((sum || list) && !made.empty()) {
            made.back() += texts[i].value;
        } else {
            made.push_back(texts[i].value);
        }
    }
    return made;
}

// What stands between $$ and $$ or $tag$ and $tag$.
void dollar_quoted(std::string_view code, std::vector<std::string>& into) {
    for (auto at = code.find('$'); at != std::string_view::npos && into.size() < 20; at = code.find('$', at + 1)) {
        std::size_t end = at + 1;
        while (end < code.size() && is_word(code[end])) {
            ++end;
        }
        if (end >= code.size() || code[end] != '$') {
            continue;
        }
        const std::string_view mark = code.substr(at, end + 1 - at);
        const auto close = code.find(mark, end + 1);
        into.emplace_back(code.substr(end + 1, close == std::string_view::npos ? std::string_view::npos : close - end - 1));
        at = close == std::string_view::npos ? code.size() : close + mark.size() - 1;
    }
}

// The statements of a block: BEGIN … THEN … LOOP … END begin new ones.
std::string as_statements(std::string_view body) {
    std::string made;
    for (std::size_t i = 0; i < body.size();) {
        const std::size_t start = i;
        while (i < body.size() && is_word(body[i])) {
            ++i;
        }
        const std::string word = to_lower(body.substr(start, i - start));
        const bool divides = word == "begin" || word == "then" || word == "else" || word == "loop" || word == "declare" || word == "end";
        made += divides ? ";" : std::string(body.substr(start, i - start));
        if (i == start) {
            made += body[i++];
        }
    }
    return made;
}

std::string file_of(const std::vector<Text>& texts, std::size_t from, std::string_view code) {
    std::string path;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].start < from) {
            continue;
        }
        const bool first = path.empty();
        const std::string_view between = first ? std::string_view() : code.substr(texts[i - 1].end, texts[i].start - texts[i - 1].end);
        if (!first && (between.find_first_not_of(" |") != std::string_view::npos || between.empty())) {
            break;
        }
        path += texts[i].value;
    }
    return path;
}

}  // namespace

std::string as_run_sql(std::string_view code) {
    std::string made;
    bool inside = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool opens = starts_with(code.substr(i), "/*!") || starts_with(code.substr(i), "/*M!");
        if (opens) {
            i += code[i + 2] == 'M' ? 4 : 3;
            while (i < code.size() && std::isdigit(static_cast<unsigned char>(code[i])) != 0) {
                ++i;
            }
            inside = true;
            made += ' ';
        }
        if (starts_with(code.substr(i), "/*") && !inside) {  // nobody runs it
            const auto end = code.find("*/", i);
            i = end == std::string_view::npos ? code.size() : end + 1;
            made += ' ';
        } else if (inside && starts_with(code.substr(i), "*/")) {
            inside = false;
            ++i;
        } else if (i < code.size()) {
            made += code[i];
        }
    }
    const std::string lower = to_lower(made);
    for (const std::string_view asks : {"explain analyze ", "explain (analyze) ", "explain analyze verbose "}) {
        const auto at = lower.find(asks);
        if (at != std::string::npos) {
            return made.substr(0, at) + made.substr(at + asks.size());
        }
    }
    return made;
}

std::vector<std::string> made_sql(std::string_view code, bool all) {
    constexpr std::array<std::string_view, 10> k_makers = {"execute", "exec",  "prepare", "sp_executesql", "sp_msforeachtable", "sp_msforeachdb", "dblink_exec",
                                                           "query_to_xml", "dblink", "openquery"};
    const std::string lower = to_lower(code);
    std::vector<std::string> made;
    const bool makes = std::any_of(k_makers.begin(), k_makers.end(), [&](std::string_view word) { return has_word(lower, word); });
    if (all || makes || starts_with(trim(lower), "do '") || contains(lower, "\\gexec")) {
        made = joined_texts(code);
    }
    if (has_word(lower, "do") || has_word(lower, "call")) {
        dollar_quoted(code, made);
    }
    if (starts_with(trim(lower), "begin") || starts_with(trim(lower), "declare")) {
        made.emplace_back(code);
    }
    for (auto& text : made) {
        text = as_statements(text);
    }
    made.erase(std::remove_if(made.begin(), made.end(), [&](const std::string& text) { return text.size() < 4 || text == code; }), made.end());
    return made;
}

std::string sql_pipes(std::string_view code) {
    std::string made;
    for (auto line : split(code, '\n')) {
        line = trim(line);
        for (const std::string_view order : {".output", ".once", ".import", ".excel", "\\o", "\\out", "\\g", "\\gx", ".log"}) {
            const auto at = starts_with(order, "\\g") ? line.find(std::string(order) + " ") : starts_with(line, order) ? 0 : std::string_view::npos;
            const auto pipe = at == std::string_view::npos ? at : line.find('|', at);
            if (pipe != std::string_view::npos && line.substr(at + order.size(), pipe - at - order.size()).find_first_not_of(" '\"") == std::string_view::npos) {
                const std::string_view command = line.substr(pipe + 1);
                const char quote = line[pipe - 1];
                made += std::string(quote == '\'' || quote == '"' ? command.substr(0, command.find(quote)) : command) + "\n";
            }
        }
        for (const std::string_view order : {"pager ", "\\P "}) {
            if (starts_with(line, order)) {
                made += std::string(line.substr(order.size(), line.find(';') == std::string_view::npos ? line.size() : line.find(';') - order.size())) + "\n";
            }
        }
    }
    const auto edit = code.find("edit(");
    const auto texts = edit == std::string_view::npos ? std::vector<Text>() : texts_of(code.substr(edit));
    return made + (texts.size() > 1 ? texts[1].value : "");
}

std::vector<std::string> sql_files(std::string_view code) {
    std::vector<std::string> files;
    const std::string lower = to_lower(code);
    const auto texts = texts_of(code);
    for (const std::string_view call : {"writefile(", "outfile ", "dumpfile ", " to '", "lo_export(", "fileio_write("}) {
        for (auto at = lower.find(call); at != std::string::npos && files.size() < 10; at = lower.find(call, at + 1)) {
            const bool copies = call != " to '" || contains(lower, "copy");
            const std::string path = copies ? file_of(texts, at, code) : "";
            if (!path.empty()) {
                files.push_back(path);
            }
        }
    }
    for (auto line : split(code, '\n')) {
        line = trim(line);
        for (const std::string_view order : {".output ", ".once ", ".backup ", ".save ", ".clone ", "\\o ", "tee ", "\\T "}) {
            const std::string_view path = starts_with(line, order) ? trim(line.substr(order.size())) : std::string_view();
            if (!path.empty() && path[0] != '|' && path != "stdout") {
                files.emplace_back(path);
            }
        }
    }
    return files;
}

}  // namespace caro::safety
