// Redirections: what is read from where, what becomes of output, and which descriptors are open on what.
#include <algorithm>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "shell/walker.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::size_t k_most_files = 200;

bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// One name for what is one file.
std::string file_name(std::string_view text) {
    constexpr std::string_view k_descriptors = "/proc/self/fd/";
    if (text.substr(0, k_descriptors.size()) == k_descriptors) {
        return "/dev/fd/" + std::string(text.substr(k_descriptors.size()));
    }
    return std::string(text.substr(0, 2) == "./" ? text.substr(2) : text);
}

bool is_shell_name(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name == "sh" || name == "bash" || name == "zsh" || name == "dash" || name == "ksh" || name == "ash";
}

}  // namespace

// What a file holds, if it was written here or is an open descriptor.
std::optional<std::string> Walker::contents(const std::string& name) const {
    const auto it = m_script.files.find(file_name(name));
    if (it != m_script.files.end()) {
        return it->second;
    }
    const auto exact = m_script.files.find(name);
    return exact == m_script.files.end() ? std::nullopt : Output(exact->second);
}

std::shared_ptr<std::string> Walker::descriptor_input(const std::string& number) const {
    const auto it = m_open.find(number);
    return it == m_open.end() ? nullptr : it->second;
}

void Walker::open_input(int descriptor, const Output& text, Command& into, bool for_good) {
    if (descriptor <= 0) {
        into.input = text;
        if (for_good && text) {
            m_input = std::make_shared<std::string>(*text);
        }
        return;
    }
    const std::string number = std::to_string(descriptor);
    if (text && m_script.files.size() < k_most_files) {
        m_script.files["/dev/fd/" + number] = *text;
        m_open[number] = std::make_shared<std::string>(*text);
    } else {
        m_open.erase(number);
    }
}

void Walker::expand_redirects(const Node& node, const Scope& scope, Command& into) {
    const bool for_good = into.words.size() == 1 && into.words[0].text == "exec";
    for (const auto& raw : node.redirects) {
        Redirect made;
        made.op = raw.op;
        made.span = raw.span;
        made.descriptor = raw.descriptor;
        made.target = value_of(raw.target.parts, scope, raw.target.span);
        if (!raw.variable.empty()) {
            Word number;
            number.text = std::to_string(raw.descriptor);
            set(raw.variable, std::move(number));
        }
        const std::string& target = made.target.text;
        if (made.op == "<<" || made.op == "<<<") {
            const Output text = made.target.known() ? Output(target + (made.op == "<<<" ? "\n" : "")) : std::nullopt;
            open_input(made.descriptor, text, into, for_good);
        } else if (made.op == "<" || made.op == "<>") {
            open_input(made.descriptor, contents(target), into, for_good);
        } else if (made.op == "<&" && is_number(target)) {
            const auto from = descriptor_input(target);
            open_input(made.descriptor, from ? Output(*from) : std::nullopt, into, for_good);
        }
        if (made.descriptor > 2 && made.op != "<<" && made.op != "<<<") {
            const auto other = m_descriptors.find(target);
            m_descriptors[std::to_string(made.descriptor)] = other == m_descriptors.end() ? target : other->second;
        }
        into.redirects.push_back(std::move(made));
    }
}

// The name of a process that reads: >(…), a coprocess. What is written to one that is a shell is run.
std::string Walker::reading_process(std::size_t first) {
    const std::string name = "/dev/fd/" + std::to_string(70 + m_shells.size());
    for (std::size_t i = first; i < m_script.pipelines.size(); ++i) {
        for (const auto& stage : m_script.pipelines[i].stages) {
            const bool wrapped = stage.words.size() == 2 && (stage.words[0].text == "sudo" || stage.words[1].text == "-s");
            const bool bare = stage.words.size() == 1 || wrapped;
            if (bare && !stage.only_flow && is_shell_name(stage.words[stage.words[0].text == "sudo" ? stage.words.size() - 1 : 0].text)) {
                m_shells.insert(name);
                return name;
            }
        }
    }
    return "";
}

// coproc NAME { … }
void Walker::start_coprocess(const std::string& name, std::size_t first) {
    Value pipes;
    pipes.array = true;
    pipes.elements.resize(2);
    pipes.elements[0].text = "63";
    pipes.elements[1].text = "60";
    m_variables[name] = std::move(pipes);
    const std::string process = reading_process(first);
    if (!process.empty()) {
        m_descriptors["60"] = process;
    }
}

// find PATH -maxdepth 0 -printf FORMAT, and formats that tell nothing of the files.
Walker::Output Walker::printed_by_find(const Command& made) {
    const auto& words = made.words;
    if (words.size() < 4 || base_name(words[0].text) != "find" || !std::all_of(words.begin(), words.end(), [](const Word& word) { return word.known(); })) {
        return std::nullopt;
    }
    std::string format;
    bool top_only = false;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        format = words[i].text == "-printf" ? unescaped(words[i + 1].text) : format;
        top_only = top_only || (words[i].text == "-maxdepth" && words[i + 1].text == "0");
    }
    const std::string path = words[1].text;
    const std::string plain = replace_all(replace_all(format, "%p", path), "%f", std::string(base_name(path)));
    const bool known = plain.find('%') == std::string::npos && (top_only || plain == format);
    return known && !format.empty() && path.substr(0, 1) != "-" ? Output(plain) : std::nullopt;
}

// What a command prints. Operands that are files written here count as input.
Walker::Output Walker::printed(const Command& made, const Scope& scope) {
    Surroundings around;
    around.file = [this](const std::string& name) { return contents(name); };
    around.variable = [this, &made](const std::string& name) -> Output {
        const auto own = made.assignments.find(name);
        if (own != made.assignments.end()) {
            return own->second.known() ? Output(own->second.text) : std::nullopt;
        }
        bool is_set = false;
        const auto values = look_up(name, "", is_set);
        return is_set && values.size() == 1 && values[0].known() ? Output(values[0].text) : std::nullopt;
    };
    around.run = [this, &scope, &made](const std::string& code) { return m_codes < k_deepest_code ? run_code(code, scope, made.span) : std::nullopt; };
    around.write = [this](const std::string& name, const std::string& text) { store(name, text, false); };
    if (*m_work <= 0) {
        return std::nullopt;
    }
    Output output = printed_by_find(made);
    output = output ? output : output_of(made.words, made.input, around);
    const bool programmable = !made.words.empty() && is_programmable(base_name(made.words[0].text));
    *m_work -= !programmable ? 1 : output ? 20 : 60;
    return output;
}

// The script that stands for a command because PATH was changed, or nothing.
Walker::Output Walker::in_path(const Command& made, const std::string& name) const {
    const auto own = made.assignments.find("PATH");
    const auto known = m_variables.find("PATH");
    if (name.empty() || name.find('/') != std::string::npos || m_script.files.empty() ||
        (own == made.assignments.end() && known == m_variables.end())) {
        return std::nullopt;
    }
    const std::string path = own == made.assignments.end() ? known->second.word.text : own->second.text;
    for (const auto folder : split(path, ':')) {
        const std::string_view below = starts_with(folder, "./") ? folder.substr(2) : folder;  // $PWD/bin
        const std::string file = folder.empty() || folder == "." ? name : std::string(below) + "/" + name;
        const auto it = m_script.files.find(file);
        if (it != m_script.files.end()) {
            return it->second;
        }
    }
    return std::nullopt;
}

void Walker::store(const std::string& given, const std::string& text, bool appends) {
    const std::string name = file_name(given);
    if (name.empty() || m_script.files.size() > k_most_files || (name.substr(0, 5) == "/dev/" && name.substr(0, 9) != "/dev/shm/")) {
        return;
    }
    std::string& file = m_script.files[name];
    file = appends && file.size() < 65536 ? file + text : text;
}

// Where output goes into a file, it is kept as its contents; what goes to a shell is run.
Walker::Output Walker::finish_output(const Command& made, Output output, const Scope& scope) {
    const auto base = [&](std::size_t i) {
        const std::string text = i < made.words.size() ? made.words[i].text : std::string();
        return text.substr(text.rfind('/') + 1);
    };
    const std::size_t at = base(0) == "sudo" || base(0) == "doas" ? 1 : 0;
    const bool tee = base(at) == "tee";
    if (tee && made.input) {
        bool appends = false;
        for (std::size_t i = at + 1; i < made.words.size(); ++i) {
            const std::string& text = made.words[i].text;
            appends = appends || text == "-a" || text == "--append";
            if (m_shells.count(text) != 0) {
                feed_shell(*made.input, scope, made.span);
            } else if (text.substr(0, 1) != "-") {
                store(text, *made.input, appends);
            }
        }
    }
    store_copies(made, at);
    for (const auto& redirect : made.redirects) {
        const std::string& op = redirect.op;
        const bool opens = op == ">" || op == ">>" || op == ">|" || op == "&>" || op == "&>>" || op == "<>" || op == ">&";
        if (!opens || redirect.descriptor > 1 || redirect.descriptor == 0 || base(0) == "exec") {
            continue;
        }
        const auto open = m_descriptors.find(redirect.target.text);
        if (op == ">&" && is_number(redirect.target.text) && open == m_descriptors.end()) {
            continue;
        }
        const std::string name = op == ">&" && open != m_descriptors.end() ? open->second : redirect.target.text;
        if (m_shells.count(name) != 0) {
            feed_shell(output, scope, made.span);
        } else if (!output) {
            m_script.files.erase(file_name(name));
        } else {
            store(name, *output, op == ">>" || op == "&>>" || op == ">&");
        }
        return "";
    }
    return output;
}

// cp, mv, install, ln, dd, sponge, find -fprintf: files that get what is known.
void Walker::store_copies(const Command& made, std::size_t at) {
    const auto& words = made.words;
    const std::string name = at < words.size() ? std::string(base_name(words[at].text)) : "";
    const auto source = [&](const std::string& path) {
        return path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0" || path == "-" ? made.input : contents(path);
    };
    if (any_of(name, {"cp", "mv", "install", "ln", "rsync"}) && words.size() > at + 2) {
        const std::string& from = words[words.size() - 2].text;
        const Output text = source(from);
        std::string into = words.back().text;
        into += !into.empty() && into.back() == '/' ? std::string(base_name(from)) : "";
        if (text) {
            store(into, *text, false);
        }
    } else if (name == "dd") {
        Output text = made.input;
        std::string into;
        for (const auto& word : words) {
            text = starts_with(word.text, "if=") ? source(word.text.substr(3)) : text;
            into = starts_with(word.text, "of=") ? word.text.substr(3) : into;
        }
        if (text && !into.empty()) {
            store(into, *text, false);
        }
    } else if (name == "split" && made.input) {
        store_pieces(made, at);
    } else if (name == "sponge" && words.size() == at + 2 && made.input) {
        store(words.back().text, *made.input, false);
    } else if (name == "find" || name == "gfind") {
        for (std::size_t i = at + 1; i + 2 < words.size(); ++i) {  // a text without what find knows of a file
            if (words[i].text == "-fprintf" && words[i + 2].known() && words[i + 2].text.find('%') == std::string::npos) {
                store(words[i + 1].text, unescaped(words[i + 2].text), false);
            }
        }
    }
}

// split -l N - PREFIX: PREFIXaa, PREFIXab …
void Walker::store_pieces(const Command& made, std::size_t at) {
    std::size_t lines = 1000;
    std::vector<std::string> operands;
    for (std::size_t i = at + 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        if (text == "-" || text.empty() || text[0] != '-') {
            operands.push_back(text);
        } else if (text[1] == 'l' || text[1] == 'a') {
            const std::string value = text.size() > 2 ? text.substr(2) : i + 1 < made.words.size() ? made.words[++i].text : "";
            lines = text[1] == 'l' && is_number(value) ? std::max<std::size_t>(std::stoul(value), 1) : lines;
        } else {
            return;
        }
    }
    if (!operands.empty() && operands[0] != "-" && operands[0] != "/dev/stdin") {
        return;
    }
    const std::string prefix = operands.size() > 1 ? operands[1] : "x";
    const auto all = text_lines(*made.input);
    for (std::size_t i = 0, piece = 0; i < all.size() && piece < 26; i += lines, ++piece) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(i);
        store(prefix + "a" + static_cast<char>('a' + piece), text_of({from, from + static_cast<std::ptrdiff_t>(std::min(lines, all.size() - i))}), false);
    }
}

// Runs what is written to a shell.
void Walker::feed_shell(const Output& text, const Scope& scope, const Span& span) {
    if (m_codes < k_deepest_code) {
        run_code(text ? *text : "eval \"$CARO_WRITTEN\"", scope, span);
    }
}

}  // namespace caro::shell
