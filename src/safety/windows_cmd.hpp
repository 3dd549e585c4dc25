// Lines of cmd.exe: variables, for, if, call and the commands they come to. Internal to safety.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "safety/judge.hpp"
#include "safety/powershell.hpp"

namespace caro::safety {

class WindowsCmd {
  public:
    WindowsCmd(Judge& judge, const shell::Span& span) : m_judge(judge), m_span(span) {}

    void run(std::string_view code);

  private:
    // What a loop goes over: files below a folder.
    struct Tree {
        std::string start;
        bool narrowed = false;
        bool work = false;
    };

    void loop(std::string_view line);
    std::vector<std::string> items_of(std::string_view options, std::string_view folder, std::string_view set);
    std::vector<std::string> printed(std::string_view command);
    void simple(std::string_view text);
    void started(const std::string& name, const std::string& plain, const std::vector<std::string>& words);
    void run_program(const std::string& name, const std::vector<std::string>& words);
    void set(std::string_view text);
    void found(const std::vector<std::string>& words);
    void redirects(std::vector<std::string>& words);
    std::string expanded(std::string_view text) const;
    shell::Word word_of(const std::string& text) const;
    std::string in_folder(const std::string& path) const;

    Judge& m_judge;
    shell::Span m_span;
    int m_depth = 0;
    int m_steps = 0;
    bool m_fetched_item = false;  // the variable of the loop holds what came from the network
    bool m_piped_fetch = false;   // what the next command reads came from the network
    std::string m_folder;
    std::optional<Tree> m_tree;
    std::map<std::string, std::string> m_variables;  // names in lower case
    FetchedFiles m_files;
};

// Only cmd.exe can read the text: for %x in (…) do …, rd /s C:\x, set a=b& %a%
bool looks_like_cmd(std::string_view source);

}  // namespace caro::safety
