// What one command does to files, processes and data, from its block in the knowledge base. Internal to safety.
#pragma once

#include <string>
#include <string_view>

#include "safety/inline_code.hpp"
#include "safety/judge.hpp"
#include "safety/knowledge.hpp"
#include "safety/option_reader.hpp"

namespace caro::safety {

class Effects {
  public:
    Effects(Judge& judge, const Action& action, const shell::Pipeline& line, const Spec& spec);

    // The command only runs another one, which is judged apart.
    void wraps() { m_wraps = true; }

    // It begins with an option that only tells about the command: nothing it has in mind is run.
    bool informs() const;

    // Adds the findings about the command to the judge.
    void judge();

  private:
    // effects.cpp
    void options();
    void operands();
    void use(const RoleUse& role, const shell::Word& word);
    bool remove_read(const shell::Word& word);
    void use_file(Role role, const shell::Word& word);
    bool swapped_archive(const shell::Word& archive) const;
    void pairs();
    void input_code();
    bool grows() const;
    bool runs_while_compiling() const;
    void class_floor();
    void unlisted();      // effects_words.cpp
    void plain_source();
    void protocol();
    void services();      // effects_services.cpp
    void all_listed();
    void puts();
    void staged();
    void diskpart();
    void requests();  // effects_requests.cpp
    void lower_for_questions(std::size_t first);
    bool asks_first() const;
    // effects_risks.cpp
    void dangers(bool only_by_option);
    bool holds(const Danger& danger) const;
    bool operands_hold(const Danger& danger) const;
    bool option_holds(const Danger& danger) const;
    // effects_modes.cpp
    std::string_view minus_mode() const;
    void permissions(const shell::Word& target);
    void ownership(const shell::Word& target);
    // effects_tools.cpp
    void kill();
    void volume(const shell::Word& word);
    void host_paths();
    void planned();
    void extraction();
    void serve();
    void send(const shell::Word& word, bool data);
    void code(const std::string& language, const shell::Word& word);
    void shell_code(const shell::Word& word);
    void redis_code(std::string_view code);
    void redis_words();
    bool feeds_client() const;
    void applescript(std::string_view code);

    // effects_settings.cpp
    void settings();
    void given_commands();
    void run_everywhere();
    void trust();
    bool trusts_by_option(std::string_view text) const;
    bool gives_credentials() const;
    bool prints_download() const;
    bool only_here() const;
    bool answers_yes() const;
    void escapes();
    void setting(std::string_view key, std::string_view value);
    // effects_losses.cpp
    void losses();
    bool reads_nothing() const;
    void empty_files(bool only_work);
    void filters();
    void firewall();
    void accounts();
    void homes();
    void manifests();
    bool only_looks() const;
    // effects_embedded.cpp
    void embedded();
    void embedded_input();
    void editor_line(std::string_view line);
    void lisp_code(std::string_view code);
    void git_alias();
    // effects_awk.cpp
    bool awk_exact(std::string_view code);
    // effects_code.cpp
    void awk_code(std::string_view code);
    void awk_results(std::string_view code);
    void sed_code(std::string_view code);
    void sed_flags(std::string_view substitution);
    void run_replacement(std::string_view command);
    // effects_program.cpp
    void program(std::string_view code, const std::string& language, int depth);
    void program_effect(const ProgramEffect& effect, const std::string& language, int depth);
    void texts_of(std::string_view code, const std::string& language, bool unknown);
    void print(const shell::Word& word);
    void remove(const shell::Word& word);
    void removes(const ProgramEffect& effect, const std::string& language);
    void hidden_code(const std::string& code, const std::string& language, int depth);
    // The worst risk of what was found since there were `before` findings.
    Risk found_since(std::size_t before) const;
    void walked(std::string_view code);
    std::string sent_secret(std::string_view code) const;
    void script(const std::string& language, const shell::Word& word);

    bool sweeps() const;
    const shell::Word* operand_with(Role role) const;
    PathClass class_of(const shell::Word& word) const;
    void report(const Danger& danger);

    Judge& m_judge;
    const Action& m_action;
    const shell::Pipeline& m_line;
    const Spec& m_spec;  // of the command; m_reading.spec may be a sub-command
    Reading m_reading;
    bool m_over_tree = false;   // the words from the pipe are what lies below them
    bool m_of_work = false;     // … which people made
    bool m_narrowed = false;    // only some of what lies below the paths
    std::string m_secret;       // a secret file the program reads
    bool m_wraps = false;
    bool m_decodes = false;    // the program undoes an encoding
    bool m_empties = false;    // the sed program leaves nothing of a file
    bool m_code_seen = false;  // what runs was read as code; the class of the command says nothing more
};

// IEX (New-Object Net.WebClient).DownloadString(…) and the like.
bool runs_fetched_powershell(std::string_view code);

// What the data say about what a command takes in and gives out: "code.sh", "send"; "network", "secret"; or "".
std::string input_of(const Action& action);
std::string output_of(const Action& action);

// The commands in the settings of logrotate.
std::string rotation_code(std::string_view text);

// What database code does, from its words.
struct DataCode {
    Risk risk = Risk::safe;
    std::string_view rule;   // "database.drop", "state.change"
    std::string shell_code;  // what it hands to a shell, "" if nothing
    std::vector<std::string> files;  // that it writes
};
// `printed_runs`: what it prints is given to a client again.
DataCode judge_sql(std::string_view code, bool printed_runs = false);
// The statement reads what servers keep of passwords.
bool reads_accounts(std::string_view code);
DataCode judge_redis(std::string_view code);
// Files which the system runs that a database is made to write, or "".
std::string_view planted_by_sql(std::string_view code);
std::string_view planted_by_redis(std::string_view line);
// What a command of Redis gives to a shell, or "".
std::string run_by_redis(std::string_view line);
// A page of the web that runs what is sent to it.
bool is_web_shell(std::string_view text);
// JavaScript with the names of methods as far as they can be known, and whether one is called that cannot.
std::string plain_methods(std::string code);
bool calls_unknown_method(std::string_view code);
DataCode judge_mongo(std::string_view code);

// What `find` and `fd` are asked to do.
struct FindPlan {
    std::vector<shell::Word> starts;
    bool narrowed = false;    // a name, an age, a size … picks some of the files
    bool work = false;        // … which are what people make: texts, code, pictures
    bool deletes = false;
    bool one_name = false;    // all that is found has the same name
    std::vector<std::vector<shell::Word>> commands;
    std::string name;         // what -name asks for, without * in front
    std::string pattern;      // what the last -name asks for
    std::string writes;       // the option that writes a file, or ""
};
FindPlan read_find(std::string_view name, const std::vector<shell::Word>& args);

}  // namespace caro::safety
