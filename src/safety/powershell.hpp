// PowerShell as far as it takes to see what is run: statements, pipelines of objects, values of expressions. The code is read
// and followed at once; what is not known stays k_unknown. Internal to safety. powershell_reader.cpp: the text and its
// expressions, powershell_values.cpp: operators and methods, powershell_commands.cpp: what commands give and do.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "safety/judge.hpp"

namespace caro::safety {

struct PsValue {
    std::vector<std::string> items;  // one for a single text, none for $null
    std::map<std::string, std::string> members;  // of a hash table or an object, by names in lower case
    std::string type;                // of an object that New-Object made, in lower case
    std::string secret;              // what credentials are in it
    std::string code;                // of a script block
    bool block = false;
    bool list = false;               // @(…), a, b
    bool fetched = false;            // it came from the network
    bool hidden = false;             // it was put together or decoded
    bool listed = false;             // what a listing found below the paths
    bool narrowed = false;           // … only some of it
    bool work = false;               // … which people made

    bool known() const;
    std::string text() const;
    // What is to be known of another value that went into this one: where it came from, and what it stands for.
    void take_origin(const PsValue& other);
    void take_listing(const PsValue& other);
    // One value behind the other, as statements and commas give them.
    void append(PsValue other);
};

PsValue ps_text(std::string text);
PsValue ps_unknown();

struct PsArgument {
    std::string parameter;  // "-recurse", in lower case; "" for a value
    PsValue value;
    bool attached = false;  // of a parameter: -Confirm:$false
};

// Files that a text brought from the network, and whether one of them is run.
class FetchedFiles {
  public:
    bool runs(const std::vector<shell::Word>& words) const;
    void note(const std::vector<shell::Word>& words);

  private:
    std::set<std::string> m_files;
};

class PowerShell {
  public:
    PowerShell(Judge& judge, const shell::Span& span) : m_judge(judge), m_span(span) {}

    void run(std::string_view code);

  private:
    using Arguments = std::vector<PsArgument>;
    struct Function {
        std::vector<std::string> parameters;
        std::string body;
    };

    // powershell_reader.cpp
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_code.size() ? m_code[m_at + ahead] : '\0'; }
    bool spent();
    void skip(bool lines);
    bool ends_command() const;
    std::string inside(char open);
    std::string keyword() const;
    PsValue run_block(const std::string& code);
    PsValue statements();
    bool compound(const std::string& word, PsValue& out);
    void loop(const std::string& word, PsValue& out);
    void for_each();
    void function();
    static Function function_of(std::string head, std::string body);
    PsValue run_code(const std::string& code, const Arguments& given, const PsValue* input);
    PsValue run_function(const Function& made, const Arguments& given, const PsValue* input);
    bool assignment(PsValue& out);
    void assign(const std::string& name, const std::string& member, char how, PsValue value);
    PsValue chain();
    PsValue pipeline();
    PsValue element(const PsValue* input);
    PsValue called(const PsValue* input);
    bool begins_expression() const;
    void redirections();
    PsValue expression(int level);
    PsValue comma_list();
    PsValue unary();
    PsValue primary();
    PsValue postfix(PsValue value);
    PsValue typed();
    PsValue variable();
    PsValue here_string(char quote);
    PsValue double_quoted();
    PsValue single_quoted();
    PsValue hash_table();
    std::string name_part();
    std::vector<PsValue> call_arguments();
    PsValue argument_word();
    PsValue argument_piece();
    Arguments arguments();

    // powershell_values.cpp
    PsValue value_of(const std::string& name) const;
    static void edit(const std::string& op, const PsValue& left, const PsValue& right, PsValue& made);
    static PsValue binary(const std::string& op, const PsValue& left, const PsValue& right);
    static PsValue cast(const std::string& type, PsValue value);
    static PsValue indexed(const PsValue& value, const PsValue& index);
    PsValue member(const PsValue& value, const std::string& name) const;
    PsValue method(PsValue& value, const std::string& name, const std::vector<PsValue>& given);
    static bool text_method(PsValue& value, const std::string& name, const std::vector<PsValue>& given);
    PsValue static_method(const std::string& type, const std::string& name, const std::vector<PsValue>& given);
    static PsValue static_text(const std::string& type, const std::string& name, const std::vector<PsValue>& given);
    PsValue object_method(const PsValue& value, const std::string& name, const std::vector<PsValue>& given);

    // powershell_commands.cpp
    PsValue command(const std::string& name, Arguments given, const PsValue* input);
    bool flow_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out);
    bool value_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out);
    bool file_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out);
    bool network_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out);
    bool run_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out);
    PsValue each(const Arguments& given, const PsValue* input);
    PsValue where(const Arguments& given, const PsValue* input) const;
    PsValue listing(const std::string& name, const Arguments& given, const PsValue* input) const;
    void evaluate(const PsValue& code);
    bool created_object(const Arguments& given, PsValue& out);
    void delete_listed(const Arguments& given, const PsValue& from, const Action& action, const PsValue& whole);
    void finish_action(const Arguments& given, const PsValue* input, Action& action, const PsValue& whole);
    void judge_action(const std::string& name, const Arguments& given, const PsValue* input);
    void act(const std::string& name, const std::vector<PsValue>& paths, bool recursive);
    void program(const PsValue& file, const PsValue& given);
    void line_of_program(const std::string& line);
    void send(const PsValue& value, std::string_view what);
    std::string secret_file(const std::string& path) const;
    void note_made(const std::string& name, const Arguments& given, const PsValue* input, const std::vector<shell::Word>& words);
    PsValue in_folder(PsValue value) const;
    shell::Word word_of(const std::string& text) const;
    bool starts_itself(const std::string& name, const Arguments& given) const;

    Judge& m_judge;
    shell::Span m_span;
    std::string_view m_code;
    std::size_t m_at = 0;
    int m_depth = 0;
    int m_endless = 0;  // loops around what is read that do not end
    int m_steps = 0;
    bool m_connects = false;
    bool m_open = false;  // a bracket or a text has no end
    std::string m_folder;
    std::map<std::string, PsValue> m_variables;
    std::map<std::string, std::string> m_names;  // aliases made here
    std::map<std::string, Function> m_functions;
    FetchedFiles m_files;
    std::map<std::string, std::string> m_secret_files;  // copies of secrets made here, by base name
};

// The name of the cmdlet that an alias stands for; other names as they are.
std::string_view powershell_name(std::string_view name);

// Nobody but PowerShell can read the text.
bool looks_like_powershell(std::string_view source);

// -EncodedCommand: base64 of UTF-16; "" if it is none.
std::string decoded_powershell(const std::string& text);

}  // namespace caro::safety
