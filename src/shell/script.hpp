// What one command line or script does, reduced to what judging it needs: the commands it would run, in order, with
// the values of their words as far as they can be known.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::shell {

// Byte range in the source, end exclusive.
struct Span {
    std::size_t start = 0;
    std::size_t end = 0;
};

// One word after quotes are removed and constant variables are filled in. A part whose value cannot be known
// (a variable, the output of a command) is a single k_unknown byte in `text`.
struct Word {
    static constexpr char k_unknown = '\x1a';

    std::string text;
    bool glob = false;           // holds an unquoted *, ? or [
    bool tilde = false;          // began with an unquoted ~
    bool unset_variable = false; // an unknown part is a variable nobody set here: it may be empty
    bool guessed = false;        // of another language: the text is what it probably is
    bool credential = false;     // an unknown part is a variable that holds a key to something (GITHUB_TOKEN)
    Span span;
    std::vector<Span> sources;   // of the substitutions that unknown parts come from

    bool known() const { return text.find(k_unknown) == std::string::npos; }
};

struct Redirect {
    std::string op;  // ">", ">>", "<", ">|", "&>", "<<", "<<<", …
    Word target;     // of a here-document: its body
    Span span;
    int descriptor = -1;  // as written before the operator; -1: the usual one
};

struct Command {
    std::map<std::string, Word> assignments;
    std::vector<Word> words;  // the command name first; empty for a bare assignment
    std::vector<Redirect> redirects;
    Span span;
    std::optional<std::string> input;  // what it reads from a pipe or here-document, if that is known
    bool called = false;     // a function of that name is called; its body is there as pipelines of its own
    bool expanded = false;   // eval, a function: what it runs is there as pipelines of its own
    bool only_flow = false;  // a copy that tells what goes through the pipeline; it is judged where it stands
};

// Commands joined by |. Commands inside compound commands, substitutions and functions are pipelines of their own.
struct Pipeline {
    // Marks have no stages: what comes between them is in a subshell, which has its own working folder.
    enum class Mark : unsigned char { none, enter_subshell, leave_subshell };

    Mark mark = Mark::none;
    std::vector<Command> stages;
    Span span;
    std::vector<std::string> functions;  // names of the functions it stands in, outermost first
    bool in_endless_loop = false;
    bool background = false;
    bool dead = false;         // never runs: the condition before it is sure to fail
    bool uncalled = false;     // stands in a function that is defined, but not called
    bool substituted = false;  // stands in $(…) or `…` or <(…)
    bool feeds_word = false;   // its output becomes a word that is a command name or code (eval "$(…)")
};

struct Script {
    std::vector<Pipeline> pipelines;       // in the order they would run
    std::vector<std::string> functions;    // names that are defined
    std::map<std::string, Span> exported;  // functions that another bash knows (export -f), by their names: where they are defined
    std::map<std::string, Word> variables; // at the end
    std::map<std::string, std::string> files;  // what it writes, as far as that is known
    bool complete = true;                  // false: parts were not understood
    std::string problem;                   // where, for people
};

// Facts that words are evaluated with.
struct Environment {
    std::string home;  // value of $HOME and ~; "" = unknown
    std::map<std::string, Word> variables = {};
    std::map<std::string, std::string> files = {};  // contents of files, by the names they were written with
    std::vector<Word> arguments = {};          // $1, $2 …
    bool arguments_known = false;              // false: there may be others
    std::optional<std::string> input = {};     // what the shell reads, if it is no terminal
    bool unrolls = true;                       // loops over known words are followed for each of them
    std::shared_ptr<long> work = nullptr;      // what text tools may still cost; shared with code within code
};

constexpr long k_most_work = 6000;  // of text tools in all: a light one is 1, a programmable one 20, one that comes to nothing 60

// Reads POSIX shell, bash and most of zsh, and follows it as far as values are known: variables, functions, aliases,
// eval, loops over known words, the output of echo and the like. Total: any bytes give a Script, in bounded time and
// depth; what is too long (over 256 kB), too deep or not understood is reported as incomplete.
Script parse(std::string_view source, const Environment& environment);

}  // namespace caro::shell
