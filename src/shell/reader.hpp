// A reader of POSIX shell, bash and the common parts of zsh. Internal to shell: use read_syntax of syntax.hpp.
// The words are read in word_reader.cpp, lists and pipelines in reader.cpp, compound
// commands in compound_reader.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/syntax.hpp"

namespace caro::shell {

// These end a word wherever they are not quoted.
inline constexpr std::string_view k_metacharacters = " \t\n;&|()<>";

class Reader {
  public:
    // `tree` gets the first problem. With `fixed`, everything gets that span: `source` is no part of the text shown.
    Reader(std::string_view source, int depth, Tree& tree, const Span* fixed = nullptr)
        : m_source(source), m_depth(depth), m_tree(tree), m_fixed(fixed) {}

    std::shared_ptr<Node> program();
    // All of the source as text in double quotes.
    Parts text() { return quoted_until('\0'); }

  private:
    struct Pending {  // a here-document whose body has not come yet
        std::shared_ptr<Node> owner;
        std::size_t index;
        std::string delimiter;
        bool strips_tabs;
    };
    class Deeper;
    using Made = std::shared_ptr<Node>;

    // Characters.
    bool at_end() const { return m_at >= m_source.size(); }
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }
    bool starts(std::string_view text) const {
        return m_at < m_source.size() && m_source.substr(m_at, text.size()) == text;
    }
    void skip_joins();
    void skip_blanks();
    void skip_newlines();
    bool at_word_end() const;
    void fail(std::string_view why);
    void stop();
    Span span(std::size_t start) const;

    // Grammar.
    Made make(Node::Kind kind) const;
    Made sequence();
    Made and_or();
    Made pipeline();
    Made command();
    Made compound(const std::string& word);
    Made simple();
    Made braces();
    Made subshell();
    Made if_command();
    Made loop_command(bool until);
    Made for_command();
    Made for_body();
    Made case_command();
    Made function_command(const std::string& name);
    Made test_command();
    Made arithmetic_command();
    std::string reserved();
    void take_reserved() { m_at = m_reserved_end; }
    bool accept(std::string_view word);
    void expect(std::string_view word);
    bool at_stop();
    bool opens_compound();
    std::string skip_prefixes();
    bool assignment_ahead() const;
    void assignment(const Made& into);
    void array(RawAssignment& into);
    bool redirect(const Made& into);
    bool redirect_ahead() const;
    void redirects(const Made& into);
    void newline();
    void here_documents();
    std::size_t arithmetic_end(std::size_t from);

    // Words.
    RawWord word(bool pattern = false);
    bool word_character(RawWord& into, bool pattern);
    void group_in_word(RawWord& into);
    bool skip_qualifiers(RawWord& word);
    bool run_qualifier(RawWord& word);
    void single_quoted(Parts& into);
    void ansi_quoted(Parts& into);
    Parts quoted_until(char end);
    void dollar(Parts& into, bool quoted);
    void parameter(Parts& into, bool quoted);
    void zsh_flags(Part& into, bool quoted);
    std::string parameter_operator();
    Parts parameter_argument(bool quoted);
    void substitution(Parts& into, bool quoted, Part::Kind kind);
    void backquoted(Parts& into, bool quoted);
    void arithmetic(Parts& into, bool quoted, std::size_t end);
    static void append(Parts& into, char c, bool quoted);

    std::string_view m_source;
    std::size_t m_at = 0;
    int m_depth;
    Tree& m_tree;
    const Span* m_fixed;
    std::size_t m_reserved_end = 0;
    std::size_t m_no_arithmetic_from = std::string_view::npos;  // no )) is closed from here on
    std::vector<Pending> m_pending;
};

// Counts how deep a construct stands; false if it is too deep, and then reading has stopped.
class Reader::Deeper {
  public:
    explicit Deeper(Reader& reader) : m_reader(reader) {
        if (++m_reader.m_depth > k_deepest) {
            m_reader.fail("nested too deeply");
            m_reader.stop();
        }
    }
    ~Deeper() { --m_reader.m_depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

  private:
    static constexpr int k_deepest = 120;
    Reader& m_reader;
};

}  // namespace caro::shell
