// Programs in Python, Perl, Ruby, JavaScript, PHP and Lua that stand in a command: what their calls do. The code is
// read as names, texts and brackets, never run; what a value depends on at run time stays unknown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/script.hpp"

namespace caro::safety {

enum class ProgramAct : unsigned char {
    shell,          // `word` is run by a shell
    remove,         // the file is deleted
    remove_tree,    // … with everything in it
    write,          // the file is made or overwritten
    append,
    move,           // the file is taken away from its place
    truncate,
    permissions,    // `word` is the path, `detail` the mode
    read,           // the file is read
    code,           // `word` is code of the same language
    code_unknown,   // code is run whose text is not known
    code_decoded,   // … that was hidden by an encoding
    code_fetched,   // … that came from the network
    send,           // data go to the network
    remote_control, // a shell is joined to a connection
    fork_bomb,
    kill_all,
    download,       // what comes from the network is put into `word`
    sql,            // `word` is sent to a database
    print,          // `word` goes to standard output
};

struct ProgramEffect {
    ProgramAct act = ProgramAct::read;
    shell::Word word;
    std::string detail;
};

// `language` is "python", "perl", "ruby", "node", "php", "lua", "julia", "r", "groovy", "elixir", "jvm" (Java, Scala, Kotlin) or "swift"; nothing is found for others. Total: any text gives
// an answer, in linear time but for bracket depth, which is bounded.
std::vector<ProgramEffect> judge_program(std::string_view code, std::string_view language);

// The texts of a list that a word stands for, as '/home' '/etc'; none if it is no list.
std::vector<std::string> listed_texts(const std::string& text);

// The language is one of those that are read.
bool reads_language(std::string_view language);

// All that the program calls only reads or prints.
bool program_only_reads(std::string_view code, std::string_view language);

// All that the program does is print texts that are known, each ending a line if there are several.
bool only_prints_known(std::string_view code, std::string_view language);

}  // namespace caro::safety
