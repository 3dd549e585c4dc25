// Programs that a text makes itself before it runs them: files with an interpreter in their first line, compiled sources.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view stem(std::string_view path) { return path.substr(0, std::min(path.rfind('.'), path.size())); }

// What a call does with the texts that it is given.
enum class Call : unsigned char { shell, words, remove, tree, write, power };

struct Name {
    std::string_view name;
    Call call;
};

constexpr std::array<Name, 52> k_calls = {{
    {"system", Call::shell},        {"popen", Call::shell},      {"_popen", Call::shell},       {"callCommand", Call::shell},  {"command", Call::shell},
    {"execShellCmd", Call::shell},  {"execCmd", Call::shell},    {"shell", Call::shell},        {"exec", Call::shell},         {"executeShell", Call::shell},
    {"execl", Call::words},         {"execlp", Call::words},     {"execle", Call::words},       {"execv", Call::words},        {"execvp", Call::words},
    {"execve", Call::words},        {"execvpe", Call::words},    {"posix_spawn", Call::words},  {"posix_spawnp", Call::words}, {"new", Call::words},
    {"Command", Call::words},       {"Exec", Call::words},       {"ProcessBuilder", Call::words}, {"spawnProcess", Call::words}, {"execProcess", Call::words},
    {"callProcess", Call::words},   {"startProcess", Call::words}, {"rawSystem", Call::words},  {"Start", Call::words},        {"remove", Call::remove},
    {"unlink", Call::remove},       {"Remove", Call::remove},    {"remove_file", Call::remove}, {"removeFile", Call::remove},  {"Delete", Call::tree},
    {"remove_all", Call::tree},     {"RemoveAll", Call::tree},   {"remove_dir_all", Call::tree}, {"removeDir", Call::tree},    {"deleteDirectory", Call::tree},
    {"removeDirectoryRecursive", Call::tree}, {"rmdirRecurse", Call::tree}, {"nftw", Call::tree}, {"deleteTree", Call::tree},  {"fopen", Call::write},
    {"open", Call::write},          {"ofstream", Call::write},   {"Create", Call::write},       {"OpenFile", Call::write},     {"create", Call::write},
    {"reboot", Call::power},        {"writeFile", Call::write},
}};

// The texts in double quotes between `at` and the end of the statement.
std::vector<std::string> texts(std::string_view source, std::size_t at) {
    std::vector<std::string> found;
    std::size_t end = at;
    for (; end < source.size() && source[end] != ';' && source[end] != '\n' && found.size() < 16; ++end) {
        if (source[end] != '"') {
            continue;
        }
        std::string text;
        for (++end; end < source.size() && source[end] != '"'; ++end) {
            const bool escape = source[end] == '\\' && end + 1 < source.size();
            end += escape ? 1 : 0;
            text += escape && source[end] == 'n' ? '\n' : source[end];
        }
        found.push_back(std::move(text));
    }
    return found;
}

// A word of a command line; what begins with $HOME came from the environment.
std::string as_word(const std::string& text) { return starts_with(text, "$HOME") ? "\"" + text + "\"" : in_quotes(text); }

// env::var("HOME"), getenv("HOME"), os.Getenv("HOME"), System.getProperty("user.home") as "$HOME"
std::string with_home(std::string_view source) {
    constexpr std::array<std::string_view, 6> k_asking = {"var(", "var_os(", "getenv(", "Getenv(", "getEnv ", "getProperty("};
    std::string made(source);
    if (!contains(source, "\"HOME\"") && !contains(source, "\"user.home\"")) {
        return made;
    }
    for (const auto asking : k_asking) {
        for (const std::string_view name : {"\"HOME\"", "\"user.home\""}) {
            made = replace_all(made, std::string(asking) + std::string(name), std::string(asking) + "\"$HOME\"");
        }
    }
    return made;
}

std::string joined(const std::vector<std::string>& words, std::size_t from) {
    std::string line;
    for (std::size_t i = from; i < words.size(); ++i) {
        line += (line.empty() ? "" : " ") + as_word(words[i]);
    }
    return line;
}

// One call with its texts, as a command line; "" if it does nothing that matters.
std::string as_command(Call call, const std::vector<std::string>& given, std::string_view around) {
    if (call == Call::power) {
        return contains(around, "RB_") || contains(around, "0x") ? "reboot -f" : "";
    }
    if (given.empty()) {
        return "";
    }
    switch (call) {
        case Call::shell: {  // system("rm -rf x"), os.exec(["rm", "-rf", "x"])
            const bool words = given.size() > 1 && given.front().find(' ') == std::string::npos;
            return words ? joined(given, 0) : given.front();
        }
        case Call::words: {  // execl("/bin/rm", "rm", …): the name is there twice
            const bool twice = given.size() > 1 && base_name(given[0]) == given[1];
            return given.front().find(' ') == std::string::npos ? joined(given, twice ? 1 : 0) : given.front();
        }
        case Call::remove: return "rm -f " + as_word(given.front());
        case Call::tree: return "rm -rf " + as_word(given.front());
        case Call::write: {
            const bool reads = (given.size() > 1 && starts_with(given[1], "r") && !contains(given[1], "+")) || contains(around, "O_RDONLY");
            return reads || given.front().find('/') == std::string::npos ? "" : "printf x > " + in_quotes(given.front());
        }
        default: return "";
    }
}

// while (1) fork();
bool forks_for_ever(std::string_view source) {
    std::string plain;
    for (const char c : source) {
        plain += std::isspace(static_cast<unsigned char>(c)) != 0 ? std::string() : std::string(1, c);
    }
    for (const std::string_view loop : {"while(1)fork(", "while(1){fork(", "for(;;)fork(", "for(;;){fork(", "while(true)fork(", "while(true){fork(", "while(fork()", "while(!fork("}) {
        if (contains(plain, loop)) {
            return true;
        }
    }
    return false;
}

constexpr std::array<std::string_view, 26> k_compilers = {"gcc", "g++", "cc",    "c++",  "clang", "clang++", "tcc",  "icc",  "c99", "c89",  "gfortran", "rustc", "ghc",
                                                          "ocamlc", "ocamlopt", "nim", "zig", "fpc",   "dmd",  "ldc2", "gdc", "javac", "kotlinc", "swiftc", "crystal", "valac"};

}  // namespace

std::optional<std::string> by_first_line(std::string_view text, const std::string& path, const std::vector<shell::Word>& args,
                                         std::size_t first_argument) {
    if (!starts_with(text, "#!")) {
        return std::nullopt;
    }
    std::string_view line = trim(text.substr(2, text.find('\n') - std::min<std::size_t>(2, text.find('\n'))));
    if (starts_with(line, "/usr/bin/env ") || starts_with(line, "/bin/env ")) {
        line = trim(line.substr(line.find(' ')));
        line = starts_with(line, "-S") ? trim(line.substr(2)) : line;
    }
    if (line.empty() || is_shell(base_name(line.substr(0, line.find(' '))))) {
        return std::nullopt;
    }
    std::string command = std::string(line) + " " + in_quotes(path);
    for (std::size_t i = first_argument; i < args.size(); ++i) {
        command += " " + in_quotes(args[i].text) ;
    }
    return command;
}

std::optional<Built> built(const Action& action, const FileText& text) {
    const std::string& name = action.name;
    const bool go = name == "go" && (action.subcommand() == "run" || action.subcommand() == "build");
    const bool runs = (go && action.subcommand() == "run") || name == "java" || name == "runghc" || name == "runhaskell" || name == "rdmd" || name == "ocaml" ||
                      name == "rust-script" || name == "dart" || name == "scala" || name == "kotlin" || name == "swift" || name == "jbang" || name == "v";
    if (name == "make" || name == "gmake") {
        const std::string target(action.subcommand());
        for (const std::string_view end : {".c", ".cpp", ".cc", ".go"}) {
            const auto source = target.empty() || text("Makefile") ? std::nullopt : text(target + std::string(end));
            if (source) {
                return Built{*source, target};
            }
        }
        return std::nullopt;
    }
    if (!go && !runs && !in(k_compilers, name)) {
        return std::nullopt;
    }
    Built made;
    bool only_object = false;
    bool at_once = runs;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string& word = action.args[i].text;
        const bool value = i + 1 < action.args.size();
        only_object = only_object || word == "-c" || word == "-S" || word == "-fsyntax-only" || word == "-E";
        at_once = at_once || word == "-run" || word == "r" || word == "run";
        if (word == "-o" && value) {
            made.program = action.args[++i].text;
        } else if (starts_with(word, "-o") && word.size() > 2) {
            made.program = word.substr(2);
        } else if (word[0] != '-' || word == "-") {
            const auto source = text(word);
            made.source = source ? *source : made.source;
            const bool stem_named = name == "rustc" || name == "go" || name == "ghc" || name == "nim" || name == "javac" || name == "fpc" || name == "zig";
            made.program = source && made.program.empty() && stem_named ? std::string(stem(word)) : made.program;
        }
    }
    const bool takes_input = name == "ocaml" || name == "swift" || name == "scala" || name == "kotlin";
    made.source = made.source.empty() && takes_input ? text("-").value_or("") : made.source;
    if (made.source.empty() || (only_object && name != "javac")) {
        return std::nullopt;
    }
    made.program = at_once ? "" : made.program.empty() ? "a.out" : made.program;
    return made;
}

CodeLines compiled_code(std::string_view text) {
    CodeLines made;
    const std::string source = with_home(text);
    if (forks_for_ever(source)) {
        made.emplace_back(":(){ :|:& };:");
    }
    for (std::size_t i = 0; i < source.size() && made.size() < 60;) {
        if (std::isalpha(static_cast<unsigned char>(source[i])) == 0 && source[i] != '_') {
            ++i;
            continue;
        }
        const std::size_t start = i;
        while (i < source.size() && (std::isalnum(static_cast<unsigned char>(source[i])) != 0 || source[i] == '_')) {
            ++i;
        }
        const std::string_view word = std::string_view(source).substr(start, i - start);
        const auto row = std::find_if(k_calls.begin(), k_calls.end(), [word](const Name& name) { return name.name == word; });
        const bool called = i < source.size() && (source[i] == '(' || source[i] == ' ' || source[i] == '"' || source[i] == '<');
        if (row != k_calls.end() && called) {
            std::string line = as_command(row->call, texts(source, i), std::string_view(source).substr(start, 120));
            if (!line.empty()) {
                made.push_back(std::move(line));
            }
        }
    }
    return made;
}

}  // namespace caro::safety
