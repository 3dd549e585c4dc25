// The syntax tree of shell source: what is written, before anything is expanded. Internal to shell.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shell/script.hpp"

namespace caro::shell {

struct Node;

struct Part;
using Parts = std::vector<Part>;

// A piece of a word.
struct Part {
    enum class Kind : std::uint8_t {
        text,         // `text` as it is, quotes and backslashes removed
        parameter,    // ${text…}: `op` and `argument`, `index`
        command,      // $(…), `…`
        process,      // <(…), >(…), =(…)
        arithmetic,   // $((…)): `argument` holds its text
        brace_open,   // unquoted {, comma, }: perhaps a brace expansion
        brace_comma,
        brace_close,
    };
    Kind kind = Kind::text;
    bool quoted = false;
    std::string text;
    std::string op;       // of a parameter: "", "-", ":-", "#", "##", "/", "//", ":", "^^", "!" …
    std::string index;    // of a parameter: a[index]
    std::string flags;    // of a parameter in zsh: ${(L)name}, ${=name}
    Parts base;           // of a parameter in zsh: ${(L)${…}}
    Parts argument;
    std::shared_ptr<Node> list;  // of command and process
    Span span;
};

struct RawWord {
    Parts parts;
    Span span;
};

struct RawAssignment {
    std::string name;
    std::string index;  // a[index]=…
    bool append = false;
    bool array = false;
    RawWord value;
    std::vector<RawWord> elements;
    std::size_t at = 0;  // position among the words of its command
};

struct RawRedirect {
    std::string op;
    int descriptor = -1;  // -1: the usual one
    RawWord target;
    std::string variable;  // {variable}>file
    bool literal = false;  // a here-document whose delimiter is quoted
    Span span;
};

struct Node {
    enum class Kind : std::uint8_t {
        sequence,   // children one after the other
        and_or,     // children[0] (&& | ||) children[1] …; `operators` between
        pipeline,   // children are stages
        simple,     // assignments, words, redirects
        group,      // { children[0] }
        subshell,   // ( children[0] )
        branches,   // if, case: children[0] is always run, any of the others may be
        loop,       // while, until: condition, body
        each,       // for, select: `name`, words; body
        counted,    // for ((…;…;…)): body
        function,   // `name`, body
        test,       // [[ … ]] and ((…)): words for what is inside
    };
    Kind kind = Kind::sequence;
    Span span;
    std::string name;           // of a pipeline: the coprocess; of branches: "case"
    bool background = false;
    bool falls_through = false; // case: a branch goes on with the next one
    bool negated = false;       // a pipeline behind !
    bool endless = false;       // a loop whose condition never fails
    bool has_words = false;     // for x in …
    std::vector<bool> ors;      // of and_or: operator before children[i + 1] is ||
    std::vector<std::shared_ptr<Node>> children;
    std::vector<RawAssignment> assignments;
    std::vector<RawWord> words;
    std::vector<RawRedirect> redirects;  // of compound commands too
};

struct Tree {
    std::shared_ptr<Node> root;
    bool complete = true;
    std::string problem;
};

// Reads shell source. Total: linear time, bounded depth.
Tree read_syntax(std::string_view source);

// Reads text as in double quotes (of a here-document): expansions, no quotes.
Parts read_text(std::string_view source, int depth, Tree& problems);

}  // namespace caro::shell
