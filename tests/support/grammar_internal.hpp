// The builder behind grammar.hpp, in two files: grammar.cpp has commands, grammar_words.cpp words.
#pragma once

#include <tree_sitter/api.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "support/grammar.hpp"

namespace caro::shell::grammar {

inline constexpr int k_deepest = 300;

struct Scope {
    std::vector<std::string> functions;
    bool endless = false;
    bool substituted = false;
    bool feeds_word = false;
};

class Builder {
  public:
    Builder(std::string_view source, const Environment& environment)
        : m_source(source), m_environment(environment) {}

    Script build(TSNode root) {
        statement(root, {}, 0);
        std::stable_sort(m_script.pipelines.begin(), m_script.pipelines.end(),
                         [](const Pipeline& a, const Pipeline& b) { return a.span.start < b.span.start; });
        return std::move(m_script);
    }

  private:
    std::string_view text(TSNode node) const {
        const Span span = span_of(node);
        return m_source.substr(span.start, span.end - span.start);
    }
    static Span span_of(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }
    static std::string_view type(TSNode node) { return ts_node_type(node); }

    void give_up(TSNode node, std::string_view why) {
        if (m_script.complete) {
            m_script.complete = false;
            m_script.problem = fmt::format("{} at byte {}", why, ts_node_start_byte(node));
        }
    }

    template <class Visit>
    void children(TSNode node, bool named, const Visit& visit) {
        TSTreeCursor cursor = ts_tree_cursor_new(node);
        if (ts_tree_cursor_goto_first_child(&cursor)) {
            do {
                const TSNode child = ts_tree_cursor_current_node(&cursor);
                if (!named || ts_node_is_named(child)) {
                    visit(child, ts_tree_cursor_current_field_name(&cursor));
                }
            } while (ts_tree_cursor_goto_next_sibling(&cursor));
        }
        ts_tree_cursor_delete(&cursor);
    }

    void statement(TSNode node, const Scope& scope, int depth);
    void statements_in(TSNode node, const Scope& scope, int depth);
    void pipeline(TSNode node, const Scope& scope, int depth, bool background);
    void loop(TSNode node, const Scope& scope, int depth);
    void function(TSNode node, const Scope& scope, int depth);
    Command command(TSNode node, const Scope& scope, int depth);
    void assignment(TSNode node, const Scope& scope, int depth, Command& into);
    void redirect(TSNode node, const Scope& scope, int depth, Command& into);
    void stages_of(TSNode node, const Scope& scope, int depth, Pipeline& into);
    Word word(TSNode node, const Scope& scope, int depth);
    void word_part(TSNode node, bool quoted, const Scope& scope, int depth, Word& into);
    void expansion(TSNode node, const Scope& scope, int depth, Word& into);
    void variable(std::string_view name, Word& into);

    std::string_view m_source;
    const Environment& m_environment;
    std::map<std::string, Word, std::less<>> m_variables;
    Script m_script;
    std::vector<Command> m_heredoc_stages;  // of the here-document being read
};

}  // namespace caro::shell::grammar
