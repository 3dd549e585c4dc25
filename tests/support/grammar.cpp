#include "support/grammar.hpp"

#include <tree_sitter/api.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include <fmt/core.h>

#include "shell/word_text.hpp"
#include "support/grammar_internal.hpp"

extern "C" const TSLanguage* tree_sitter_bash(void);

namespace caro::shell {

namespace {

constexpr std::size_t k_longest_source = 256 * 1024;

struct ParserDeleter {
    void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
struct TreeDeleter {
    void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

}  // namespace

namespace grammar {

void Builder::statements_in(TSNode node, const Scope& scope, int depth) {
    TSNode previous{};
    bool have_previous = false;
    // An "&" after a statement is a separate token; it is looked for before the statement is handled.
    std::vector<std::pair<TSNode, bool>> found;
    children(node, false, [&](TSNode child, const char*) {
        if (ts_node_is_named(child)) {
            found.emplace_back(child, false);
            previous = child;
            have_previous = true;
        } else if (have_previous && type(child) == "&") {
            found.back().second = true;
        }
    });
    for (const auto& [child, background] : found) {
        const std::string_view kind = type(child);
        if (kind == "pipeline" || kind == "command" || kind == "redirected_statement") {
            pipeline(child, scope, depth + 1, background);
        } else {
            statement(child, scope, depth + 1);
        }
    }
}

void Builder::statement(TSNode node, const Scope& scope, int depth) {
    if (depth > k_deepest) {
        give_up(node, "nested too deeply");
        return;
    }
    const std::string_view kind = type(node);
    if (kind == "ERROR" || ts_node_is_missing(node)) {
        give_up(node, "syntax not understood");
        statements_in(node, scope, depth);
    } else if (kind == "command" || kind == "pipeline" || kind == "redirected_statement" ||
               kind == "variable_assignment" || kind == "variable_assignments" || kind == "declaration_command" ||
               kind == "unset_command" || kind == "test_command" || kind == "negated_command") {
        pipeline(node, scope, depth, false);
    } else if (kind == "function_definition") {
        function(node, scope, depth);
    } else if (kind == "while_statement" || kind == "c_style_for_statement" || kind == "for_statement") {
        loop(node, scope, depth);
    } else if (kind == "comment" || kind == "heredoc_body" || kind == "regex" || kind == "extglob_pattern") {
        return;
    } else if (kind == "word" || kind == "string" || kind == "raw_string" || kind == "concatenation" ||
               kind == "simple_expansion" || kind == "expansion" || kind == "command_substitution" ||
               kind == "number" || kind == "ansi_c_string" || kind == "brace_expression") {
        word(node, scope, depth + 1);  // for the commands inside it
    } else {
        statements_in(node, scope, depth);  // program, list, subshell, compound statement, if, case, …
    }
}

void Builder::function(TSNode node, const Scope& scope, int depth) {
    const TSNode name = ts_node_child_by_field_name(node, "name", 4);
    const TSNode body = ts_node_child_by_field_name(node, "body", 4);
    if (ts_node_is_null(name) || ts_node_is_null(body)) {
        give_up(node, "function not understood");
        return;
    }
    Scope inner = scope;
    inner.functions.emplace_back(text(name));
    m_script.functions.emplace_back(text(name));
    statement(body, inner, depth + 1);
}

void Builder::loop(TSNode node, const Scope& scope, int depth) {
    Scope inner = scope;
    if (type(node) == "c_style_for_statement") {
        const std::string_view head = text(node);
        inner.endless = inner.endless || head.find(";;") != std::string_view::npos;
    } else if (type(node) == "for_statement") {
        const TSNode name = ts_node_child_by_field_name(node, "variable", 8);
        if (!ts_node_is_null(name)) {
            Word changing;
            changing.text = Word::k_unknown;
            m_variables[std::string(text(name))] = changing;
        }
    } else {
        const TSNode condition = ts_node_child_by_field_name(node, "condition", 9);
        const std::string_view test = ts_node_is_null(condition) ? "" : text(condition);
        const bool until = text(node).substr(0, 5) == "until";
        inner.endless = inner.endless || (!until && (test.substr(0, 4) == "true" || test.substr(0, 1) == ":")) ||
                        (until && test.substr(0, 5) == "false");
    }
    statements_in(node, inner, depth);
}

void Builder::stages_of(TSNode node, const Scope& scope, int depth, Pipeline& into) {
    const std::string_view kind = type(node);
    if (depth > k_deepest) {
        give_up(node, "nested too deeply");
    } else if (kind == "pipeline") {
        children(node, true, [&](TSNode child, const char*) { stages_of(child, scope, depth + 1, into); });
    } else if (kind == "redirected_statement") {
        const std::size_t first = into.stages.size();
        Command redirects;
        children(node, true, [&](TSNode child, const char* field) {
            if (field != nullptr && std::string_view(field) == "body") {
                stages_of(child, scope, depth + 1, into);
            } else {
                redirect(child, scope, depth + 1, redirects);
            }
        });
        if (into.stages.size() == first) {
            redirects.span = span_of(node);
            into.stages.push_back(std::move(redirects));
            return;
        }
        auto& last = into.stages.back().redirects;
        std::move(redirects.redirects.begin(), redirects.redirects.end(), std::back_inserter(last));
        into.stages.back().words.insert(into.stages.back().words.end(), redirects.words.begin(),
                                        redirects.words.end());
    } else if (kind == "negated_command") {
        children(node, true, [&](TSNode child, const char*) { stages_of(child, scope, depth + 1, into); });
    } else if (kind == "command" || kind == "variable_assignment" || kind == "variable_assignments" ||
               kind == "declaration_command" || kind == "unset_command" || kind == "test_command") {
        into.stages.push_back(command(node, scope, depth + 1));
    } else if (kind == "comment") {
        return;
    } else {
        // A compound command as a stage: its inside is judged by itself; the stage stays as a place holder.
        Command compound;
        compound.span = span_of(node);
        into.stages.push_back(compound);
        statement(node, scope, depth + 1);
    }
}

void Builder::pipeline(TSNode node, const Scope& scope, int depth, bool background) {
    Pipeline made;
    made.span = span_of(node);
    made.functions = scope.functions;
    made.in_endless_loop = scope.endless;
    made.substituted = scope.substituted;
    made.feeds_word = scope.feeds_word;
    made.background = background;
    stages_of(node, scope, depth, made);
    std::move(m_heredoc_stages.begin(), m_heredoc_stages.end(), std::back_inserter(made.stages));
    m_heredoc_stages.clear();
    m_script.pipelines.push_back(std::move(made));
}

Command Builder::command(TSNode node, const Scope& scope, int depth) {
    Command made;
    made.span = span_of(node);
    const std::string_view kind = type(node);
    if (kind == "variable_assignment") {
        assignment(node, scope, depth, made);
    } else if (kind == "test_command") {
        Word name;
        name.text = "[";
        name.span = made.span;
        made.words.push_back(name);
        children(node, true, [&](TSNode child, const char*) { statement(child, scope, depth + 1); });
        return made;
    } else if (kind == "declaration_command" || kind == "unset_command") {
        Word name;
        name.text = text(node).substr(0, text(node).find_first_of(" \t\n"));
        name.span = {made.span.start, made.span.start + name.text.size()};
        made.words.push_back(name);
    }
    children(node, true, [&](TSNode child, const char* field) {
        const std::string_view inner = type(child);
        const std::string_view role = field == nullptr ? "" : field;
        if (kind == "variable_assignment") {
            return;
        }
        if (inner == "variable_assignment") {
            assignment(child, scope, depth, made);
        } else if (inner == "command_name") {
            Scope name_scope = scope;
            name_scope.feeds_word = true;
            made.words.push_back(word(ts_node_named_child(child, 0), name_scope, depth + 1));
        } else if (role == "redirect" || inner == "file_redirect" || inner == "heredoc_redirect" ||
                   inner == "herestring_redirect") {
            redirect(child, scope, depth + 1, made);
        } else if (inner == "ERROR") {
            give_up(child, "syntax not understood");
        } else if (inner != "comment" && inner != "heredoc_body") {
            Scope argument_scope = scope;
            argument_scope.feeds_word = !made.words.empty() && runs_its_words(made.words.front().text);
            made.words.push_back(word(child, argument_scope, depth + 1));
        }
    });
    // A bare assignment stays in force for what follows; one before a command is for that command only.
    if (made.words.empty() || kind == "declaration_command") {
        for (const auto& [name, value] : made.assignments) {
            const bool repeated = scope.endless || !scope.functions.empty();
            m_variables[name] = value;
            if (repeated) {
                m_variables[name].text = Word::k_unknown;
            }
        }
    }
    return made;
}

void Builder::assignment(TSNode node, const Scope& scope, int depth, Command& into) {
    const TSNode name = ts_node_child_by_field_name(node, "name", 4);
    const TSNode value = ts_node_child_by_field_name(node, "value", 5);
    if (ts_node_is_null(name)) {
        return;
    }
    Word made;
    if (!ts_node_is_null(value)) {
        made = word(value, scope, depth + 1);
    }
    if (text(node).find("+=") != std::string_view::npos || (!ts_node_is_null(value) && type(value) == "array")) {
        made.text = Word::k_unknown;
    }
    into.assignments[std::string(text(name))] = made;
}

void Builder::redirect(TSNode node, const Scope& scope, int depth, Command& into) {
    const std::string_view kind = type(node);
    if (kind == "heredoc_redirect") {
        Redirect made{"<<", {}, span_of(node)};
        bool quoted = false;
        children(node, true, [&](TSNode child, const char*) {
            const std::string_view inner = type(child);
            if (inner == "heredoc_start") {
                quoted = text(child).find_first_of("'\"\\") != std::string_view::npos;
            } else if (inner == "heredoc_body") {
                made.target.span = span_of(child);
                if (quoted || ts_node_named_child_count(child) == 0) {
                    made.target.text = text(child);
                } else {
                    word_part(child, true, scope, depth + 1, made.target);
                }
            } else if (inner == "pipeline") {
                // `cat <<EOF | sh`: the grammar hangs the rest of the pipeline below the redirection.
                children(child, true, [&](TSNode stage, const char*) {
                    if (type(stage) == "command") {
                        m_heredoc_stages.push_back(command(stage, scope, depth + 1));
                    }
                });
            } else if (inner == "file_redirect" || inner == "herestring_redirect") {
                redirect(child, scope, depth + 1, into);
            } else if (inner != "heredoc_end") {
                into.words.push_back(word(child, scope, depth + 1));
            }
        });
        into.redirects.push_back(std::move(made));
        return;
    }
    Redirect made{"", {}, span_of(node)};
    bool have_target = false;
    children(node, false, [&](TSNode child, const char* field) {
        if (!ts_node_is_named(child)) {
            made.op += text(child);
        } else if (type(child) == "file_descriptor") {
            return;
        } else if (!have_target) {
            Scope inner = scope;
            made.target = word(child, inner, depth + 1);
            have_target = true;
        } else {
            // The grammar takes the words after a redirection for further targets; they are arguments.
            into.words.push_back(word(child, scope, depth + 1));
        }
        static_cast<void>(field);
    });
    into.redirects.push_back(std::move(made));
}

}  // namespace grammar

Script parse_with_grammar(std::string_view source, const Environment& environment) {
    if (source.size() > k_longest_source || source.find('\0') != std::string_view::npos) {
        Script script;
        script.complete = false;
        script.problem = source.size() > k_longest_source ? "it is too long" : "it holds a NUL byte";
        return script;
    }
    static thread_local std::unique_ptr<TSParser, ParserDeleter> s_parser;
    if (!s_parser) {
        s_parser.reset(ts_parser_new());
        ts_parser_set_language(s_parser.get(), tree_sitter_bash());
    }
    const std::unique_ptr<TSTree, TreeDeleter> tree(ts_parser_parse_string(
        s_parser.get(), nullptr, source.data(), static_cast<std::uint32_t>(source.size())));
    if (!tree) {
        Script script;
        script.complete = false;
        script.problem = "the parser gave up";
        return script;
    }
    const TSNode root = ts_tree_root_node(tree.get());
    Script script = grammar::Builder(source, environment).build(root);
    if (ts_node_has_error(root) && script.complete) {
        script.complete = false;
        script.problem = "syntax not understood";
    }
    return script;
}

}  // namespace caro::shell
