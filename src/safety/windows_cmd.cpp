// Reads lines as cmd.exe does and judges the commands they come to.
#include "safety/windows_cmd.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_most_steps = 400;
constexpr int k_deepest = 10;
constexpr std::size_t k_longest_value = 4000;  // of a variable

template <class List>
bool in(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view without_at(std::string_view text) {
    while (!text.empty() && (is_space(text[0]) || text[0] == '@' || text[0] == '(' || text[0] == ')' || text[0] == '&' || text[0] == '|' || text[0] == '\n')) {
        text.remove_prefix(1);
    }
    return text;
}

// The end of the command that begins the text: & | newline, or a bracket that closes one around it.
std::size_t end_of_command(std::string_view text) {
    bool quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += quoted ? 0 : text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (text[i] == '^' && !quoted) {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '\n' || (!quoted && (text[i] == '&' || text[i] == '|' || depth < 0))) {
            return i;
        }
    }
    return text.size();
}

// Words of one command, ^ and quotes taken away.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    bool quoted = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (i == text.size() || (!quoted && (is_space(c) || c == '\n' || c == ','))) {
            if (in_word) {
                words.push_back(std::exchange(word, ""));
            }
            in_word = false;
        } else if (c == '^' && !quoted && i + 1 < text.size()) {
            word += text[++i];
            in_word = true;
        } else if (c == '"') {
            quoted = !quoted;
            in_word = true;
        } else if (c == '\'' && !in_word && !quoted && text.find('\'', i + 1) != std::string_view::npos) {  // quotes of a shell of Unix around it
            const auto end = text.find('\'', i + 1);
            word += text.substr(i + 1, end - i - 1);
            in_word = true;
            i = end;
        } else if (c == '>' && !quoted) {
            if (in_word && word != "2" && word != "1") {
                words.push_back(std::exchange(word, ""));
            }
            word.clear();
            words.emplace_back(">");
            i += i + 1 < text.size() && text[i + 1] == '>' ? 1 : 0;
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    return words;
}

std::string first_word(std::string_view text) {
    const auto end = text.find_first_of(" \t\r\n(&|/\"=");
    return to_lower(replace_all(text.substr(0, end), "^", ""));
}

}  // namespace

std::string WindowsCmd::in_folder(const std::string& path) const {
    const bool relative = !path.empty() && path[0] != '/' && path[0] != '\\' && path[0] != '%' && path.find(':') == std::string::npos;
    return relative && !m_folder.empty() ? m_folder + "/" + path : path;
}

shell::Word WindowsCmd::word_of(const std::string& text) const {
    shell::Word word;
    word.text = text.find(' ') == std::string::npos || text.find(":\\") == 1 ? replace_all(text, "\\", "/") : text;  // else it may be code
    word.glob = word.text.find_first_of("*?") != std::string::npos;
    word.span = m_span;
    return word;
}

// %name%, !name! and %name:a=b% with the values set before; names that nobody set stay.
std::string WindowsCmd::expanded(std::string_view text) const {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = text[i] == '%' || text[i] == '!' ? text.find(text[i], i + 1) : std::string_view::npos;
        const std::string inner = end == std::string_view::npos ? "" : to_lower(text.substr(i + 1, end - i - 1));
        const auto colon = inner.find(':');
        const auto known = inner.empty() ? m_variables.end() : m_variables.find(inner.substr(0, colon));
        if (known == m_variables.end()) {
            made += text[i];
            continue;
        }
        std::string value = known->second;
        if (colon != std::string::npos && inner.compare(colon, 2, ":~") == 0) {
            const auto comma = inner.find(',', colon);
            const long from = std::atol(inner.c_str() + colon + 2);
            const auto start = static_cast<std::size_t>(std::max(0L, from < 0 ? static_cast<long>(value.size()) + from : from));
            const long length = comma == std::string::npos ? -1 : std::atol(inner.c_str() + comma + 1);
            value = start >= value.size() ? "" : value.substr(start, comma == std::string::npos || length < 0 ? std::string::npos : static_cast<std::size_t>(length));
        } else if (colon != std::string::npos && inner.find('=', colon) != std::string::npos) {
            const auto equals = inner.find('=', colon);
            const std::string from = inner.substr(colon + 1, equals - colon - 1);
            const std::string with = inner.substr(equals + 1);
            for (std::size_t at = 0; !from.empty() && (at = to_lower(value).find(from, at)) != std::string::npos; at += with.size()) {
                value.replace(at, from.size(), with);
            }
        }
        made += value.substr(0, k_longest_value);
        i = end;
        if (made.size() > 4 * k_longest_value) {
            break;
        }
    }
    return made;
}

void WindowsCmd::run(std::string_view code) {
    if (m_depth > k_deepest) {
        m_judge.find("execute.unknown", "", m_span);
        return;
    }
    ++m_depth;
    std::string_view rest = without_at(code);
    while (!rest.empty() && ++m_steps < k_most_steps) {
        const std::string name = first_word(rest);
        if (name == "for" && rest.size() > 4 && is_space(rest[3])) {
            const auto end = std::min(rest.find('\n'), rest.size());
            loop(rest.substr(0, end));
            rest = without_at(rest.substr(end));
            continue;
        }
        if (name == "if" || name == "else") {  // the condition: up to what is done
            auto words = rest.substr(name.size());
            int skipped = name == "if" ? 1 : 0;
            while (skipped > 0 && !words.empty()) {
                words = without_at(words);
                const auto end = words.find_first_of(" (");
                const std::string word = to_lower(words.substr(0, end));
                skipped += in(std::array<std::string_view, 5>{"not", "/i", "exist", "defined", "errorlevel"}, word) ? 1 : 0;
                skipped += in(std::array<std::string_view, 7>{"equ", "neq", "lss", "leq", "gtr", "geq", "=="}, word) ? 1 : 0;
                words = end == std::string_view::npos ? std::string_view() : words.substr(end);
                --skipped;
                const std::string next = first_word(without_at(words));
                skipped += skipped == 0 && in(std::array<std::string_view, 6>{"equ", "neq", "lss", "leq", "gtr", "geq"}, next) ? 1 : 0;
            }
            rest = without_at(words);
            continue;
        }
        const std::size_t end = std::max<std::size_t>(end_of_command(rest), 1);
        simple(rest.substr(0, end));
        const bool pipe = end < rest.size() && rest[end] == '|' && rest.substr(end, 2) != "||";
        m_piped_fetch = pipe && (m_piped_fetch || name == "curl" || name == "curl.exe" || name == "wget" || name == "bitsadmin");
        rest = without_at(rest.substr(std::min(end, rest.size())));
    }
    --m_depth;
}

// for [/d] [/r FOLDER] [/f "OPTIONS"] %x in (SET) do COMMANDS
void WindowsCmd::loop(std::string_view line) {
    const std::string lower = to_lower(line);
    const auto percent = line.find('%');
    const auto open = line.find('(');
    const auto does = lower.find(") do ");
    const auto does_block = does == std::string::npos ? lower.find(") do(") : does;
    if (percent == std::string_view::npos || open == std::string_view::npos || does_block == std::string::npos || open > does_block) {
        return;
    }
    const std::string_view head = trim(line.substr(3, percent - 3));
    std::string variable(line.substr(percent, line.find(' ', percent) - percent));
    const bool batch = starts_with(variable, "%%");
    const std::string letter = variable.substr(batch ? 2 : 1, 1);
    const std::string_view set = line.substr(open + 1, does_block - open - 1);
    const std::string body(line.substr(does_block + 5));
    const std::string options = to_lower(head);
    const bool recursive = starts_with(options, "/r");
    const std::string folder = recursive ? replace_all(std::string(trim(head.substr(2))), "\"", "") : "";
    const bool before_fetched = m_fetched_item;
    const auto before_tree = m_tree;
    int left = 12;
    for (const auto& item : items_of(options, folder, set)) {
        if (left-- == 0) {
            break;
        }
        if (recursive) {
            const std::string name = item.substr(item.find_last_of("/\\") + 1);
            m_tree = Tree{folder.empty() ? "." : folder, !is_all_glob(name) && name != "*.*", is_work(name)};
        }
        std::string commands = body;
        for (const std::string_view form : {"~f", "~", "~nx", "~dp", "~s", ""}) {
            commands = replace_all(commands, (batch ? "%%" : "%") + std::string(form) + letter, item);
        }
        run(commands);
    }
    m_tree = before_tree;
    m_fetched_item = before_fetched;
}

// The names that a loop goes through.
std::vector<std::string> WindowsCmd::items_of(std::string_view options, std::string_view folder, std::string_view set) {
    const std::string_view text = trim(set);
    if (starts_with(options, "/l")) {
        return {"1"};
    }
    if (starts_with(options, "/f")) {
        const bool command = text.size() > 2 && (text[0] == '\'' || text[0] == '`');
        if (command) {
            return printed(text.substr(1, text.size() - 2));
        }
        return {text.size() > 2 && text[0] == '"' ? std::string(text.substr(1, text.size() - 2)) : std::string(1, shell::Word::k_unknown)};
    }
    std::vector<std::string> items = words_of(expanded(text));
    for (auto& item : items) {
        item = folder.empty() ? item : std::string(folder) + "\\" + item;
    }
    return items;
}

// Lines that a command prints, as far as that is known.
std::vector<std::string> WindowsCmd::printed(std::string_view command) {
    const auto words = words_of(expanded(command));
    const std::string name = words.empty() ? "" : to_lower(words[0]);
    simple(command);
    if (name == "dir") {
        const bool whole = std::any_of(words.begin(), words.end(), [](const std::string& word) { return to_lower(word) == "/s"; });
        const auto path = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) { return word[0] != '/'; });
        const std::string where = path == words.end() ? "." : *path;
        const bool pattern = where.find_first_of("*?") != std::string::npos;
        const std::string file = where.substr(where.find_last_of("/\\") + 1);
        return {whole ? (pattern ? where : where + "\\*") : pattern ? file : "*"};
    }
    if (name == "echo" && words.size() > 1) {
        return {std::string(trim(expanded(command).substr(5)))};
    }
    m_fetched_item = name == "curl" || name == "curl.exe" || name == "certutil" || name == "powershell" || name == "wget";
    return {std::string(1, shell::Word::k_unknown)};
}

// set NAME=VALUE, set "NAME=VALUE"
void WindowsCmd::set(std::string_view text) {
    text = trim(text);
    if (starts_with(to_lower(text.substr(0, 2)), "/a") || starts_with(to_lower(text.substr(0, 2)), "/p")) {
        return;
    }
    if (!text.empty() && text[0] == '"') {
        text = text.substr(1, text.rfind('"') == 0 ? std::string_view::npos : text.rfind('"') - 1);
    }
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
        m_variables[to_lower(trim(text.substr(0, equals)))] = replace_all(text.substr(equals + 1, k_longest_value), "^", "");
    }
}

// forfiles /p FOLDER /s /m PATTERN /c "COMMAND @path"
void WindowsCmd::found(const std::vector<std::string>& words) {
    const auto value = [&](std::string_view option) {
        const auto at = std::find_if(words.begin(), words.end(), [&](const std::string& word) { return to_lower(word) == option; });
        return at == words.end() || at + 1 == words.end() ? std::string() : *(at + 1);
    };
    const std::string pattern = value("/m");
    const auto before = m_tree;
    const std::string folder = value("/p");
    const bool all = pattern.empty() || pattern == "*" || pattern == "*.*";
    m_tree = Tree{folder.empty() ? "." : folder, !all || !value("/d").empty(), is_work(pattern)};
    std::string command = value("/c");
    for (const std::string_view name : {"@path", "@file", "@relpath"}) {
        command = replace_all(command, name, m_tree->start + "\\*");
    }
    run(command);
    m_tree = before;
}

// … > FILE
void WindowsCmd::redirects(std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != ">") {
            continue;
        }
        const std::string file = i + 1 < words.size() ? words[i + 1] : "";
        const bool none = file.empty() || to_lower(file) == "nul" || file[0] == '&';
        if (!none) {
            Action by;
            by.span = m_span;
            m_judge.write_target(word_of(in_folder(file)), by, Writing::overwrite);
        }
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(std::min(i + 2, words.size())));
        --i;
    }
}

void WindowsCmd::simple(std::string_view text) {
    const std::string plain = expanded(text);
    if (plain != text && end_of_command(plain) < plain.size()) {  // a variable that holds several commands
        run(plain);
        return;
    }
    auto words = words_of(plain);
    redirects(words);
    if (words.empty()) {
        return;
    }
    std::string name = to_lower(words[0].substr(words[0].find_last_of("/\\") + 1));
    const bool glued = words[0].size() > 3 && words[0].find('/') != std::string::npos && in(std::array<std::string_view, 4>{"rd", "del", "rmdir", "erase"}, to_lower(words[0].substr(0, words[0].find('/'))));
    if (glued) {  // rd/s/q C:\x
        const std::string whole = words[0];
        words[0] = whole.substr(0, whole.find('/'));
        words.insert(words.begin() + 1, whole.substr(words[0].size()));
        name = to_lower(words[0]);
    }
    const std::string_view rest = trim(std::string_view(plain).substr(std::min(plain.size(), plain.find_first_of(" /\"") == std::string::npos ? plain.size() : plain.find_first_of(" /\""))));
    if (name == "set" || name == "setlocal" || name == "rem" || starts_with(words[0], "::")) {
        if (name == "set") {
            set(rest);
        }
        return;
    }
    if ((name == "start" || name == "cmd" || name == "cmd.exe") && std::find(words.begin(), words.end(), "%0") != words.end()) {
        m_judge.find("process.fork-bomb", "", m_span);
    }
    if (name == "call" || name == "start") {
        started(name, plain, words);
        return;
    }
    if (name == "cd" || name == "chdir" || name == "pushd") {
        const bool disk = words.size() > 2 && to_lower(words[1]) == "/d";
        m_folder = words.size() > 1 ? replace_all(in_folder(words[disk ? 2 : 1]), "\\", "/") : m_folder;
        return;
    }
    if (name == "forfiles") {
        found(words);
    }
    const bool shell = name == "cmd" || name == "cmd.exe" || name == "powershell" || name == "powershell.exe" || name == "pwsh";
    if (shell && m_piped_fetch && words.size() < 3) {
        m_judge.find("execute.download", "", m_span);
    }
    const std::string lower = to_lower(plain);
    const auto code = (name == "cmd" || name == "cmd.exe") ? std::min(lower.find("/c"), lower.find("/k")) : std::string::npos;
    if (code != std::string::npos) {  // its variables are those from here
        std::string_view inner = trim(std::string_view(plain).substr(code + 2));
        const bool wrapped = inner.size() > 1 && (inner[0] == '"' || inner[0] == '\'') && inner.back() == inner[0];
        run(wrapped ? inner.substr(1, inner.size() - 2) : inner);
        return;
    }
    run_program(name, words);
}

// call NAME, start "TITLE" /b NAME
void WindowsCmd::started(const std::string& name, const std::string& plain, const std::vector<std::string>& words) {
    std::size_t from = 1;
    while (from < words.size() && (words[from].empty() || words[from][0] == '/' || (from == 1 && name == "start" && plain.find('"') < plain.find(words[from]) && words.size() > 2))) {
        from += to_lower(words[from]) == "/d" ? 2 : 1;
    }
    std::string line;
    for (std::size_t i = from; i < words.size(); ++i) {
        line += (line.empty() ? "" : " ") + (words[i].find_first_of(" &|") != std::string::npos ? "\"" + words[i] + "\"" : words[i]);
    }
    if (!line.empty()) {
        ++m_depth;
        m_depth > k_deepest ? m_judge.find("execute.unknown", "", m_span) : simple(line);
        --m_depth;
    }
}

void WindowsCmd::run_program(const std::string& name, const std::vector<std::string>& words) {
    Action act;
    act.span = m_span;
    act.path = replace_all(words[0], "\\", "/");
    act.name = name == "rmdir" ? "rd" : name;
    const bool deletes = in(std::array<std::string_view, 3>{"rd", "del", "erase"}, act.name);
    for (std::size_t i = 1; i < words.size(); ++i) {
        const bool packed = words[i].size() > 3 && words[i][0] == '/' && words[i][2] == '/';  // /s/q
        for (std::size_t k = 0; packed && k + 1 < words[i].size(); k += 2) {
            act.args.push_back(word_of(words[i].substr(k, 2)));
        }
        if (!packed) {
            act.args.push_back(word_of(deletes ? in_folder(words[i]) : words[i]));
        }
    }
    std::vector<shell::Word> all = act.args;
    all.insert(all.begin(), word_of(words[0]));
    if (m_files.runs(all)) {
        m_judge.find("execute.download", "", m_span);
    }
    m_files.note(all);
    if (words[0].find(shell::Word::k_unknown) != std::string::npos) {
        m_judge.find(m_fetched_item ? "execute.download" : "execute.unknown", "", m_span);
        return;
    }
    if (m_tree && deletes) {
        m_judge.delete_found(word_of(m_tree->start), act, m_tree->narrowed, m_tree->work);
    }
    m_judge.check_mirror(act);
    m_judge.action(act, {});
}

// What only cmd.exe understands, where a command begins.
bool looks_like_cmd(std::string_view source) {
    constexpr std::array<std::string_view, 22> k_programs = {"rd", "rmdir", "del", "erase", "format", "robocopy", "takeown", "icacls", "attrib", "vssadmin", "forfiles", "copy", "move", "type",
                                                             "reg", "bcdedit", "wevtutil", "schtasks", "cipher", "diskpart", "cacls", "xcopy"};
    std::string_view rest = without_at(source);
    int left = 40;
    while (!rest.empty() && left-- > 0) {
        const std::string name = first_word(rest);
        const std::string_view command = rest.substr(0, std::max<std::size_t>(end_of_command(rest), 1));
        const std::string lower = to_lower(command.substr(0, 200));
        const bool conditional = name == "if" && !contains(lower, "; then") && (starts_with(lower, "if exist ") || starts_with(lower, "if not exist ") || starts_with(lower, "if defined ") || starts_with(lower, "if errorlevel ") || starts_with(lower, "if /i "));
        const bool starts = name == "start" && (contains(lower, " /b") || contains(lower, " /min") || contains(lower, " /wait") || contains(lower, "start \"\""));
        const bool reads_pipe = rest.data() > source.data() && (trim(lower) == "cmd" || trim(lower) == "cmd.exe" || starts_with(lower, "cmd /"));
        const bool path = command.find("\\\\.\\") != std::string_view::npos || command.find(":\\") != std::string_view::npos || std::count(command.begin(), command.end(), '%') > 1;
        const bool loops = name == "for" && (starts_with(lower, "for %") || starts_with(lower, "for /")) && contains(lower, " in (");
        const bool option = contains(lower, " /s") || contains(lower, " /q") || contains(lower, "/s/q") || contains(lower, " /f");
        const bool sets = name == "set" && lower.find('=') != std::string::npos && std::count(source.begin(), source.end(), '%') > 1;
        const bool quotes = std::count(source.begin(), source.end() - static_cast<std::ptrdiff_t>(rest.size()), '\'') % 2 != 0;
        if (quotes) {  // in a text of a shell of Unix
            return false;
        }
        const bool calls = (name == "call" && (path || lower.find('%') != std::string::npos)) || (name == "goto" && source.find(':') != std::string_view::npos);
        if (loops || sets || calls || conditional || starts || reads_pipe || (in(k_programs, name) && (path || option)) || (name == "cd" && starts_with(lower, "cd /d ")) ||
            ((name == "pushd" || name == "cd") && path)) {
            return true;
        }
        rest = without_at(rest.substr(std::min(rest.size(), command.size())));
    }
    return false;
}

}  // namespace caro::safety
