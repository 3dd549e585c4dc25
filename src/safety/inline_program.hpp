// One program in another language: its tokens, what is known of its variables, and the effects of its calls. Internal
// to safety. inline_expressions.cpp: values; inline_code.cpp: calls.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "safety/inline_code.hpp"
#include "safety/inline_names.hpp"
#include "safety/inline_tokens.hpp"

namespace caro::safety {

inline constexpr std::size_t k_steps = 400'000;
inline constexpr std::size_t k_most_rounds = 12;  // of loops through lists that are known

template <class List>
bool in(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// A word in single quotes of the shell.
std::string quoted(std::string_view word);

class Program {
  public:
    Program(std::string_view code, std::string_view language)
        : m_language(language), m_bare_calls(language == "perl" || language == "ruby" || language == "php" || language == "lua" || language == "elixir" ||
                                           language == "groovy"),
          m_tokens(code_tokens(code, language)) {
        fold_names(m_tokens, language);
        for (const auto& t : m_tokens) {
            if (t.text == "child_process" || t.text == "node:child_process") {
                m_mentioned.insert("child_process");
            }
            if (t.kind == CodeToken::Kind::name) {
                m_mentioned.insert({t.text, t.last(), std::string_view(t.text).substr(0, t.text.find('.'))});
            }
        }
    }

    std::vector<ProgramEffect> judge() &&;
    // Every call only reads or prints.
    bool only_reads() const;
    // It does nothing but print, and all of that is known.
    bool only_prints_known() &&;

  private:
    const CodeToken& token(std::size_t i) const {
        static const CodeToken s_end{CodeToken::Kind::mark, ";", false, {}};
        return i < m_tokens.size() ? m_tokens[i] : s_end;
    }
    void imports();
    void call(std::size_t i);
    void special_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments);
    void open_call(const std::vector<shell::Word>& arguments);
    void code_call(std::size_t i, const std::vector<shell::Word>& arguments);
    bool only_tells_at(std::size_t i) const;
    void signs();
    void includes(std::size_t i);
    std::vector<shell::Word> arguments_of(std::size_t i);
    shell::Word expression(std::size_t& i, int depth);
    shell::Word term(std::size_t& i, int depth);
    shell::Word named_term(std::size_t& i, int depth);
    shell::Word list(std::size_t& i, int depth);
    shell::Word receiver(std::size_t i);
    std::optional<shell::Word> constant(std::size_t from, std::size_t to) const;
    std::optional<shell::Word> list_operator(std::size_t at) const;
    void assignment(std::size_t i);
    void changed(std::size_t i);
    void edited(const std::string& name, std::size_t i);
    struct Loop {
        std::string name;
        std::size_t list = 0;  // where the list begins
    };
    Loop loop_at(std::size_t i) const;
    void take_each(const std::string& name, const shell::Word& list, bool words);
    void method_loop(std::size_t i);
    void loop_variable(std::size_t i);
    void calls();
    void calls_at(std::size_t i);
    void in_order();
    void note_value(std::size_t i);
    bool is_parameter(std::size_t i) const;
    void passed(std::size_t i);
    bool language_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments);
    std::optional<std::string> inner_value(const std::string& code) const;
    std::string filled(const CodeToken& text) const;
    static std::string as_words(const std::vector<shell::Word>& arguments, std::size_t from);
    bool machine_call(std::string_view last, const std::vector<shell::Word>& arguments);
    bool process_call(std::string_view last, const std::vector<shell::Word>& arguments);
    void skip_brackets(std::size_t& i) const;
    bool runs_code(std::string_view last) const {
        constexpr std::array<std::string_view, 14> k_code = {"exec",       "eval",      "instance_eval",    "class_eval",  "eval_string", "evaluate",  "include_string",
                                                             "loadstring", "execfile", "runInThisContext", "runInNewContext", "eval_quoted", "me", "module_eval"};
        return in(k_code, last) || (last == "assert" && m_language == "php") || (last == "load" && m_language == "lua") ||
               ((last == "runcode" || last == "runsource") && m_language == "python");
    }
    static bool prints(std::string_view last) {
        constexpr std::array<std::string_view, 8> k_printers = {"print", "puts", "say", "echo", "printf", "log", "write", "p"};
        return in(k_printers, last);
    }
    bool mentions(std::string_view name) const { return m_mentioned.count(name) != 0; }
    bool fetches() const {
        return mentions("urlopen") || mentions("requests") || mentions("urllib") || mentions("file_get_contents") ||
               mentions("LWP") || mentions("URI") || mentions("fetch") || mentions("https") || mentions("http") ||
               mentions("curl_exec") || mentions("Net") ||
               std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
                   return t.kind == CodeToken::Kind::text && (t.text.substr(0, 7) == "http://" || t.text.substr(0, 8) == "https://" || t.text.substr(0, 5) == "curl " || t.text.substr(0, 5) == "wget ");
               });
    }
    void add(ProgramAct act, shell::Word word, std::string detail = "") {
        m_effects.push_back({act, std::move(word), std::move(detail)});
    }
    static shell::Word unknown() {
        shell::Word word;
        word.text = std::string(1, shell::Word::k_unknown);
        return word;
    }

    bool spent() const {
        m_budget -= m_budget > 0 ? 1 : 0;
        return m_budget == 0;
    }

    std::string_view m_language;
    bool m_bare_calls;
    bool m_reassigned = false;  // a variable gets several values
    bool m_in_order = false;
    std::set<std::string> m_assigned;
    std::vector<CodeToken> m_tokens;
    std::map<std::string, std::string, std::less<>> m_names;  // other names of calls: from os import system as s
    std::map<std::string, shell::Word, std::less<>> m_values; // constants
    std::vector<std::pair<std::string, std::vector<std::string>>> m_lists;  // what the variables of loops are, one after the other
    std::vector<ProgramEffect> m_effects;
    std::set<std::string_view> m_mentioned;   // names, their last parts and their first parts
    mutable std::size_t m_budget = k_steps;  // of steps, so that brackets in brackets take no quadratic time
};

}  // namespace caro::safety
