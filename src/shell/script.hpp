// The syntax of one command line or script, reduced to what judging it needs. Built from tree-sitter-bash.
#pragma once

#include <cstddef>
#include <map>
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
    Span span;

    bool known() const { return text.find(k_unknown) == std::string::npos; }
};

struct Redirect {
    std::string op;  // ">", ">>", "<", ">|", "&>", "<<", "<<<", …
    Word target;     // of a here-document: its body
    Span span;
};

struct Command {
    std::map<std::string, Word> assignments;
    std::vector<Word> words;  // the command name first; empty for a bare assignment
    std::vector<Redirect> redirects;
    Span span;
};

// Commands joined by |. Commands inside compound commands, substitutions and functions are pipelines of their own.
struct Pipeline {
    std::vector<Command> stages;
    Span span;
    std::vector<std::string> functions;  // names of the functions it stands in, outermost first
    bool in_endless_loop = false;
    bool background = false;
    bool substituted = false;  // stands in $(…) or `…` or <(…)
    bool feeds_word = false;   // its output becomes a word that is a command name or code (eval "$(…)")
};

struct Script {
    std::vector<Pipeline> pipelines;       // in the order they begin in the source
    std::vector<std::string> functions;    // names that are defined
    bool complete = true;                  // false: parts were not understood
    std::string problem;                   // where, for people
};

// Facts that words are evaluated with.
struct Environment {
    std::string home;  // value of $HOME and ~; "" = unknown
};

// Parses POSIX shell, bash and most of zsh. Total: any bytes give a Script, in linear time and bounded depth; what
// is too long (over 256 kB) or too deep is reported as incomplete.
Script parse(std::string_view source, const Environment& environment);

}  // namespace caro::shell
