// Follows a syntax tree in the order it would run and writes down the commands. Internal to shell.
// walker.cpp: statements; loops.cpp: loops; simple_command.cpp: commands and builtins; expand.cpp: words; parameter.cpp: ${…}; values.cpp:
// variables; conditions.cpp: what is sure to hold; descriptors.cpp: redirections and where output goes; builtins.cpp: builtins.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shell/script.hpp"
#include "shell/syntax.hpp"

namespace caro::shell {

struct Value {
    Word word;
    std::vector<Word> elements;  // of an array
    std::map<std::string, Word, std::less<>> keys;  // of an associative array
    bool array = false;
    bool associative = false;
    bool integer = false;  // declare -i
    char fold = '\0';      // l or u: declare -l, declare -u
};

constexpr int k_deepest_code = 6;  // eval in eval

class Walker {
  public:
    explicit Walker(const Environment& environment);

    Script walk(const Tree& tree);

  private:
    using Output = std::optional<std::string>;
    using Variables = std::map<std::string, Value, std::less<>>;

    struct Scope {
        std::vector<std::string> functions;
        bool endless = false;
        bool substituted = false;
        bool feeds_word = false;
        bool background = false;
        bool dead = false;
        int depth = 0;
        std::shared_ptr<std::string> input;  // what is left to read; nullptr: not known
        const std::vector<Command>* before = nullptr;  // stages of pipelines around that feed this
    };
    struct State;  // what a subshell leaves as it was

    // Statements. They return what is printed, if that is known.
    Output run(const Node& node, const Scope& scope);
    void run_test(const Node& node, const Scope& scope);
    void match(const std::string& text, const std::string& pattern);
    static bool is_quick(const std::string& pattern);
    Output run_sequence(const Node& node, const Scope& scope);
    static bool is_test(const Node& node);
    Output run_and_or(const Node& node, const Scope& scope);
    std::optional<bool> outcome(const Node& node, int depth) const;
    void run_dead(const Node& node, const Scope& scope);
    static bool never_fits(const Node& subject, const Node& patterns);
    void note_exit(const Command& made, const Scope& scope, bool alone);
    Output run_pipeline(const Node& node, const Scope& scope);
    Output run_stages(const Node& node, const Scope& scope);
    Output run_coprocess(const Node& node, const Scope& scope);
    bool run_counted(const Node& node, const Scope& scope, Output& output);
    static bool may_leave(const Node& node, int depth);
    Output run_stage(const Node& node, Scope& scope, Pipeline& into);
    Output run_compound(const Node& node, Scope& scope, Pipeline& into);
    Output run_subshell(const Node& node, const Scope& scope);
    bool fits_pattern(const Node& patterns, const std::string& subject, const Scope& scope);
    Output run_branches(const Node& node, const Scope& scope);
    Output run_loop(const Node& node, const Scope& scope);
    Output run_each(const Node& node, const Scope& scope);
    Output run_body(const Node& node, const Scope& scope);
    void add_flow(std::size_t first, Pipeline& into) const;
    void mark(Pipeline::Mark mark, const Span& span);
    bool spend();
    void too_much();

    // Simple commands.
    Command expand_command(const Node& node, const Scope& scope);
    void expand_redirects(const Node& node, const Scope& scope, Command& into);
    Output run_simple(const Node& node, Scope& scope, Pipeline& into);
    Output run_words(Command& made, Scope& scope, Pipeline& into);
    void assign(const RawAssignment& raw, const Scope& scope, Command& into, bool keep);
    bool builtin(Command& made, const Scope& scope);
    static Value attributes_of(const Command& made);
    void declare(const Command& made);
    void test_words(const Command& made, const Scope& scope);
    void unset(const Command& made);
    void export_functions(const Command& made);
    static std::string next_record(std::string& input, char end);
    void set_arguments(const Command& made);
    void read_variables(const Command& made, const Scope& scope);
    void read_array(const Command& made, const Scope& scope);
    void print_variable(const Command& made);
    Output remembered(const Command& made, std::size_t at, const Scope& scope);
    Output told_by_builtin(const Command& made, std::size_t at) const;
    Output run_code(const std::string& code, const Scope& scope, const Span& span);
    Output call(const std::string& name, const Command& made, const Scope& scope);
    void expand_alias(Command& made, const Scope& scope);
    static Output printed_by_find(const Command& made);
    Output printed(const Command& made, const Scope& scope);
    void store_pieces(const Command& made, std::size_t at);
    void store_copies(const Command& made, std::size_t at);
    void run_filter(const Command& made, const Scope& scope);
    Output in_path(const Command& made, const std::string& name) const;
    Output finish_output(const Command& made, Output output, const Scope& scope);
    Output contents(const std::string& name) const;
    std::shared_ptr<std::string> descriptor_input(const std::string& number) const;
    void open_input(int descriptor, const Output& text, Command& into, bool for_good);
    std::string reading_process(std::size_t first);
    void start_coprocess(const std::string& name, std::size_t first);
    void store(const std::string& given, const std::string& text, bool appends);
    void feed_shell(const Output& text, const Scope& scope, const Span& span);
    static std::size_t name_index(const Command& made);

    // Words.
    std::vector<Word> fields(const RawWord& raw, const Scope& scope);
    void fields_of(const Parts& parts, const Scope& scope, const Span& span, std::vector<Word>& into);
    Word value_of(const Parts& parts, const Scope& scope, const Span& span);
    std::vector<Parts> braces(const Parts& parts);
    std::vector<Word> part_values(const Part& part, const Scope& scope, bool may_vanish);
    Word alternative(const Part& part, bool filled, const Scope& scope);
    std::vector<Word> parameter(const Part& part, const Scope& scope);
    std::vector<Word> indirect(const Part& part, const std::string& index, const Scope& scope);
    std::vector<Word> sliced(const Part& part, std::vector<Word> values, const Scope& scope);
    std::vector<Word> flagged(const Part& part, std::vector<Word> values, const Scope& scope);
    static std::string flag_text(const std::string& flags, char flag);
    Word flagged_value(const std::string& flags, Word value, const Part& part, const Scope& scope);
    static Word length_of(const Part& part, const std::string& index, const std::vector<Word>& values);
    std::string index_of(const std::string& index, const Scope& scope, const Span& span);
    bool slice_of(const std::string& argument, long& from, std::optional<long>& length);
    Word run_text(const std::string& text, const Scope& scope, const Span& span);
    void run_index(const std::string& text, const Scope& scope, const Span& span);
    std::optional<long> number_of(const std::string& expression, const Scope* scope, const Span& span);
    Word edited(const Part& part, const Word& value, const Scope& scope);
    Word substituted(const Part& part, const Scope& scope);
    Word arithmetic(const Part& part, const Scope& scope);
    void tilde(Word& word) const;

    // Variables.
    std::vector<Word> look_up(const std::string& name, const std::string& index, bool& is_set);
    std::vector<Word> special(const std::string& name, bool& is_set) const;
    void set(const std::string& given, Word value);
    void put(Value& array, const std::string& index, Word value);
    void forget(const std::string& name);
    State state();
    void restore(State state);
    void join(const State& other);
    Word usual(const std::string& name, bool& is_set) const;
    std::vector<Word> indices(const std::string& name, const Span& span);
    void fill(Value& array, std::vector<Word> elements);
    void shape(const Value& old, Value& value);
    std::string separators() const;
    std::string joint(const Part& part) const;
    const std::string& resolved(const std::string& name) const;
    void refer(const Command& made);

    const Environment& m_environment;
    Script m_script;
    Variables m_variables;
    std::vector<Word> m_arguments;
    bool m_arguments_known;
    std::map<std::string, std::shared_ptr<Node>, std::less<>> m_functions;
    std::map<std::string, Span> m_function_spans;
    std::set<std::string, std::less<>> m_called;
    std::map<std::string, std::string, std::less<>> m_aliases;
    std::vector<std::string> m_calls;   // functions being run, outermost first
    std::string m_last_argument;        // $_
    std::string m_remembered;           // what history -s put there
    std::map<std::string, std::string, std::less<>> m_references;  // declare -n NAME=OTHER
    std::map<std::string, std::string, std::less<>> m_descriptors;  // what open descriptors write to
    std::map<std::string, std::shared_ptr<std::string>, std::less<>> m_open;  // what is left to read from them
    std::shared_ptr<std::string> m_input;  // of the shell itself, after exec < FILE
    std::string m_folder;  // where the last cd led, if it is an absolute path
    std::set<std::string, std::less<>> m_shells;  // names of processes that run what they read
    bool m_gone = false;  // exit was sure to run: what follows does not
    bool m_builtins_changed = false;  // enable -n false: the name may be any program
    std::size_t m_budget = 6000;  // commands that may still be followed
    std::shared_ptr<long> m_work;  // what text tools may still cost
    int m_codes = 0;              // depth of eval
    int m_matches = 0;            // regular expressions that were tried
    std::size_t m_copied = 0;     // variables copied by state()
};

struct Walker::State {
    Variables variables;
    std::vector<Word> arguments;
    bool arguments_known = false;
    bool gone = false;
};

// What is printed first and then, if both are known.
std::optional<std::string> added(std::optional<std::string> first, const std::optional<std::string>& then);

// A word whose value is not known.
Word unknown_word(bool unset, const Span& span);

}  // namespace caro::shell
