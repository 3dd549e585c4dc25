// Reads fish and writes a POSIX shell. Internal to shell. fish.cpp: statements and blocks; fish_words.cpp: words.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "shell/fish.hpp"

namespace caro::shell {

inline bool is_fish_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Fish {
  public:
    explicit Fish(std::string_view source) : m_source(source) {}

    Translation translate() {
        statements(0);
        if (!m_blocks.empty() || m_at < m_source.size()) {
            fail();  // a block without end, a ) too many
        }
        return std::move(m_made);
    }

  private:
    struct SetOptions {
        bool asks = false;
        bool erases = false;
        bool exports = false;
        bool appends = false;
    };
    SetOptions set_options();
    enum class Block : unsigned char { braces, condition, loop, each, function, choice };

    // Output. What is put comes from where the reader stands.
    void put(std::string_view text) { put_from(text, m_at); }
    void put_from(std::string_view text, std::size_t at) {
        m_made.text += text;
        m_made.origin.insert(m_made.origin.end(), text.size(), static_cast<std::uint32_t>(std::min(at, m_source.size())));
    }

    // Not fish: what no shell reads, so that it is not taken for understood.
    void fail() { put(" ;; )"); }

    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }
    bool at_end() const { return m_at >= m_source.size(); }
    bool at_separator() const { return at_end() || peek() == ';' || peek() == '\n' || peek() == '|' || peek() == '&' || peek() == ')'; }

    void skip_blanks() {
        while (!at_end()) {
            if (peek() == ' ' || peek() == '\t' || peek() == '\r') {
                ++m_at;
            } else if (peek() == '\\' && peek(1) == '\n') {
                m_at += 2;
            } else if (peek() == '#' && (m_at == 0 || std::isspace(static_cast<unsigned char>(m_source[m_at - 1])) != 0 || m_source[m_at - 1] == ';')) {
                while (!at_end() && peek() != '\n') {
                    ++m_at;
                }
            } else {
                return;
            }
        }
    }

    // Blanks, ; and line ends; true if there was one of the latter.
    bool skip_separators() {
        bool any = false;
        for (skip_blanks(); peek() == ';' || peek() == '\n'; skip_blanks()) {
            ++m_at;
            any = true;
        }
        return any;
    }

    // The plain word that stands here, without moving: "" if it has quotes or expansions.
    std::string_view word() const {
        std::size_t end = m_at;
        while (end < m_source.size() && (is_fish_name(m_source[end]) || m_source[end] == '-' || m_source[end] == '!')) {
            ++end;
        }
        const bool whole = end >= m_source.size() || std::string_view(" \t\n\r;|&)").find(m_source[end]) != std::string_view::npos;
        return whole ? m_source.substr(m_at, end - m_at) : std::string_view();
    }
    bool accept(std::string_view wanted) {
        if (word() != wanted) {
            return false;
        }
        m_at += wanted.size();
        skip_blanks();
        return true;
    }

    void statements(int depth);
    void statement(int depth);
    bool block(int depth);
    bool inner_word(int depth);
    void end_block();
    void pattern(int depth);
    void separator();
    void simple(int depth);
    void function(int depth);
    void each(int depth);
    void choice(int depth);
    void set(int depth);
    void words(int depth);
    void argument(int depth);
    void single_quoted();
    void double_quoted(int depth);
    void substitution(int depth, bool quoted);
    void variable(bool quoted);
    std::string skip_index();
    void escape();
    void redirection();

    std::string_view m_source;
    std::size_t m_at = 0;
    Translation m_made;
    std::vector<Block> m_blocks;
    bool m_open_condition = false;  // of if or while: then or do is still to come
    bool m_first_case = false;
    bool m_goes_on = false;  // a statement begins right here
};

}  // namespace caro::shell
