// The working state of one analysis, shared by the checks (one file each, listed in judge.cpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "safety/analyzer.hpp"
#include "safety/arrivals.hpp"
#include "safety/knowledge.hpp"
#include "safety/paths.hpp"
#include "shell/script.hpp"

namespace caro::safety {

// One command after wrappers (sudo, env, xargs …) are taken off.
struct Action {
    std::string name;                        // base name; "" if it is not known
    std::string path;                        // as written, for programs named by path
    std::vector<shell::Word> args;           // without the name
    std::vector<const shell::Redirect*> redirects;
    shell::Span span;
    bool privileged = false;                 // below sudo or doas
    bool name_known = true;
    bool name_fetched = false;               // the name comes from the network: $(curl …)
    bool rewritten = false;                  // links and names of files are put in
    bool renamed = false;                    // judged as the program that it is a copy of
    bool name_may_shrink = false;            // a part of the name is a variable that nobody set: r${x}m
    bool args_from_input = false;            // xargs: further operands come from a pipe
    std::string folder;                      // working folder a wrapper gives it, or ""
    bool elsewhere = false;                  // runs on another machine or in a container
    bool list_arrived = false;               // xargs -a FILE: the file came from the network
    bool called = false;                     // a function of the text, not a program
    bool contained = false;                  // runs in a container that sees no files of this machine
    bool over_tree = false;                  // run for everything below its paths (find -exec)
    bool narrowed = false;                   // … but only for some of it (find -name)
    bool of_work = false;                    // … which people made (find -name '*.py')
    std::optional<std::string> input;        // what it reads, if that is known
    std::map<std::string, shell::Word> assignments;  // variables set for it alone
    bool expanded = false;                   // what it runs is judged where it stands
    bool with_variables = false;             // options that variables give it are put in

    // True if an option of that name is there; one letter is also found inside a group of letters.
    bool has(std::string_view option) const;
    // Words that are no options; after "--" everything is.
    std::vector<const shell::Word*> operands() const;
    // The first word that is no option, or "".
    std::string_view subcommand() const;
};

// What happens to a file that is written.
enum class Writing : std::uint8_t { overwrite, append, modify, truncate, create };

// Words that a command gets from a pipe.
struct Piped {
    std::vector<shell::Word> words;
    std::string folder;                      // working folder a wrapper gives it, or ""
    bool over_tree = false;  // they are what lies below these paths
    bool narrowed = false;   // only some of it
    bool of_work = false;    // … which people made
};

struct FindPlan;

class Judge {
  public:
    Judge(const Scene& scene, int depth) : m_scene(scene), m_depth(depth), m_cwd(scene.cwd) {
        m_environment.home = scene.home;
        m_environment.work = std::make_shared<long>(shell::k_most_work);
    }

    // A program may be run once more to see what it makes; false if too many were.
    bool work_left() {
        constexpr long k_cost = 20;
        *m_environment.work -= k_cost;
        return *m_environment.work > 0;
    }

    // Judges PowerShell or cmd.exe code that stands at `span` of the source.
    void judge_powershell(std::string_view code, const shell::Span& span);
    void judge_cmd(std::string_view code, const shell::Span& span);

    // Judges source text; findings of nested code get the span of the command that runs it.
    void judge(std::string_view source);

    Report report() &&;

  private:
    friend class NestedJudge;
    friend class Effects;
    friend class PowerShell;
    friend class WindowsCmd;

    void pipeline(const shell::Pipeline& pipeline);
    Action unwrap(const shell::Command& command);
    std::string exported_functions(const Action& by) const;
    static void split_env(std::vector<shell::Word>& words);
    void lower_image(std::size_t first, const Action& act);
    void name_action(const std::vector<shell::Word>& words, Action& made) const;
    void given_assignments(const std::vector<shell::Word>& wrapper, const std::vector<shell::Word>& words, Action& made);
    void action(const Action& action, const shell::Pipeline& pipeline);
    void effects_of(const Action& action, const shell::Pipeline& pipeline);
    void nested(std::string_view code, const Action& by);
    // … with $0, $1 …; k_unknown bytes in the code stand for a value that is not known.
    void nested(std::string_view code, const Action& by, std::vector<shell::Word> arguments);
    bool globbed_name(const Action& action, const shell::Pipeline& pipeline);
    void unknown_name(const Action& action, const shell::Pipeline& pipeline);
    bool called_by_mark(const Action& action) const;
    std::string other_name(const Action& action) const;
    void note_programs(const Action& action);
    void weigh_hidden(std::size_t first, const Action& action);
    void note_links(const Action& action);
    void note_moves(const Action& act);
    const shell::Word* moved_from(const std::string& path) const;
    void note_names(const Action& action);
    bool rewrite(const Action& action, Action& into) const;
    std::string entered(const std::string& folder) const;

    // checks_*.cpp, effects*.cpp
    // True if nothing is left to judge about the command.
    bool check_effects(const Action& action, const shell::Pipeline& pipeline);
    bool check_parallel(const Action& action);
    bool check_windows_shell(const Action& action);
    bool init_script(const Action& action, const shell::Pipeline& pipeline);
    enum class Windows : std::uint8_t { no, powershell, cmd };
    Windows windows_text(std::string_view source);
    Windows judge_windows(std::string_view source);
    void forget_unix_reading(std::size_t first);
    void check_mirror(const Action& act);
    bool of_windows(const Action& action) const;
    void wrapper_effects(const std::vector<shell::Word>& words, const Inner& inner, const shell::Span& span);
    void lower_contained(std::size_t first);
    bool lies_idle(std::string_view name) const;
    bool is_taken_back(const shell::Word& signal, const Action& action) const;
    std::string start_up_text(const Action& action) const;
    void lower_idle(std::size_t first, std::string_view why);
    void check_user_rules(const Action& action);
    void check_find(const Action& action, const shell::Pipeline& pipeline);
    void check_code(const Action& action, const shell::Pipeline& pipeline);
    void check_shell(const Action& action);
    void check_shell_input(const Action& action);
    void check_make(const Action& action);
    void check_kept_code(const Action& action);
    void check_script(const shell::Word& script, const Action& action);
    void check_input_code(const Action& action, const shell::Pipeline& pipeline);
    std::string make_text(std::string_view text, const Action& action);
    bool prints_settings(const Action& action) const;
    void check_makefile(std::string_view text, const Action& action);
    void check_crontab(std::string_view table, const Action& action, bool with_user = false);
    void check_written(std::string_view file, std::string_view text, const Action& by);
    void later(std::string_view code, const Action& by);
    void check_assignments(const shell::Command& command);
    // checks_handed.cpp
    void check_handed(const Action& action);
    void judge_handed(const Action& action);
    void judge_read_files(const Action& action);
    void disaster(std::string_view code, const Action& by);
    // A line of a crontab given as if it were a command; false if it is none.
    bool check_table_line(std::string_view source);
    void check_steps(std::string_view source);
    // Texts of the line that unknown code may be made of; a disaster among them is taken for what it does.
    bool decoded_within(const shell::Span& within) const;
    void check_suspected(std::string_view source);
    void handed_variables(const Action& action);
    void judge_named_file(std::string_view name, const std::string& path, const Action& act);
    bool with_variables(const Action& action, Action& into) const;
    void stored_aliases(const Action& action);
    void note_format(std::string_view text);
    void run_by_format(const Action& action);
    void run_built(const std::string& source, const Action& action);
    std::optional<std::string> file_text(std::string_view path, const Action& action) const;
    void check_redirects(const Action& action);
    void check_emptied(const Action& action);
    void check_flow(const shell::Pipeline& pipeline, const std::vector<Action>& stages);
    void flow_into_code(const shell::Pipeline& line, const std::vector<Action>& stages, std::size_t i, bool from_network, bool decoded);
    void tell_source(std::size_t first, const shell::Span& span);
    void check_remote_shell(const shell::Pipeline& pipeline, const std::vector<Action>& stages);
    void check_truncation(const shell::Pipeline& pipeline, const std::vector<Action>& stages);
    void check_growth(const shell::Pipeline& pipeline, const std::vector<Action>& stages);
    bool feeds(const shell::Word& word, bool (*holds)(const shell::Command&)) const;
    bool feeds_shell(const std::vector<shell::Word>& words) const;
    std::string flow_secret(const shell::Pipeline& line, const std::vector<Action>& stages, std::size_t i, std::string secret);
    std::string secret_in(const Action& stage, bool sends) const;
    void note_files(const Action& stage, bool from_network, bool secret);
    void note_arrivals(const Action& stage, bool from_network);
    void note_downloads(const Action& stage);
    void note_transfers(const Action& stage);
    void note_clone(const Action& stage);
    void note_ansible(const Action& stage);
    void note_gets(const Action& stage);
    void note_mounts(const Action& stage);
    void note_unpacked(const Action& stage, bool from_network);
    void note_made(const Action& stage, bool from_network);
    void arrive(std::string_view path, const Action& by, bool open);
    void arrive_tree(std::string_view path, const Action& by, bool open, bool clone);
    bool arrived(std::string_view path, Arrival use) const;
    bool prints_arrived(const Action& stage) const;
    void check_loads(const Action& action);
    void check_ransom(const Action& act);
    void run_by(std::string_view interpreter, std::string_view option, std::string_view code, const Action& by);
    std::string written_text(std::string_view file) const;
    void check_code_variable(const std::string& name, const shell::Word& word, const shell::Command& command);
    void check_node_options(const std::string& value, const Action& by);
    void check_module_folder(const std::string& value, const Action& by);
    void check_exported_functions(const shell::Command& command);
    void check_recipes(const Action& act);
    void check_tasks(const Action& act);
    void check_named_loads(const Action& act, const std::string& name);
    void later_texts(std::string_view text, const Action& by);
    void absent_paths(std::string_view text, const Action& by);
    bool over_much(const Action& act) const;
    void check_password_hook(const Action& action);
    void check_password_hook(std::string_view text, const Action& action);
    bool asks_password(const shell::Pipeline& line, const Action& stage) const;
    bool names_arrived(std::string_view code) const;
    void check_addresses(const Action& act, const std::string& name);
    std::vector<const shell::Word*> loaded_words(const Action& act, const std::string& name) const;
    void check_loaded_settings(const shell::Command& command);
    bool fetched_by(const shell::Command& command) const;
    bool is_fetched(const shell::Word& word) const;
    void check_fork_bomb(const shell::Pipeline& pipeline, const std::vector<Action>& stages);

    void delete_target(const shell::Word& target, const Action& action, bool recursive);
    void delete_unknown(const shell::Word& target, const Action& action, bool recursive);
    void delete_found(const shell::Word& start, const Action& action, bool narrowed, bool work = false);
    void write_target(const shell::Word& target, const Action& action, Writing how);
    bool write_special(const std::string& path, const shell::Word& target, const Action& action, Writing how);
    void move_source(const shell::Word& source, const Action& action, const shell::Word* target);
    void run_on_found(const std::vector<shell::Word>& words, const shell::Word& start, const FindPlan& plan, const Action& by,
                      const shell::Pipeline& line);
    Piped piped_words(const Action& action, const shell::Pipeline& line) const;
    std::optional<std::string> argument_file(const std::vector<shell::Word>& wrapper, const std::optional<std::string>& piped) const;
    void add_input(std::vector<shell::Word>& words, const std::vector<shell::Word>& wrapper, const std::string& input) const;
    // Whether a pipeline that lies in the span, or one of the substituted ones there, is such a one; the others are not looked at.
    template <class Holds>
    bool any_inside(const shell::Span& within, Holds holds) const;
    template <class Holds>
    bool any_substituted(const shell::Span& within, Holds holds) const;
    template <class Holds>
    bool any_substituted(const shell::Word& word, Holds holds) const;
    bool nested_fetch(const shell::Span& within) const;
    bool nested_fetch(const shell::Word& word) const;
    bool nested_secret(const shell::Span& within) const;
    bool is_secret(const shell::Word& word) const;
    bool names_secrets(const std::string& pattern) const;
    bool copied_here() const;
    bool names_all_processes(const Action& action, const shell::Pipeline& line) const;
    PathClass class_of(const shell::Word& word) const;
    void sort_by_place();
    void find(std::string_view rule, std::string_view target, const shell::Span& span);
    void changes() { m_read_only = false; }

    const Scene& m_scene;
    int m_depth;
    int m_run_depth = 0;
    std::size_t m_copies = 0;
    std::size_t* m_copied = &m_copies;  // variables and files given to nested judges; counted by the outermost
    shell::Environment m_environment;
    std::vector<std::string> m_folders;  // of the shells around a subshell
    std::string m_cwd;  // folder in force; "" once it is not known
    std::string_view m_source;  // being judged
    shell::Script m_script;
    std::vector<const shell::Pipeline*> m_by_place;  // of m_script, by where they begin
    std::vector<Finding> m_findings;
    struct Ransom {
        bool encrypts = false;
        bool removes = false;
        bool told = false;
    };
    Ransom m_ransom;
    bool m_over_much = false;                    // the code is run for most of what somebody has
    const shell::Pipeline* m_line = nullptr;     // being judged
    bool m_open_flow = false;  // what the pipeline brings could be changed on the way
    Arrivals m_arrivals;  // files brought from the network by this text
    std::map<std::string, std::string> m_programs;  // copies of programs: path → name of the program
    std::map<std::string, std::string> m_links;  // folders that are others: symbolic links, mounts
    std::map<std::string, shell::Word> m_moved;   // by where they are now, what was moved there
    std::map<std::string, std::string> m_built;    // programs compiled here: path → source
    std::map<std::string, std::string> m_formats;  // endings of files and what runs them: binfmt_misc
    std::string m_included;                        // settings file that git was told to include
    int m_files_judged = 0;
    std::map<std::string, std::string> m_aliases;  // "git x" → what it stands for
    std::vector<std::string> m_option_names;     // files made here whose names are options: --checkpoint=1
    std::string m_search;                        // CDPATH
    std::size_t m_network_stage = 0;  // of the pipeline: the first stage that reads what came from the network
    bool m_fetched_input = false;                // exec < <(curl …): all input comes from the network
    bool m_hidden_input = false;                 // what the last stages of the line read was decoded before
    std::string m_self;   // the file being run as a script, as it was called
    int m_self_starts = 0;
    std::string m_home;   // where a plain cd leads, once HOME was set; "" before
    std::string m_staged_secret;  // a secret that git was told to keep
    std::set<std::string> m_secret_copies;  // files that hold copies of secrets
    // Many words may come from one place (brace expansion), so what is there is looked up once.
    using Place = std::pair<std::size_t, std::size_t>;
    mutable std::map<Place, bool> m_fetches_at;
    mutable std::map<Place, bool> m_secrets_at;
    bool m_network_descriptor = false;      // exec 5<>/dev/tcp/…
    Windows m_windows = Windows::no;  // whose words are judged as that shell reads them
    bool m_only_windows = false;  // no other shell can read it
    int m_windows_depth = 0;      // of code in code of the shells of Windows
    bool m_complete = true;
    bool m_read_only = true;
};

// True if the program takes its code from standard input.
bool runs_input(const Action& action);

template <class Holds>
bool Judge::any_inside(const shell::Span& within, Holds holds) const {
    auto line = std::lower_bound(m_by_place.begin(), m_by_place.end(), within.start,
                                 [](const shell::Pipeline* at, std::size_t start) { return at->span.start < start; });
    for (; line != m_by_place.end() && (*line)->span.start <= within.end; ++line) {
        if ((*line)->span.end <= within.end && holds(**line)) {
            return true;
        }
    }
    return false;
}

template <class Holds>
bool Judge::any_substituted(const shell::Span& within, Holds holds) const {
    return any_inside(within, [&](const shell::Pipeline& line) { return line.substituted && holds(line); });
}

template <class Holds>
bool Judge::any_substituted(const shell::Word& word, Holds holds) const {
    return std::any_of(word.sources.begin(), word.sources.end(), [&](const shell::Span& within) { return any_substituted(within, holds); });
}

// True if a compound command has a connection as a descriptor: { …; } 9<>/dev/tcp/HOST/PORT
bool opens_connection(const shell::Script& script);

// True for `parallel … ::: VALUES`, which makes command lines of its own.
bool makes_lines(const std::vector<shell::Word>& words);

// A value that is not known stands where a command begins, not only among the words of one.
bool decides(std::string_view code);

// … or something else that it runs: make -f -, at, crontab -
bool loads_input(const Action& action);

// True if what stands in its words, or what it reads, goes to another machine.
bool sends_words(const Action& action);

// True if the command brings bytes from the network to its standard output.
bool fetches(const Action& action);

// True for programs that run what they read from standard input when they have no script operand.
bool is_interpreter(std::string_view name) noexcept;
bool is_shell(std::string_view name) noexcept;

// A program walks through a home, encrypts what it finds and writes it back.
bool takes_hostage(std::string_view code, std::string_view home);

// A word for showing: unknown parts as "…".
std::string shown(const shell::Word& word);

}  // namespace caro::safety
