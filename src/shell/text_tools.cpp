#include "shell/text_tools.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "shell/inflate.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;
using Lines = std::vector<std::string>;

std::size_t count_of(const std::string& text, std::size_t fallback) {
    return text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos ? fallback : std::stoul(text);
}

// head -n 2, head -2, head -c 3, tail -n +2
Text part_of(const ToolCall& call) {
    const bool head = call.name == "head" || call.name == "ghead";
    ToolOptions given = read_options(call, "qvzr0123456789", "nc", {{"lines", 'n'}, {"bytes", 'c'}, {"quiet", 'q'}});
    if (!head && call.words.size() > 1 && call.words[1].text.size() > 1 && call.words[1].text[0] == '+') {
        given.values['n'].push_back(call.words[1].text);  // tail +2
        given.operands.erase(given.operands.begin());
    }
    const Text input = contents_of(call, given.operands);
    if (given.unknown || given.operands.size() > 1 || !input || given.has('r')) {
        return std::nullopt;
    }
    const bool bytes = given.has('c');
    std::string digits;
    std::copy_if(given.letters.begin(), given.letters.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    std::string count = bytes ? given.value('c') : given.value('n', digits);
    const bool from = !head && count.substr(0, 1) == "+";
    const bool but = head && count.substr(0, 1) == "-";
    count.erase(0, from || but || count.substr(0, 1) == "-" ? 1 : 0);
    const std::size_t wanted = count_of(count, 10);
    const auto range = [&](std::size_t size) -> std::pair<std::size_t, std::size_t> {
        const std::size_t some = std::min(wanted, size);
        if (head) {
            return {0, but ? size - some : some};
        }
        return {from ? std::min(wanted == 0 ? 0 : wanted - 1, size) : size - some, size};
    };
    if (bytes) {
        const auto [first, last] = range(input->size());
        return input->substr(first, last - first);
    }
    const auto lines = text_lines(*input);
    const auto [first, last] = range(lines.size());
    std::string made = text_of({lines.begin() + static_cast<std::ptrdiff_t>(first), lines.begin() + static_cast<std::ptrdiff_t>(last)});
    if (!made.empty() && last == lines.size() && input->back() != '\n') {
        made.pop_back();
    }
    return made;
}

// The part of a line that -k N[.C][,M[.D]] names.
std::string sort_key(const std::string& line, const std::string& key, char mark) {
    if (key.empty()) {
        return line;
    }
    const auto number = [](const std::string& text, std::size_t& at) {
        std::size_t made = 0;
        for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 && made < 10000; ++at) {
            made = made * 10 + static_cast<std::size_t>(text[at] - '0');
        }
        return made;
    };
    std::vector<std::pair<std::size_t, std::size_t>> fields;
    for (std::size_t at = 0; at <= line.size();) {
        std::size_t end = at;
        if (mark != '\0') {
            end = std::min(line.find(mark, at), line.size());
        } else {
            end = std::min(line.find_first_not_of(" \t", at), line.size());
            end = std::min(line.find_first_of(" \t", end), line.size());
        }
        fields.emplace_back(at, end);
        at = end + (mark != '\0' || end == line.size() ? 1 : 0);
    }
    std::size_t place = 0;
    const std::size_t field = number(key, place);
    std::size_t character = 1;
    if (place < key.size() && key[place] == '.') {
        character = number(key, ++place);
    }
    const auto comma = key.find(',');
    std::size_t last = fields.size();
    std::size_t last_character = 0;
    if (comma != std::string::npos) {
        place = comma + 1;
        last = number(key, place);
        if (place < key.size() && key[place] == '.') {
            last_character = number(key, ++place);
        }
    }
    if (field == 0 || field > fields.size()) {
        return "";
    }
    const std::size_t from = std::min(fields[field - 1].first + character - 1, line.size());
    const auto& end = fields[std::clamp<std::size_t>(last, 1, fields.size()) - 1];
    const std::size_t to = last_character > 0 ? std::min(end.first + last_character, line.size()) : end.second;
    return to > from ? line.substr(from, to - from) : "";
}

Text sorted(const ToolCall& call) {
    const std::map<std::string, char> longs = {{"numeric-sort", 'n'}, {"reverse", 'r'}, {"unique", 'u'}, {"key", 'k'}, {"field-separator", 't'}, {"version-sort", 'V'}, {"stable", 's'}};
    const ToolOptions given = read_options(call, "nruVfdsbgz", "kto", longs);
    const Text input = contents_of(call, given.operands);
    const auto keys = given.values.find('k');
    if (given.unknown || !input || given.has('o') || given.has('z') || (keys != given.values.end() && keys->second.size() > 1)) {
        return std::nullopt;
    }
    const std::string key = given.value('k');
    const bool numeric = given.letters.find_first_of("ngV") != std::string::npos || key.find_first_of("ngV") != std::string::npos;
    const bool reversed = given.has('r') || contains(key, "r");
    const bool folds = given.has('f') || contains(key, "f");
    const std::string mark = given.value('t');
    const auto value = [&](const std::string& line) { return folds ? to_lower(sort_key(line, key, mark.empty() ? '\0' : mark[0])) : sort_key(line, key, mark.empty() ? '\0' : mark[0]); };
    const auto less = [&](const std::string& a, const std::string& b) {
        const std::string first = value(a);
        const std::string second = value(b);
        if (numeric) {
            const double x = std::strtod(first.substr(0, 40).c_str(), nullptr);
            const double y = std::strtod(second.substr(0, 40).c_str(), nullptr);
            return x != y ? (x < y) != reversed : !given.has('s') && (a < b) != reversed && a != b;
        }
        return first != second ? (first < second) != reversed : !given.has('s') && (a < b) != reversed && a != b;
    };
    Lines lines = text_lines(*input);
    if (lines.size() > 3000) {
        return std::nullopt;
    }
    std::stable_sort(lines.begin(), lines.end(), less);
    if (given.has('u')) {
        lines.erase(std::unique(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) { return value(a) == value(b); }), lines.end());
    }
    return text_of(lines);
}

// xargs, xargs echo, xargs -n1: the words of the input, so many on a line
Text spread_words(const ToolCall& call) {
    const ToolOptions given = read_options(call, "r0t", "nLIdPs", {{"null", '0'}, {"max-args", 'n'}, {"delimiter", 'd'}, {"no-run-if-empty", 'r'}, {"max-lines", 'L'}}, false);
    const Text input = contents_of(call, {});
    const bool echoes = given.operands.empty() || given.operands[0] == "echo";
    const bool prints = !echoes && given.operands[0] == "printf";
    if (!input || given.unknown || !(echoes || prints) || given.has('I') || given.has('L') || given.has('P')) {
        return std::nullopt;
    }
    const std::string mark = given.has('0') ? std::string(1, '\0') : given.has('d') ? unescaped(given.value('d')) : "";
    Lines items;
    std::string item;
    bool begun = false;
    char quote = '\0';
    const auto finish = [&] {
        if (begun || (!mark.empty() && !item.empty())) {
            items.push_back(std::exchange(item, ""));
        }
        begun = false;
    };
    for (std::size_t i = 0; i < input->size(); ++i) {
        const char c = (*input)[i];
        if (!mark.empty() ? c == mark[0] : quote == '\0' && (c == ' ' || c == '\n' || c == '\t')) {
            begun = begun || !mark.empty();
            finish();
        } else if (mark.empty() && (c == quote || (quote == '\0' && (c == '\'' || c == '"')))) {
            quote = c == quote ? '\0' : c;
            begun = true;
        } else {
            i += mark.empty() && quote == '\0' && c == '\\' && i + 1 < input->size() ? 1 : 0;
            item += (*input)[i];
            begun = true;
        }
    }
    finish();
    const std::size_t most = std::max<std::size_t>(count_of(given.value('n'), 5000), 1);
    std::string made;
    for (std::size_t i = 0; i < items.size() || (i == 0 && !given.has('r')); i += most) {
        std::vector<Word> words(1);
        words[0].text = echoes ? "echo" : "printf";
        for (std::size_t k = 1; k < given.operands.size(); ++k) {
            words.emplace_back().text = given.operands[k];
        }
        for (std::size_t k = i; k < std::min(items.size(), i + most); ++k) {
            words.emplace_back().text = items[k];
        }
        const Text one = output_of(words, std::nullopt);
        if (!one || made.size() > k_longest_text) {
            return std::nullopt;
        }
        made += *one;
    }
    return made;
}

// What a command of a program prints that gets a text: sort -n, tr a-z A-Z
Text filtered(const std::string& command, const std::string& input) {
    if (command.find_first_of("|&;<>$`\\\"'()*?[]{}~\n") != std::string::npos) {
        return std::nullopt;
    }
    std::vector<Word> words;
    for (const auto word : split(command, ' ')) {
        if (!word.empty()) {
            words.emplace_back().text = word;
        }
    }
    return output_of(words, input);
}

// awk -F X -v a=b 'program' FILE
Text awk_output(const ToolCall& call) {
    ToolOptions given = read_options(call, "bcSP", "Fvfe", {{"field-separator", 'F'}, {"assign", 'v'}, {"file", 'f'}, {"source", 'e'}}, false);
    std::map<std::string, std::string> variables;
    for (const auto& one : given.values['v']) {
        const auto equal = one.find('=');
        variables[one.substr(0, equal)] = equal == std::string::npos ? "" : one.substr(equal + 1);
    }
    if (given.has('F')) {
        const std::string mark = given.value('F');
        variables["FS"] = mark == "t" ? "\t" : mark;
    }
    std::string program;
    for (const char letter : {'f', 'e'}) {
        for (const auto& one : given.values[letter]) {
            const Text text = letter == 'e' ? Text(one) : call.file(one);
            if (!text) {
                return std::nullopt;
            }
            program += *text + "\n";
        }
    }
    if (program.empty() && !given.operands.empty()) {
        program = given.operands.front();
        given.operands.erase(given.operands.begin());
    }
    if (given.unknown || program.empty()) {
        return std::nullopt;
    }
    Lines files;
    for (const auto& one : given.operands) {
        const auto equal = one.find('=');
        const bool assigns = equal != std::string::npos && equal > 0 && std::isalpha(static_cast<unsigned char>(one[0])) != 0;
        if (assigns) {
            variables[one.substr(0, equal)] = one.substr(equal + 1);
        } else {
            files.push_back(one);
        }
    }
    const auto made = awk_result(program, variables, contents_of(call, files), call.around);
    if (!made || !made->complete) {
        return std::nullopt;
    }
    std::string output = made->output;
    for (const auto& one : made->runs) {
        const Text text = one.input ? filtered(one.command, *one.input) : std::nullopt;  // system() is followed elsewhere
        if (!text) {
            return std::nullopt;
        }
        output += *text;
    }
    for (const auto& [name, text] : made->files) {
        if (call.around.write) {
            call.around.write(name, text);
        }
    }
    return output;
}

// gzip -dc, gunzip, zcat, pigz -d, zlib-flate -uncompress
Text uncompressed(const ToolCall& call) {
    Lines files;
    bool undoes = any_of(call.name, {"gunzip", "zcat", "gzcat", "unpigz"});
    const bool zlib = call.name == "zlib-flate";
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        const bool option = text.size() > 1 && text[0] == '-';
        undoes = undoes || any_of(text, {"--decompress", "--uncompress", "-uncompress"}) || (option && text[1] != '-' && contains(text, "d"));
        if (option && (zlib || text.find_first_not_of("-dcfqknz") == std::string::npos || text[1] == '-')) {
            continue;
        }
        files.push_back(text);
    }
    const Text input = contents_of(call, files);
    if (!undoes || !input) {
        return std::nullopt;
    }
    const Text gzip = inflated(*input, Wrapping::gzip);
    return gzip || call.name == "gzip" || call.name == "gunzip" ? gzip : inflated(*input, Wrapping::zlib);
}

// yes WORDS: endless, so only the beginning
Text repeated(const ToolCall& call) {
    constexpr int k_some = 100;
    std::string line;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        line += (i > 1 ? " " : "") + call.words[i].text;
    }
    line = (call.words.size() > 1 ? line : "y") + "\n";
    std::string made;
    for (int i = 0; i < k_some && made.size() < k_longest_text / 2; ++i) {
        made += line;
    }
    return made;
}

// What is printed is what comes in: tee, pv, cat of a buffer
Text passed(const ToolCall& call) { return call.input; }

// dd: its input or a file, or the blocks of it that skip= and count= leave
Text dd_output(const ToolCall& call) {
    Lines files;
    std::map<std::string, std::size_t> numbers = {{"bs", 512}, {"skip", 0}, {"count", k_longest_text}};
    std::string conversion;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        const std::string key = text.substr(0, text.find('='));
        const std::string value = text.substr(std::min(key.size() + 1, text.size()));
        if (key == "if") {
            files.push_back(value);
        } else if (any_of(key, {"bs", "ibs", "skip", "count"})) {
            if (value.empty() || value.size() > 6 || value.find_first_not_of("0123456789") != std::string::npos) {
                return std::nullopt;  // 1k, 2x80x18, 0x10
            }
            numbers[key == "ibs" ? "bs" : key] = std::stoul(value);
        } else if (key == "conv" && any_of(value, {"lcase", "ucase"})) {
            conversion = value;
        } else if (!any_of(key, {"status", "obs"})) {
            return std::nullopt;
        }
    }
    const auto text = contents_of(call, files);
    if (!text) {
        return text;
    }
    std::string made(tail(*text, numbers["skip"] * numbers["bs"], numbers["count"] * numbers["bs"]));
    for (char& c : made) {
        const auto byte = static_cast<unsigned char>(c);
        c = conversion == "ucase" ? static_cast<char>(std::toupper(byte)) : conversion == "lcase" ? static_cast<char>(std::tolower(byte)) : c;
    }
    return made;
}

// string of fish: join, replace, sub, lower, upper, repeat, split, trim, reverse, unescape
Text fish_string(const ToolCall& call) {
    if (call.words.size() < 2) {
        return std::nullopt;
    }
    const std::string how = call.words[1].text;
    const std::vector<Word> rest(call.words.begin() + 1, call.words.end());
    const ToolOptions given = read_options({call.name, rest, call.input, call.around}, "arqi", "slnemc", {{"start", 's'}, {"length", 'l'}, {"count", 'n'}, {"all", 'a'}, {"regex", 'r'}, {"end", 'e'}});
    Lines texts = given.operands;
    const std::size_t own = how == "join" || how == "split" ? 1 : how == "replace" ? 2 : 0;
    if (given.unknown || texts.size() < own) {
        return std::nullopt;
    }
    const Lines first(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(own));
    texts.erase(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(own));
    if (texts.empty() && !call.input) {
        return std::nullopt;
    }
    texts = texts.empty() ? text_lines(*call.input) : texts;
    if (how == "join" || how == "join0") {
        return join(texts, how == "join" ? first[0] : std::string(1, '\0')) + "\n";
    }
    for (auto& text : texts) {
        if (how == "lower" || how == "upper") {
            std::transform(text.begin(), text.end(), text.begin(), [&](unsigned char c) { return static_cast<char>(how == "lower" ? std::tolower(c) : std::toupper(c)); });
        } else if (how == "reverse") {
            std::reverse(text.begin(), text.end());
        } else if (how == "sub") {
            const std::size_t from = std::min(std::max<std::size_t>(count_of(given.value('s', "1"), 1), 1) - 1, text.size());
            const std::size_t end = given.has('e') ? std::min(count_of(given.value('e'), text.size()), text.size()) : text.size();
            text = text.substr(from, given.has('l') ? count_of(given.value('l'), text.size()) : std::max(end, from) - from);
        } else if (how == "replace" && !given.has('r') && !first[0].empty()) {
            const auto at = text.find(first[0]);
            text = given.has('a') ? replace_all(text, first[0], first[1]) : at == std::string::npos ? text : text.replace(at, first[0].size(), first[1]);
        } else if (how == "trim") {
            text = std::string(trim(text));
        } else if (how == "split") {
            text = first[0].empty() ? text : replace_all(text, first[0], "\n");
        } else if (how == "unescape") {
            text = unescaped(text);
        } else if (how == "repeat") {
            const std::string once = text;
            for (std::size_t i = 1; i < std::min<std::size_t>(count_of(given.value('n', "1"), 1), 1000); ++i) {
                text += once;
            }
        } else if (how != "collect") {
            return std::nullopt;
        }
    }
    const std::string made = text_of(texts);
    return made.size() <= k_longest_text ? Text(made) : std::nullopt;
}

struct Row {
    std::string_view name;
    TextTool tool;
};

constexpr std::array k_tools = {
    Row{"head", part_of},          Row{"tail", part_of},        Row{"sort", sorted},           Row{"xargs", spread_words}, Row{"gxargs", spread_words}, Row{"awk", awk_output},
    Row{"gawk", awk_output},       Row{"mawk", awk_output},     Row{"nawk", awk_output},       Row{"original-awk", awk_output}, Row{"gunzip", uncompressed}, Row{"gzip", uncompressed},
    Row{"zcat", uncompressed},     Row{"gzcat", uncompressed},  Row{"pigz", uncompressed},     Row{"unpigz", uncompressed}, Row{"zlib-flate", uncompressed}, Row{"yes", repeated},
    Row{"tee", passed},            Row{"pv", passed},           Row{"buffer", passed},         Row{"dd", dd_output},        Row{"nl", nl_output},        Row{"cat", cat_output},
    Row{"tac", tac_output},        Row{"rev", rev_output},      Row{"cut", cut_output},        Row{"paste", paste_output},  Row{"join", join_output},    Row{"comm", comm_output},
    Row{"column", column_output},  Row{"fold", fold_output},    Row{"fmt", fmt_output},        Row{"par", fmt_output},      Row{"uniq", uniq_output},    Row{"expand", plain_output},
    Row{"unexpand", plain_output}, Row{"strings", plain_output}, Row{"dos2unix", plain_output}, Row{"fromdos", plain_output}, Row{"col", plain_output},   Row{"ansi2txt", plain_output},
    Row{"pr", pr_output},          Row{"grep", grep_output},    Row{"egrep", grep_output},     Row{"fgrep", grep_output},   Row{"ggrep", grep_output},   Row{"rg", grep_output},
    Row{"expr", expr_output},      Row{"seq", seq_output},      Row{"gseq", seq_output},       Row{"envsubst", envsubst_output}, Row{"sed", sed_output}, Row{"gsed", sed_output},
    Row{"jq", jq_output},          Row{"gojq", jq_output},      Row{"jaq", jq_output},         Row{"bc", bc_output},        Row{"dc", dc_output},        Row{"m4", m4_output},
    Row{"cpp", cpp_output},        Row{"gcc", cpp_output},      Row{"cc", cpp_output},         Row{"clang", cpp_output},    Row{"g++", cpp_output},      Row{"sqlite3", sql_output},
    Row{"duckdb", sql_output},     Row{"base64", coded},        Row{"gbase64", coded},         Row{"base32", coded},        Row{"base16", coded},        Row{"basenc", coded},
    Row{"openssl", openssl_coded}, Row{"uudecode", uudecoded},  Row{"xxd", xxd_output},        Row{"od", od_output},        Row{"hexdump", hexdump_output}, Row{"hd", hexdump_output},
    Row{"iconv", iconv_output},    Row{"rot13", undone},        Row{"caesar", undone},         Row{"rot47", undone},        Row{"qprint", undone},       Row{"recode", undone},
    Row{"perl", perl_output},      Row{"string", fish_string},    Row{"html2text", undone},      Row{"urldecode", undone},    Row{"urlencode", undone},      Row{"ascii2uni", undone}};

}  // namespace

TextTool text_tool(std::string_view name) {
    const auto it = std::find_if(k_tools.begin(), k_tools.end(), [name](const Row& row) { return row.name == name; });
    return it == k_tools.end() ? nullptr : it->tool;
}

bool is_programmable(std::string_view name) {
    return any_of(name, {"awk", "gawk", "mawk", "nawk", "original-awk", "sed", "gsed", "jq", "gojq", "jaq", "bc", "dc", "m4", "cpp", "gcc", "cc", "clang", "g++", "sqlite3", "duckdb", "perl",
                         "grep", "egrep", "ggrep", "rg", "expr", "gunzip", "gzip", "zcat", "gzcat", "pigz", "unpigz", "zlib-flate", "join", "sort", "seq", "gseq", "yes"});
}

Text readable(const Text& bytes) {
    const bool plain = bytes && std::all_of(bytes->begin(), bytes->end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 32 || byte == '\n' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v' || byte == 27 || byte == 7 || byte == 8;
    });
    return plain ? bytes : std::nullopt;
}

}  // namespace caro::shell
