// Options of programs for something else whose values are commands.
#include <algorithm>
#include <array>
#include <set>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The word is one of those between blanks.
bool listed(std::string_view list, std::string_view word) {
    if (word.empty()) {
        return false;
    }
    for (auto at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) {
            return true;
        }
    }
    return false;
}

// How the value of an option becomes a command.
enum class Form : unsigned char {
    shell,     // it is one
    pipe,      // behind | or !
    commas,    // its words stand between commas
    macro,     // %(CMD), %{lua:CODE}
    apt,       // KEY::Pre-Invoke=CMD
    assigned,  // KEY=CMD, for keys that name a command
    calls,     // system("CMD") in a language of its own
    actions,   // KEY:execute(CMD)
    typed,     // it is typed into a shell
    backticks, // `CMD` in it
    debugger,  // shell CMD, !CMD, platform shell CMD, script PYTHON
    python,
};

struct Handed {
    std::string_view programs;
    std::string_view options;
    Form form;
};

constexpr std::array<Handed, 50> k_handed = {{
    {"strace ltrace", "-o --output", Form::pipe},
    {"gcc g++ cc c++ clang clang++ gfortran", "-wrapper", Form::commas},
    {"rpm rpmbuild rpmspec rpmlint mock", "--eval -E --define -D", Form::macro},
    {"apt apt-get aptitude nala apt-cache apt-mark apt-ftparchive", "-o --option", Form::apt},
    {"dpkg", "--pre-invoke --post-invoke --status-logger", Form::shell},
    {"openvpn", "--up --down --route-up --route-pre-down --ipchange --tls-verify --auth-user-pass-verify --client-connect "
                "--client-disconnect --learn-address --tls-crypt-v2-verify", Form::shell},
    {"pppd", "connect disconnect init pty welcome", Form::shell},
    {"openconnect vpnc", "-s --script --csd-wrapper -S --script-tun", Form::shell},
    {"bpftrace stap dtrace", "-e -n", Form::calls},
    {"stap dtrace bpftrace", "-c", Form::shell},
    {"fzf sk", "--preview --bind", Form::actions},
    {"fzf sk", "--preview", Form::shell},
    {"mutt neomutt", "-e", Form::backticks},
    {"ack ag ack-grep", "--pager", Form::shell},
    {"man", "-H --html", Form::shell},
    {"rg", "--hostname-bin --pre", Form::shell},
    {"restic rclone borg kopia duplicity", "--password-command --rsh --pass-command --ssh-command", Form::shell},
    {"mosh", "--ssh --server", Form::shell},
    {"lldb", "-o -O --one-line --one-line-before-file -k --one-line-on-crash", Form::debugger},
    {"r2 radare2 rizin rz", "-c -qc -cq", Form::debugger},
    {"nodemon", "--exec -x", Form::shell},
    {"mysql mariadb psql mycli", "--pager", Form::shell},
    {"git", "--upload-pack --receive-pack --exec --extcmd --httpd --sendmail-cmd --to-cmd --cc-cmd --header-cmd --access-hook "
            "--smtp-server --open-files-in-pager --browser", Form::shell},
    {"systemd-run", "-p --property", Form::assigned},
    {"scp sftp rsync", "-S -D", Form::shell},
    {"tar gtar bsdtar cpio star", "--rmt-command --rsh-command --info-script --new-volume-script -F", Form::shell},
    {"pueue", "add", Form::shell},
    {"dhclient udhcpc wpa_cli hostapd_cli dhcpcd", "-sf -s -a -c", Form::shell},
    {"ssh scp sftp autossh sshfs ssh-copy-id slogin", "-o", Form::assigned},
    {"sshfs", "ssh_command=", Form::shell},
    {"tmux", "if-shell if run-shell run new-window neww split-window splitw pipe-pane popup display-popup respawn-pane", Form::shell},
    {"xdotool ydotool dotool wtype", "type", Form::typed},
    {"wtype", "--", Form::typed},
    {"wezterm kitty kitten", "send-text", Form::typed},
    {"zellij", "write-chars", Form::typed},
    {"screen", "stuff", Form::typed},
    {"gnuplot", "-e", Form::calls},
    {"octave octave-cli matlab R Rscript julia", "--eval -e -r -batch", Form::calls},
    {"ghc", "-e", Form::debugger},
    {"ghc ghci runghc", "-e", Form::calls},
    {"rdesktop xfreerdp", "-r", Form::pipe},
    {"zip", "-TT --unzip-command", Form::shell},
    {"tcpdump dumpcap", "-z", Form::shell},
    {"jdb jshell", "-R", Form::shell},
    {"ansible ansible-playbook", "--vault-password-file --ssh-common-args --ssh-extra-args", Form::assigned},
    {"aria2c", "--on-download-complete --on-download-start --on-download-error --on-download-stop --on-bt-download-complete", Form::shell},
    {"rtorrent", "-o", Form::assigned},
    {"sendmail exim exim4 postfix", "-be", Form::macro},
    {"xterm urxvt rxvt st lxterminal mate-terminal xfce4-terminal konsole terminator tilix", "-e --command -x", Form::shell},
    {"inotifywait incrond fswatch gitwatch", "--exec -c --command", Form::shell},
}};

// The words behind `from` as they would be typed.
std::string rest_of(const Action& action, std::size_t from) {
    std::string line;
    for (std::size_t i = from; i < action.args.size(); ++i) {
        line += (line.empty() ? "" : " ") + in_quotes(action.args[i].text);
    }
    return line;
}

// The text in brackets or quotes that begins at `at`, with brackets inside it; "" if there is none.
std::string inside(std::string_view text, std::size_t at) {
    const std::string_view opening = "([{<";
    const auto kind = at < text.size() ? opening.find(text[at]) : std::string_view::npos;
    const char open = at < text.size() ? text[at] : ' ';
    const char close = kind == std::string_view::npos ? open : ")]}>"[kind];
    int depth = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
        depth += text[i] == open && (open != close || i == at) ? 1 : 0;
        if (text[i] == close && i > at) {
            if (--depth <= 0) {
                return std::string(text.substr(at + 1, i - at - 1));
            }
        }
    }
    return at + 1 < text.size() ? std::string(text.substr(at + 1)) : "";
}

// What follows each `mark` in brackets.
void behind_marks(std::string_view text, std::string_view mark, CodeLines& into) {
    for (auto at = text.find(mark); at != std::string_view::npos && into.size() < 40; at = text.find(mark, at + 1)) {
        into.push_back(inside(text, at + mark.size() - 1));
    }
}

// The texts in quotes of calls that run something: system("CMD"), callCommand "CMD".
void calls(std::string_view text, CodeLines& into) {
    for (const std::string_view name : {"system", "shell_cmd", "popen", "callCommand", "rawSystem", "readProcess", "unix", "dos", "run(`", "pipe("}) {
        for (auto at = text.find(name); at != std::string_view::npos && into.size() < 40; at = text.find(name, at + 1)) {
            const auto quote = text.find_first_of("\"'`", at + name.size() - (name.back() == '`' ? 1 : 0));
            if (quote != std::string_view::npos && quote < at + name.size() + 12) {
                into.push_back(inside(text, quote));
            }
        }
    }
}

// shell CMD, !CMD, :!CMD, platform shell CMD, script CODE
void debugger(std::string_view text, CodeLines& into) {
    for (auto line : split(text, '\n')) {
        line = trim(line);
        while (starts_with(line, ":")) {
            line.remove_prefix(1);
        }
        for (const std::string_view word : {"!", "shell ", "platform shell ", "process shell ", "pipe "}) {
            if (starts_with(line, word)) {
                into.emplace_back(trim(line.substr(word.size())));
            }
        }
        for (const std::string_view word : {"script ", "python ", "py "}) {
            if (starts_with(line, word)) {
                into.push_back("python3 -c " + in_quotes(line.substr(word.size())));
            }
        }
    }
}

// Keys whose value is a command, in options of the form KEY=COMMAND.
bool is_command_key(std::string_view key) {
    const std::string lower = to_lower(key);
    return starts_with(lower, "exec") || contains(lower, "command") || contains(lower, "invoke") || contains(lower, "pager") ||
           contains(lower, "pre-install-pkgs") || contains(lower, "dir::bin") || contains(lower, "::solver") || contains(lower, "method.");
}

void assigned(std::string_view text, CodeLines& into) {
    const auto mark = text.find_first_of("= ");
    if (mark != std::string_view::npos && is_command_key(text.substr(0, mark))) {
        std::string_view value = trim(text.substr(mark + 1));
        into.emplace_back(value.size() > 2 && value.front() == '"' && value.back() == '"' ? value.substr(1, value.size() - 2) : value);
    }
}

// Keys typed into a terminal: ^M, \r and \n end a line.
std::string typed(std::string_view text) {
    std::string made(text);
    for (const std::string_view end : {"^M", "\\r", "\\n", "\\015", "\\012", "\r"}) {
        made = replace_all(made, std::string(end), "\n");
    }
    return made;
}

void add(Form form, std::string_view value, CodeLines& into) {
    switch (form) {
        case Form::shell: into.emplace_back(value); break;
        case Form::pipe:
            if (starts_with(value, "|") || starts_with(value, "!")) {
                into.emplace_back(value.substr(1));
            }
            break;
        case Form::commas: {
            std::string line;
            for (const auto word : split(value, ',')) {
                line += in_quotes(word) + " ";
            }
            into.push_back(line);
            break;
        }
        case Form::macro:
            behind_marks(value, "%(", into);
            behind_marks(value, "${run{", into);
            for (auto at = value.find("%{lua:"); at != std::string_view::npos; at = std::string_view::npos) {
                into.push_back("lua -e " + in_quotes(inside(value, at + 1).substr(4)));
            }
            break;
        case Form::apt:
        case Form::assigned: assigned(value, into); break;
        case Form::calls: calls(value, into); break;
        case Form::actions:
            for (const std::string_view name : {"execute(", "execute-silent(", "become(", "reload(", "transform(", "preview(", "execute[", "execute{"}) {
                behind_marks(value, name, into);
            }
            break;
        case Form::typed: into.push_back(typed(value)); break;
        case Form::backticks:
            behind_marks(value, "`", into);
            break;
        case Form::debugger: debugger(value, into); break;
        case Form::python: into.push_back("python3 -c " + in_quotes(value)); break;
    }
}

// --opt VALUE, --opt=VALUE, -oVALUE
void by_table(const Action& action, CodeLines& into) {
    static const std::set<std::string_view> s_programs = [] {
        std::set<std::string_view> all;
        for (const auto& row : k_handed) {
            const auto names = split(row.programs, ' ');
            all.insert(names.begin(), names.end());
        }
        return all;
    }();
    if (s_programs.count(action.name) == 0) {
        return;  // nearly every command
    }
    for (const auto& row : k_handed) {
        if (!listed(row.programs, action.name)) {
            continue;
        }
        for (std::size_t i = 0; i < action.args.size(); ++i) {
            const std::string& text = action.args[i].text;
            const auto equal = text.find('=');
            if (listed(row.options, text) && i + 1 < action.args.size()) {
                add(row.form, action.args[i + 1].text, into);
            } else if (equal != std::string::npos && equal > 2 && starts_with(text, "--") && listed(row.options, text.substr(0, equal))) {
                add(row.form, std::string_view(text).substr(equal + 1), into);
            } else if (text.size() > 2 && text[0] == '-' && text[1] != '-' && listed(row.options, text.substr(0, 2))) {
                add(row.form, std::string_view(text).substr(2), into);
            }
        }
    }
}

// Commands of git that give short options a command: clone -u, grep -O, difftool -x, rebase -x.
void of_git(const Action& action, CodeLines& into) {
    const std::string_view verb = action.subcommand();
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string_view text = action.args[i].text;
        const std::string_view next = i + 1 < action.args.size() ? std::string_view(action.args[i + 1].text) : std::string_view();
        const bool upload = text == "-u" && (verb == "clone" || verb == "ls-remote" || verb == "submodule");
        const bool external = text == "-x" && (verb == "difftool" || verb == "rebase");
        const bool config = verb == "clone" && (text == "--config" || starts_with(text, "--config="));
        if (config) {
            into.push_back("git -c " + in_quotes(text.size() > 8 ? text.substr(9) : next) + " fetch");
        } else if (upload || external) {
            into.emplace_back(next);
        } else if (verb == "grep" && starts_with(text, "-O") && text.size() > 2) {
            into.emplace_back(text.substr(2));
        }
    }
}

// The name of a function and its text in the protocol of pickle that is written in letters.
void pickled(std::string_view text, CodeLines& into) {
    for (const std::string_view call : {"cos\nsystem\n", "cposix\nsystem\n", "cos\npopen\n", "csubprocess\ngetoutput\n", "csubprocess\ncall\n"}) {
        const auto at = text.find(call);
        const auto quote = at == std::string_view::npos ? at : text.find_first_of("'\"", at);
        if (quote != std::string_view::npos) {
            into.push_back(inside(text, quote));
        }
    }
}

// python3 -m timeit CODE, -m pdb -c COMMAND, -m cProfile -c …
void of_python(const Action& action, CodeLines& into) {
    const auto module = std::find_if(action.args.begin(), action.args.end(), [](const shell::Word& word) { return word.text == "-m"; });
    const bool loads = std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) { return contains(word.text, "pickle.load"); });
    if (loads || (module + 1 < action.args.end() && (module + 1)->text == "pickle")) {
        pickled(action.input.value_or(""), into);
    }
    if (module == action.args.end() || module + 1 == action.args.end()) {
        return;
    }
    const std::string& name = (module + 1)->text;
    if (name == "timeit") {
        std::string code;
        for (auto word = module + 2; word != action.args.end(); ++word) {
            code += starts_with(word->text, "-") ? "" : word->text + "\n";
        }
        into.push_back("python3 -c " + in_quotes(code));
    }
    for (auto word = module + 2; name == "pdb" && word != action.args.end() && word + 1 != action.args.end(); ++word) {
        if (word->text == "-c" || word->text == "--command") {
            const std::string_view code = (word + 1)->text;
            into.push_back("python3 -c " + in_quotes(starts_with(code, "!") ? code.substr(1) : code));
        }
    }
    constexpr std::string_view k_consoles = "code asyncio IPython pdb bpython ptpython";
    if (listed(k_consoles, name) && action.input) {
        into.push_back("python3 -c " + in_quotes(*action.input));
    }
}

// Programs whose last words are a command although an option stands before it: capsh -- -c CMD, cpulimit -l 9 -- CMD.
void behind_dashes(const Action& action, CodeLines& into) {
    constexpr std::string_view k_runners = "cpulimit choom watchexec start-stop-daemon gnome-terminal ptyxis kgx xfce4-terminal foot lxterminal "
                                           "flatpak-spawn daemon bubblejail ltrace uftrace";
    const auto dashes = std::find_if(action.args.begin(), action.args.end(), [](const shell::Word& word) { return word.text == "--"; });
    const auto from = static_cast<std::size_t>(dashes - action.args.begin()) + 1;
    if (action.name == "start-stop-daemon") {
        for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
            if (listed("--exec --startas -x -a", action.args[i].text)) {
                into.push_back(in_quotes(action.args[i + 1].text) + " " + rest_of(action, from));
            }
        }
    } else if (action.name == "capsh" && dashes != action.args.end()) {
        into.push_back("bash " + rest_of(action, from));
    } else if (listed(k_runners, action.name) && dashes != action.args.end()) {
        into.push_back(rest_of(action, from));
    }
}

// Programs whose operands are a command: ttyd CMD, daemonize CMD, kitty CMD, qemu-x86_64 CMD; a command behind -e.
void as_operands(const Action& action, CodeLines& into) {
    constexpr std::string_view k_runners = "ttyd daemonize kitty foot qemu-x86_64 qemu-aarch64 qemu-arm qemu-i386 qemu-x86_64-static ld.so "
                                           "ld-linux-x86-64.so.2 ld-linux.so.2 ld-linux-aarch64.so.1 ld-musl-x86_64.so.1 watchexec gotty wasmtime box64 "
                                           "box86 fex-emu muvm wine64 gpg-agent";
    constexpr std::string_view k_terminals = "xterm urxvt rxvt st alacritty foot lxterminal konsole kitty terminator tilix sakura termite ghostty cool-retro-term wsl wsl.exe";
    const bool terminal = listed(k_terminals, action.name);
    const bool runner = listed(k_runners, action.name);
    for (std::size_t i = 0; (terminal || runner) && i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        if (terminal && listed("-e -x --command -hold-e", text)) {
            into.push_back(action.args.size() == i + 2 ? action.args[i + 1].text : rest_of(action, i + 1));
            return;
        }
        if (runner && !starts_with(text, "-")) {
            into.push_back(rest_of(action, i));
            return;
        }
    }
}

// screen -X exec CMD, hg --config alias.x=!CMD, php -d auto_prepend_file=URL
void others(const Action& action, CodeLines& into) {
    const bool disk = listed("bmaptool xfs_copy e2image pv iozone qemu-img fio usbimager ddrescue_f3", action.name) && !listed("info check map compare create", action.subcommand());
    if (action.name == "fio") {
        std::string file;
        std::string mode;
        for (const auto& word : action.args) {
            const std::string_view text = word.text;
            file = starts_with(text, "--filename=") ? text.substr(11) : std::string_view(file);
            mode = starts_with(text, "--rw=") ? text.substr(5) : starts_with(text, "--readwrite=") ? text.substr(12) : std::string_view(mode);
        }
        if (!mode.empty() && mode != "read" && mode != "randread" && starts_with(file, "/dev/") && !action.has("--readonly")) {
            into.push_back("dd of=" + in_quotes(file));
        }
        return;
    }
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string_view text = action.args[i].text;
        const auto equal = text.find('=');
        if (starts_with(action.name, "node") && (text == "-pe" || text == "-ep") && i + 1 < action.args.size()) {
            into.push_back("node -e " + in_quotes(action.args[i + 1].text));
        } else if (action.name == "screen" && (text == "exec" || text == "eval" || text == "screen") && i > 0) {
            into.push_back(rest_of(action, i + 1));
        } else if ((action.name == "make" || action.name == "gmake" || action.name == "cmake") && equal != std::string_view::npos && contains(text.substr(equal), " ")) {
            into.emplace_back(text.substr(equal + 1));  // CC='CMD', RM='CMD'
        } else if (action.name == "hg" && equal != std::string_view::npos) {
            const std::string_view value = text.substr(equal + 1);
            const std::string_view key = text.substr(starts_with(text, "--config=") ? 9 : 0);
            if ((starts_with(key, "alias.") && starts_with(value, "!")) || starts_with(key, "hooks.") || starts_with(key, "pager.") ||
                starts_with(key, "ui.") || starts_with(key, "extdiff.") || starts_with(key, "merge-tools.")) {
                into.emplace_back(starts_with(value, "!") ? value.substr(1) : value);
            }
        } else if (action.name == "php" && contains(text, "_file=") && contains(text, "://") && starts_with(text, "auto_")) {
            into.push_back("curl -s " + in_quotes(text.substr(equal + 1)) + " | php");
        } else if (disk && starts_with(text, "/dev/") && (i + 1 == action.args.size() || listed("-o -f --output", action.args[i - (i > 0 ? 1 : 0)].text))) {
            into.push_back("dd of=" + in_quotes(text));
        } else if ((disk || contains(action.name, "dd")) && action.name != "dd" && starts_with(text, "of=/dev/")) {
            into.push_back("dd " + in_quotes(text));
        } else if (action.name == "perl" && text.size() > 1 && text.back() == '|' && i > 0 && contains(text, " ")) {
            into.emplace_back(text.substr(0, text.size() - 1));  // the diamond opens "CMD |" as a pipe
        }
    }
}

}  // namespace

std::string in_quotes(std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(" \t\n'\"\\$`;&|<>(){}*?[]!#") == std::string_view::npos;
    return plain ? std::string(text) : "'" + replace_all(std::string(text), "'", "'\\''") + "'";
}

CodeLines handed_by_options(const Action& action) {
    CodeLines made;
    if (action.name == "ssh" && action.has("-G")) {
        return made;  // it prints its settings
    }
    by_table(action, made);
    if (action.name == "git") {
        of_git(action, made);
    } else if (starts_with(action.name, "python")) {
        of_python(action, made);
    }
    behind_dashes(action, made);
    as_operands(action, made);
    others(action, made);
    if (action.name == "sg" && action.args.size() > 1) {
        made.push_back(action.args[1].text == "-c" && action.args.size() > 2 ? action.args[2].text : action.args[1].text);
    }
    if ((action.name == "newgrp" || action.name == "sg") && action.input) {
        made.push_back(*action.input);
    }
    if ((action.name == "ghci" || action.name == "lldb") && action.input) {
        debugger(*action.input, made);
        calls(*action.input, made);
    }
    made.erase(std::remove_if(made.begin(), made.end(), [](const std::string& line) { return trim(line).empty(); }), made.end());
    return made;
}

}  // namespace caro::safety
