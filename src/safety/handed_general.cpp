// What looks like a command for whatever program: values of options that are named after one, and signs that programs use
// to run something. The code is judged; only what is dangerous by itself counts, so a wrong guess does no harm.
#include <algorithm>
#include <array>
#include <set>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Programs whose words are texts for people or data, and programs whose code is read by itself.
bool only_says(std::string_view name) {
    static const std::set<std::string_view> s_names = {
        "echo",   "printf", "print",  "grep",   "egrep",  "fgrep",   "rg",       "ag",       "ack",     "sed",     "awk",    "gawk",   "mawk",   "cat",    "bat",
        "test",   "[",      "[[",     "expr",   "case",   "read",    "export",   "declare",  "alias",   "typeset", "local",  "readonly", "set",  "history", "type",
        "which",  "curl",   "wget",   "http",   "https",  "xh",      "git",      "gh",       "glab",    "jira",    "logger", "wall",   "write",  "notify-send", "say",
        "espeak", "figlet", "toilet", "cowsay", "tldr",   "man",     "cheat",    "whatis",   "apropos", "caro",    "jq",     "yq",     "zenity", "kdialog", "dialog",
        "whiptail", "tee",  "xclip",  "pbcopy", "xsel",   "wl-copy", "llm",      "ollama",   "aichat",  "sgpt",    "claude", "codex",  "gemini", "docker", "podman",
        "nerdctl", "kubectl", "oc",   "bash",   "sh",     "zsh",     "dash",     "ksh",      "fish",    "python",  "python3", "perl",  "ruby",   "node",   "php",
        "lua",    "eval",   "trap",   "source", ".",      "psql",    "mysql",    "mariadb",  "sqlite3", "mongosh", "redis-cli", "osascript", "find", "fd",  "xargs",
        "vim",    "vi",     "nvim",   "ex",     "ssh",    "tr",      "cut",      "sort",     "diff",    "systemd-cat", "slack", "telegram-send", "mail", "shellcheck", "bc",
        "cmp",    "wc",     "head",   "tail",   "less",   "ls",      "cp",       "mv",       "rm",      "mkdir",   "touch",  "chmod",  "chown",  "ln",     "stat",
        "cd",     "pwd",    "kill",   "ps",     "sudo",   "env",     "tar",      "npm",     "apt",     "journalctl", "powershell", "pwsh", "cmd", "explain",
        "asciinema", "pandoc", "hexdump", "xxd", "base64", "md5sum", "sha256sum", "column",  "paste",   "comm",    "ansible", "ansible-playbook", "aws", "gcloud", "az", "compgen",
        "string", "math", "contains", "count", "set_color", "argparse", "shift", "unset", "getopts", "bind", "shopt", "tac", "rev", "nl", "fold", "fmt", "join", "pr", "expand", "strings", "od", "base32",
        "envsubst", "m4", "dc", "cpp", "uniq", "basenc", "iconv", "uudecode", "gzip", "gunzip", "zcat", "hd",
        ":",      "yes",    "true",   "false",  "sleep",   "basename", "dirname", "seq",      "raise",   "throw",   "return", "assert", "warn",
        "pytest", "jest", "mocha", "vitest", "bats",   "ctest",  "rspec",  "go",     "cargo",  "phpunit", "nose2", "tox",
        "gcc",    "g++",    "cc",     "c++",    "clang",   "clang++", "rustc",    "javac",    "ocamlc",   "swiftc", "tcc",    "gfortran"};
    return s_names.count(name) != 0;
}

// By its name an option, a setting or a variable takes a command.
bool takes_command(std::string_view option) {
    if (option == "-e" || option == "-c" || option == "-x" || option == "-E" || option == "-C" || option == "-r") {
        return true;
    }
    constexpr std::array<std::string_view, 40> k_parts = {
        "command", "cmd",     "exec",    "run",     "hook",    "script",  "pager",  "editor", "eval",    "shell",  "program", "handler", "action",
        "rsh",     "ssh",     "wrapper", "browser", "preview", "opener",  "viewer", "sendmail", "mda",   "connect", "notify", "trigger", "askpass", "credential",
        "prog",    "launch",  "spawn",   "callback", "passwordeval", "passcmd", "before", "after", "do", "filter", "on", "reload", "tunnels"};
    std::string name = to_lower(option);
    std::replace(name.begin(), name.end(), '_', '-');
    std::replace(name.begin(), name.end(), '.', '-');
    std::replace(name.begin(), name.end(), ':', '-');
    const auto pieces = split(name, '-');
    return std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
        return std::any_of(k_parts.begin(), k_parts.end(), [&](std::string_view part) {
            return piece == part || (part.size() > 3 && (contains(piece, part)));
        });
    });
}

// What stands in the brackets or quotes that begin at `at`.
std::string enclosed(std::string_view text, std::size_t at) {
    const std::string_view opening = "([{";
    const auto kind = opening.find(text[at]);
    const char close = kind == std::string_view::npos ? text[at] : ")]}"[kind];
    int depth = 1;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        depth += kind != std::string_view::npos && text[i] == text[at] ? 1 : 0;
        depth -= text[i] == close ? 1 : 0;
        if (depth == 0) {
            return std::string(text.substr(at + 1, i - at - 1));
        }
    }
    return std::string(text.substr(std::min(at + 1, text.size())));
}

// Signs behind which a program runs what follows, at the beginning of a text or anywhere in it.
void behind_signs(std::string_view text, CodeLines& into) {
    for (const std::string_view sign : {"|", "!", ":!", "~!", "+!", "+:!", ".sy ", "shell ", "shell:", "!!", "spawn ", "run ", "exec ", "exec:", "system ", "silent !", "cmd:", "sh ", "run-shell ", "new-window ", "if-shell ", "bash -c ", "\\! ", ".shell ", ".system ", "platform shell "}) {
        if (starts_with(text, sign) && text.size() > sign.size() + 3) {
            into.emplace_back(text.substr(sign.size()));
        }
    }
    for (const std::string_view sign : {"#(", "%(", "write18{", "$(shell ", "`", "system(", "popen(", "exec(", "execute(", "EXEC(", "shell(", "run(", "spawn(", "shell-command ",
                                        "(system ", "(sh ", "(run ", "system \"", "system '", "%pipe%", "=\"", "='"}) {
        const auto at = text.find(sign);
        if (at == std::string_view::npos) {
            continue;
        }
        std::size_t start = at + sign.size();
        if (sign == "%pipe%") {
            into.emplace_back(text.substr(start, text.find(')', start) - start));
            continue;
        }
        const char last = sign.back();
        std::string inside = last == ' ' ? enclosed(text, at) : enclosed(text, start - 1);
        const auto quote = inside.find_first_of("\"'`");
        const bool call = last == '(' && sign.size() > 2;
        if (call && quote == std::string::npos) {
            continue;
        }
        if (call || last == ' ') {
            std::string words;  // ["rm", "-rf", "/home"], "rm -rf /home"
            int texts = 0;
            for (std::size_t i = 0; i < inside.size() && texts < 8; ++i) {
                if (inside[i] == '"' || inside[i] == '\'' || inside[i] == '`') {
                    const std::string word = enclosed(inside, i);
                    words += (words.empty() ? "" : " ") + word;
                    i += word.size() + 1;
                    ++texts;
                }
            }
            inside = texts > 0 ? words : inside.substr(std::min(inside.find(' '), inside.size()));
        }
        into.push_back(inside);
    }
}

constexpr std::array<std::string_view, 18> k_harmful = {"rm",   "dd",  "shred", "mkfs",  "sh",    "bash", "find", "chmod", "chown",
                                                        "mv",   "wipefs", "blkdiscard", "truncate", "mkfs.ext4", "python3", "perl", "shutdown", "sudo"};

bool is_harmful(std::string_view word) {
    word.remove_prefix(!word.empty() && word[0] == '/' ? word.rfind('/') + 1 : 0);
    return word.size() > 1 && word.size() < 11 && std::find(k_harmful.begin(), k_harmful.end(), word) != k_harmful.end();
}

// The words from a program that may do harm on: nq rm -rf ~, faketime X rm -rf ~.
void tail(const Action& action, CodeLines& into) {
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        if (!is_harmful(action.args[i].text) || i + 1 == action.args.size()) {
            continue;
        }
        std::string line;
        for (std::size_t k = i; k < action.args.size(); ++k) {
            line += in_quotes(action.args[k].text) + " ";
        }
        into.push_back(line);
        return;
    }
}

constexpr std::array<std::string_view, 10> k_destroys = {"rm", "dd", "shred", "mkfs", "wipefs", "blkdiscard", "find", "chmod", "chown", "mkfs.ext4"};

// The text begins with a program that destroys.
bool destroys(std::string_view text) {
    text = trim(text);
    const std::string_view first = text.substr(0, text.find(' '));
    const std::string_view base = first.substr(first.rfind('/') + 1);
    return first.size() < text.size() && std::find(k_destroys.begin(), k_destroys.end(), base) != k_destroys.end();
}

// exec { commandLine "rm", "-rf", "/x" }, args = ["rm", "-rf", "/x"]: the texts of a line as words.
std::string texts_of_line(std::string_view line) {
    std::string words;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"' || line[i] == '\'') {
            const std::string word = enclosed(line, i);
            words += (words.empty() ? "" : " ") + word;
            i += word.size() + 1;
        }
    }
    return words;
}

struct Usual {
    std::string_view file;
    std::string_view programs;
};

// Files that programs read without being told.
constexpr std::array<Usual, 30> k_usual = {{
    {"PKGBUILD", "makepkg namcap extra-x86_64-build"}, {".install", "makepkg pacman"}, {"setup.py", "pip pip3 python python3 uv"}, {"conftest.py", "pytest py.test tox nox"},
    {"sitecustomize.py", "python python3"}, {"usercustomize.py", "python python3"}, {"build.rs", "cargo"}, {"Gemfile", "bundle bundler rails rake"},
    {"build.gradle", "gradle gradlew"}, {"settings.gradle", "gradle gradlew"}, {"build.gradle.kts", "gradle gradlew"}, {"build.xml", "ant"}, {"pom.xml", "mvn mvnw"},
    {"tasks.json", "code codium cursor"}, {"tmuxinator.yml", "tmuxinator mux"}, {"Vagrantfile", "vagrant"}, {"gulpfile.js", "gulp npx"}, {"Gruntfile.js", "grunt npx"},
    {"webpack.config.js", "webpack npx npm"}, {"vite.config.js", "vite npx npm"}, {"jest.config.js", "jest npx npm"}, {"SConstruct", "scons"}, {"wscript", "waf"},
    {"meson.build", "meson"}, {"fabfile.py", "fab"}, {"tasks.py", "invoke inv"}, {"noxfile.py", "nox"}, {"tox.ini", "tox"}, {"mix.exs", "mix elixir"}, {"postinst", "dpkg-deb dpkg-buildpackage"},
}};

}  // namespace

bool reads_usually(std::string_view program, std::string_view path) {
    return std::any_of(k_usual.begin(), k_usual.end(), [&](const Usual& row) {
        const bool file = path.size() >= row.file.size() && path.substr(path.size() - row.file.size()) == row.file;
        const auto programs = file ? split(row.programs, ' ') : std::vector<std::string_view>();
        return std::find(programs.begin(), programs.end(), program) != programs.end();
    }) || (program == "act" && contains(path, ".github/workflows/"));
}

bool reads_untold(std::string_view program) {
    return program == "act" || std::any_of(k_usual.begin(), k_usual.end(), [program](const Usual& row) {
        const auto programs = split(row.programs, ' ');
        return std::find(programs.begin(), programs.end(), program) != programs.end();
    });
}

bool runs_no_file(std::string_view program) { return only_says(program) || program == "mapfile" || program == "readarray"; }

CodeLines code_in_general(std::string_view text) {
    CodeLines made = compiled_code(text);
    if (text.size() > 20000) {
        return made;
    }
    for (auto line : split(text, '\n')) {
        line = trim(line);
        line.remove_prefix(std::min(line.find_first_not_of("-@+ "), line.size()));
        if (line.empty() || line[0] == '#') {
            continue;
        }
        behind_signs(line, made);
        const auto mark = line.find_first_of("=:");
        const std::string_view key = mark == std::string_view::npos ? std::string_view() : trim(line.substr(0, mark));
        if (!key.empty() && takes_command(key)) {
            made.push_back(replace_all(std::string(trim(line.substr(mark + 1))), "\"", ""));
        }
        const auto pipe = line[0] == '|' ? 1U : 0U;
        if (destroys(line.substr(pipe))) {
            made.emplace_back(line.substr(pipe));
        }
        if (key.size() < line.size() && destroys(line.substr(std::min(mark, line.size() - 1) + 1))) {
            made.emplace_back(line.substr(mark + 1));
        }
        constexpr std::array<std::string_view, 7> k_prints = {"print", "puts", "echo", "log", "display", "message", "say"};
        if (std::any_of(k_prints.begin(), k_prints.end(), [line](std::string_view word) { return contains(line, word); })) {
            continue;
        }
        const std::string words = texts_of_line(line);
        if (destroys(words)) {
            made.push_back(words);
        }
        for (const auto text_in : split(line, '"')) {
            if (destroys(text_in)) {
                made.emplace_back(text_in);
            }
        }
        const auto folder = line.find("<delete dir=");  // of ant
        if (folder != std::string_view::npos) {
            made.push_back("rm -rf " + in_quotes(texts_of_line(line.substr(folder, line.find('>', folder) - folder))));
        }
    }
    return made;
}

namespace {

// npm config set editor CMD, gh config set pager CMD, aws configure set credential_process CMD
void configured(const Action& action, CodeLines& into) {
    bool sets = false;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string_view text = action.args[i].text;
        if (sets && text.find(' ') != std::string_view::npos && takes_command(action.args[i - 1].text)) {
            into.emplace_back(text);
        }
        sets = sets || text == "config" || text == "configure" || text == "set";
    }
}

}  // namespace

CodeLines handed_in_general(const Action& action) {
    CodeLines made;
    configured(action, made);
    const bool says_something = std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
        return (word.text.size() > 5 && word.text.find_first_of(" \t{(") != std::string::npos);
    });
    if (!made.empty()) {
        return made;
    }
    if (!says_something || action.name.empty() || action.args.size() > 60 || only_says(action.name)) {
        return made;  // nearly every command
    }
    bool only_tells = false;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string_view text = action.args[i].text;
        only_tells = only_tells || text == "--dry-run" || text == "--help" || text == "--print-command";
        if (text.size() < 6 || text.size() > 4000 || text.find_first_of(" \t{(") == std::string_view::npos) {
            continue;  // nothing dangerous is said in one word
        }
        const auto equal = std::min(text.find('='), text.find(':', starts_with(text, "-") ? 0 : text.size()));
        const std::string_view before = i > 0 ? std::string_view(action.args[i - 1].text) : std::string_view();
        constexpr std::array<std::string_view, 7> k_verbs = {"exec", "spawn", "execute", "run", "shell", "command", "eval"};
        const bool evaluates = before == "-e" || before == "-E" || before == "--eval" || before == "eval" || starts_with(text, "--eval") || before == "--execute";
        if ((starts_with(before, "-") && takes_command(before)) || std::find(k_verbs.begin(), k_verbs.end(), before) != k_verbs.end()) {
            made.emplace_back(text);
        }
        if (evaluates) {
            for (auto& line : compiled_code(text)) {
                made.push_back(std::move(line));
            }
        }
        if (equal != std::string_view::npos && equal > 0 && text.substr(0, equal).find_first_of(" \"'") == std::string_view::npos && takes_command(text.substr(0, equal))) {
            made.emplace_back(text.substr(equal + 1));
        }
        if (starts_with(before, "-") && (before == "-m" || before == "--message" || before == "-t" || before == "--title" || before == "--text" || before == "--body")) {
            continue;
        }
        behind_signs(text, made);
    }
    return only_tells ? CodeLines() : made;
}

CodeLines handed_perhaps(const Action& action) {
    constexpr std::array<std::string_view, 30> k_texts = {
        "-m", "--message", "-t", "--title", "--text", "--body", "--note", "--name", "--description", "--comment", "--subject", "-k", "-f", "-s", "add",
        "note", "send", "post", "say", "create", "comment", "con-name", "name", "title", "message", "search", "explain", "check", "lint", "ask"};
    CodeLines made;
    const bool says_something = std::any_of(action.args.begin(), action.args.end(),
                                            [](const shell::Word& word) { return is_harmful(word.text.substr(0, word.text.find(' '))); });
    if (!says_something || action.name.empty() || action.args.size() > 60 || only_says(action.name)) {
        return made;
    }
    for (const std::string_view tells : {"--dry-run", "--help", "--list"}) {
        if (std::any_of(action.args.begin(), action.args.end(), [tells](const shell::Word& word) { return word.text == tells; })) {
            return made;
        }
    }
    for (const std::string_view prints : {"print", "puts", "putStr", "disp", "message", "write", "console.", "IO."}) {
        if (starts_with(action.name, prints)) {
            return made;  // a call of another language that was read as a command
        }
    }
    tail(action, made);
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const bool text = i > 0 && std::find(k_texts.begin(), k_texts.end(), action.args[i - 1].text) != k_texts.end();
        if (!text && destroys(action.args[i].text)) {
            made.push_back(action.args[i].text);
        }
    }
    return made;
}

CodeLines handed_to_prompt(const Action& action, std::string_view input) {
    static const std::set<std::string_view> s_prompts = {
        "gnuplot", "gp",   "maxima", "gdb",  "lldb", "groff", "troff", "telnet", "jjs", "jupyter", "smbclient", "lftp",  "ftp",  "octave", "R",    "scilab", "sage", "ghci",
        "ipython", "utop", "iex",    "erl",  "r2",   "tclsh", "xonsh", "nu",     "elvish", "mysql", "psql",     "sqlplus", "sqlcmd", "ed", "rlwrap", "ocaml", "yash", "mksh", "oil"};
    CodeLines made;
    if (s_prompts.count(action.name) == 0 || input.size() > 20000) {
        return made;
    }
    for (const auto line : split(input, '\n')) {
        behind_signs(trim(line), made);
    }
    return made;
}

bool names_command(std::string_view variable) {
    constexpr std::array<std::string_view, 18> k_ends = {"_COMMAND", "_CMD",  "_PAGER", "_EDITOR", "_SHELL", "_SSH",  "_RSH",     "_PROG", "_OPENER",
                                                         "_HOOK",    "_EXEC", "_WRAPPER", "_ASKPASS", "_RUNNER", "_PROGRAM", "_VIEWER", "_BROWSER", "_LAUNCHER"};
    return std::any_of(k_ends.begin(), k_ends.end(), [&](std::string_view end) {
        return variable.size() > end.size() && variable.substr(variable.size() - end.size()) == end;
    });
}

}  // namespace caro::safety
