// Code that programs are handed by options, variables and settings files, as command lines of a shell that do the same.
// Internal to safety.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "safety/judge.hpp"

namespace caro::safety {

// What a file holds that this text wrote, or what is read from standard input ("-"); nothing if that is not known.
using FileText = std::function<std::optional<std::string>(std::string_view path)>;

using CodeLines = std::vector<std::string>;

// strace -o '|CMD', rpm --eval '%(CMD)', apt -o …::Pre-Invoke=CMD, git fetch --upload-pack=CMD …
CodeLines handed_by_options(const Action& action);

// The same for any program: --on-change CMD, x.command=CMD, '|CMD', 'system("CMD")'.
CodeLines handed_in_general(const Action& action);

// Words from a harmful program on, and operands that begin with one: nq rm -rf x, retry 'rm -rf x'. A guess: only a disaster counts.
CodeLines handed_perhaps(const Action& action);

// What looks like a command in a text that some program takes for its program or its settings.
CodeLines code_in_general(std::string_view text);

// The program reads a file of that name without being told: setup.py, PKGBUILD.
bool reads_usually(std::string_view program, std::string_view path);

// There are such files for the program.
bool reads_untold(std::string_view program);

// What it is given is data, or is read by itself.
bool runs_no_file(std::string_view program);

// Lines that a program with a prompt of its own reads: !CMD, shell CMD, system("CMD")
CodeLines handed_to_prompt(const Action& action, std::string_view input);

// By its end the variable holds a command: X_PAGER, X_COMMAND.
bool names_command(std::string_view variable);

// ssh -F FILE, tmux -f FILE, modprobe -C FILE, ninja -f FILE, crontab FILE, run-parts FOLDER …
CodeLines handed_by_files(const Action& action, const FileText& text);

// The commands that are in a settings file of that kind, which its name tells: ssh_config, tmux.conf, build.ninja …
// "" if the kind is not known.
std::string_view settings_kind(std::string_view path);
CodeLines code_in_settings(std::string_view kind, std::string_view text);

// The value of the variable is the command line of a helper: RSYNC_RSH, AWS_PAGER, CC.
bool holds_command(std::string_view name);

// RSYNC_RSH=CMD rsync …, VIMINIT='!CMD' vim: what the variable makes a program run. `alone`: it is only set, for later.
CodeLines handed_by_variable(std::string_view name, std::string_view value, const Action& action);

// Options that a variable gives to the program: TAR_OPTIONS, TF_CLI_ARGS_apply; "" if it is none for this program.
std::vector<std::string> options_in_variable(std::string_view name, std::string_view value, const Action& action);

// What a file is that is run by its name, from its first line: #!/bin/rm -rf → rm -rf FILE ARGS.
std::optional<std::string> by_first_line(std::string_view text, const std::string& path, const std::vector<shell::Word>& args,
                                         std::size_t first_argument);

// The source that a compiler was given, and the program it makes of it.
struct Built {
    std::string source;
    std::string program;  // "" if it is run at once: go run, tcc -run
};
std::optional<Built> built(const Action& action, const FileText& text);

// What a program in C, C++, Go, Rust, Java … does that matters here, as command lines.
CodeLines compiled_code(std::string_view source);

// A word of the shell that stands for the text as it is.
std::string in_quotes(std::string_view text);

// Words separated by blanks; quotes and brackets keep blanks together.
std::vector<std::string> plain_words(std::string_view text);

}  // namespace caro::safety
