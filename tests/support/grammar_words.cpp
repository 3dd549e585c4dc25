#include <cstring>
#include <set>

#include "shell/word_text.hpp"
#include "support/grammar_internal.hpp"

namespace caro::shell::grammar {

Word Builder::word(TSNode node, const Scope& scope, int depth) {
    Word made;
    if (ts_node_is_null(node)) {
        return made;
    }
    made.span = span_of(node);
    word_part(node, false, scope, depth, made);
    if (made.tilde && !m_environment.home.empty() &&
        (made.text.size() == 1 || made.text[1] == '/')) {
        made.text.replace(0, 1, m_environment.home);
    }
    return made;
}

// Appends unquoted source text: backslashes removed, globs and a leading tilde noted.
static void append_unquoted(std::string_view source, Word& into) {
    into.tilde = into.tilde || (into.text.empty() && source.substr(0, 1) == "~");
    for (std::size_t i = 0; i < source.size(); ++i) {
        const char c = source[i];
        if (c == '\\' && i + 1 < source.size()) {
            ++i;
            into.text += source[i] == '\n' ? "" : std::string(1, source[i]);
            continue;
        }
        into.glob = into.glob || c == '*' || c == '?' || c == '[';
        into.text += c;
    }
}

void Builder::word_part(TSNode node, bool quoted, const Scope& scope, int depth, Word& into) {
    if (depth > k_deepest) {
        give_up(node, "nested too deeply");
        into.text += Word::k_unknown;
        return;
    }
    const std::string_view kind = type(node);
    if (kind == "word" || kind == "number" || kind == "variable_name" || kind == "regex" ||
        kind == "extglob_pattern" || kind == "test_operator") {
        append_unquoted(text(node), into);
        children(node, true, [&](TSNode child, const char*) { statement(child, scope, depth + 1); });
    } else if (kind == "raw_string") {
        into.text += text(node).substr(1, text(node).size() >= 2 ? text(node).size() - 2 : 0);
    } else if (kind == "ansi_c_string") {
        append_ansi_c(text(node), into.text);
    } else if (kind == "string" || kind == "translated_string" || kind == "heredoc_body") {
        // Text between the children is literal; the grammar leaves some of it out of the tree.
        std::size_t at = span_of(node).start + (kind == "heredoc_body" ? 0 : 1);
        const std::size_t end = span_of(node).end - (kind == "heredoc_body" ? 0 : 1);
        children(node, true, [&](TSNode child, const char*) {
            if (type(child) == "string_content" || type(child) == "heredoc_content") {
                return;
            }
            append_double_quoted(m_source.substr(at, span_of(child).start - at), into.text);
            word_part(child, true, scope, depth + 1, into);
            at = span_of(child).end;
        });
        if (end > at) {
            append_double_quoted(m_source.substr(at, end - at), into.text);
        }
    } else if (kind == "concatenation" || kind == "command_name") {
        std::size_t at = span_of(node).start;
        children(node, false, [&](TSNode child, const char*) {
            if (span_of(child).start > at) {
                append_unquoted(m_source.substr(at, span_of(child).start - at), into);
            }
            if (ts_node_is_named(child)) {
                word_part(child, false, scope, depth + 1, into);
            } else {
                append_unquoted(text(child), into);
            }
            at = span_of(child).end;
        });
    } else if (kind == "simple_expansion") {
        variable(text(node).substr(1), into);
    } else if (kind == "expansion") {
        expansion(node, scope, depth, into);
    } else if (kind == "command_substitution" || kind == "process_substitution") {
        Scope inner = scope;
        inner.substituted = true;
        inner.feeds_word = scope.feeds_word;
        statements_in(node, inner, depth + 1);
        into.text += Word::k_unknown;
    } else {
        children(node, true, [&](TSNode child, const char*) { statement(child, scope, depth + 1); });
        into.text += Word::k_unknown;
        if (kind == "brace_expression") {
            into.glob = true;
        }
        if (kind == "ERROR") {
            give_up(node, "syntax not understood");
        }
    }
    static_cast<void>(quoted);
}

void Builder::variable(std::string_view name, Word& into) {
    if (name.size() >= 2 && name.front() == '{') {
        name = name.substr(1, name.size() - 2);
    }
    const auto it = m_variables.find(name);
    if (it != m_variables.end()) {
        into.text += it->second.text;
        into.glob = into.glob || it->second.glob;
        return;
    }
    if (name == "HOME" && !m_environment.home.empty()) {
        into.text += m_environment.home;
    } else if (name == "IFS") {
        into.text += ' ';
    } else {
        into.text += Word::k_unknown;
        into.unset_variable = true;
    }
}

// ${name}, ${name:-default} and the like.
void Builder::expansion(TSNode node, const Scope& scope, int depth, Word& into) {
    const std::string_view all = text(node);
    const std::string_view inner = all.size() >= 3 ? all.substr(2, all.size() - 3) : "";
    const bool plain = std::all_of(inner.begin(), inner.end(), is_name_character);
    if (plain && !inner.empty()) {
        variable(inner, into);
        return;
    }
    const auto colon = inner.find_first_of(":-=");
    const std::string name(inner.substr(0, std::min(colon, inner.size())));
    const bool defaulted = inner.find(":-") == name.size() || inner.find(":=") == name.size() ||
                           inner.find('-') == name.size();
    bool used = false;
    children(node, true, [&](TSNode child, const char*) {
        if (type(child) == "variable_name") {
            return;
        }
        if (defaulted && !used && m_variables.find(name) == m_variables.end() && name != "HOME") {
            word_part(child, false, scope, depth + 1, into);
            used = true;
        } else {
            Word ignored;
            word_part(child, false, scope, depth + 1, ignored);
        }
    });
    if (!used) {
        if (defaulted && (m_variables.count(name) != 0 || name == "HOME")) {
            variable(name, into);
        } else {
            into.text += Word::k_unknown;
            into.unset_variable = inner.find('?') == std::string_view::npos;
        }
    }
}

}  // namespace caro::shell::grammar
