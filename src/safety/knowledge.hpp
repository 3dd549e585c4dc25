// What commands do, from data/commands/*.toml. A command's block is read when it is first asked for and kept; all
// functions are thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/data.hpp"
#include "safety/analyzer.hpp"
#include "safety/knowledge_spec.hpp"
#include "shell/script.hpp"

namespace caro::safety {

// Blocks of commands in TOML texts, which must outlive the object.
class KnowledgeBase {
  public:
    explicit KnowledgeBase(std::vector<data::File> files);
    ~KnowledgeBase();
    KnowledgeBase(const KnowledgeBase&) = delete;
    KnowledgeBase& operator=(const KnowledgeBase&) = delete;

    // The command of that base name; nullptr if there is no block for it or the block is wrong (then `problems` of
    // the whole base tell). Names with a version ("python3.11") fall back to the name without it.
    const Spec* command(std::string_view name) const;

    // Names of all commands that have a block, sorted.
    std::vector<std::string> names() const;

    // Reads every block; one line for each mistake, with file and line. For tests and for writers of data.
    std::vector<std::string> problems() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

// The base that is built into caro.
const KnowledgeBase& knowledge();

// Class of a command by its base name.
CommandClass class_of(std::string_view name);

// How to find the wrapped command; nullptr if the command is no wrapper. Prefer `inner_of`.
const Wrapper* wrapper_of(std::string_view name);

// The command that another one runs, from its words.
struct Inner {
    enum class Kind : std::uint8_t {
        command,  // the words from `start` on are a command
        shell,    // the words from `start` on are joined by spaces and run by a shell
    };
    Kind kind = Kind::command;
    std::size_t start = 0;           // index into the words
    const Spec* spec = nullptr;      // of the command that runs it
    bool privileged = false;         // it gets other rights (sudo)
    bool args_from_input = false;    // more operands come from standard input (xargs)
    bool elsewhere = false;          // it runs on another machine or in a container
    bool contained = false;          // … in a fresh container that sees nothing of this machine
    // Folders of this machine that a container sees: where it sees them, and what they are here.
    std::vector<std::pair<std::string, std::string>> mounts;
    std::string folder;              // working folder it is given; "" if none or not known
};

// Reads the words of a command line, name first. False if the command runs no other command, or none is given.
bool inner_of(std::span<const shell::Word> words, Inner& inner);

// Replaces paths in a container by what they are on this machine.
void use_mounts(const Inner& inner, std::span<shell::Word> words);

// curlimages/curl -T FILE: an image named like a program runs it, with the words behind.
void add_entrypoint(const std::vector<shell::Word>& wrapper, const Inner& inner, std::vector<shell::Word>& words);

// Options given to a command that do not exist on a platform: those the data mark as of other dialects and, where the
// data list all options, those it does not know. As they are spelled, without values.
std::vector<std::string> missing_options(std::string_view command, std::span<const shell::Word> args,
                                         Scene::Platform platform);

}  // namespace caro::safety
