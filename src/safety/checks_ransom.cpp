// Files of many encrypted one after the other, and the originals removed: what ransomware does.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

template <class List>
bool contains_any(std::string_view text, const List& parts) {
    return std::any_of(parts.begin(), parts.end(), [text](std::string_view part) { return contains(text, part); });
}

bool encrypts(const Action& action) {
    const auto says = [&action](std::initializer_list<std::string_view> words) {
        return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& word) { return any_of(word.text, words); });
    };
    const std::string& name = action.name;
    if (any_of(name, {"gpg", "gpg2"})) {
        return action.has("-c") || action.has("-e") || says({"--symmetric", "--encrypt"});
    }
    if (any_of(name, {"openssl", "libressl"})) {
        return (action.subcommand() == "enc" && !says({"-d"})) || says({"-encrypt"}) || contains(action.subcommand(), "aes-");
    }
    if (any_of(name, {"age", "rage"})) {
        return !says({"-d", "--decrypt"});
    }
    if (any_of(name, {"zip", "7z", "7za", "7zz", "rar"})) {
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return any_of(word.text, {"-P", "-e", "-er", "--encrypt", "--password"}) || word.text.substr(0, 2) == "-p" || word.text.substr(0, 3) == "-hp";
        });
    }
    return any_of(name, {"ccrypt", "ccencrypt", "mcrypt", "aescrypt", "scrypt", "bcrypt", "encfs", "picocrypt", "kryptor", "minisign", "cryptcat"}) && !says({"-d"});
}

// Takes the originals away: with rm and the like, in place, or by putting the result in their place.
bool removes(const Action& action) {
    const auto operands = action.operands();
    const bool over = action.name == "mv" && operands.size() == 2 && !operands[1]->text.empty() &&
                      operands[0]->text.compare(0, operands[1]->text.size(), operands[1]->text) == 0;
    const bool archives = any_of(action.name, {"zip", "7z", "7za", "7zz", "rar"}) && (action.has("-m") || action.has("-sdel") || action.has("-df"));
    return over || archives || any_of(action.name, {"rm", "shred", "unlink", "srm", "wipe", "truncate", "ccrypt", "ccencrypt", "bcrypt"});
}

// Everything of a home or of the system, or what people keep there.
bool is_broad(std::string_view path, std::string_view home) {
    constexpr std::array<std::string_view, 13> k_folders = {"/Documents", "/Desktop", "/Pictures", "/Photos", "/Music", "/Videos", "/Movies",
                                                            "/Downloads", "/work",    "/projects", "/Dropbox", "/OneDrive", "/data"};
    constexpr std::array<std::string_view, 13> k_trees = {"/home", "/Users", "/srv", "/mnt", "/media", "/var/www", "/var/lib", "/opt", "/root", "/etc", "/data", "/usr", "/var"};
    std::string_view rest = path;
    while (!rest.empty() && (rest.back() == '*' || rest.back() == '/' || rest.back() == '.')) {
        rest.remove_suffix(1);
    }
    if (rest.empty()) {
        return true;
    }
    if (!home.empty() && rest.substr(0, home.size()) == home) {
        rest.remove_prefix(home.size());
    } else if (rest[0] == '~') {
        rest.remove_prefix(1);
    } else {
        for (const auto tree : k_trees) {
            if (rest == tree || (rest.substr(0, tree.size()) == tree && rest[tree.size()] == '/' && std::count(rest.begin(), rest.end(), '/') <= 3)) {
                return true;
            }
        }
        return false;
    }
    return rest.empty() || std::any_of(k_folders.begin(), k_folders.end(), [rest](std::string_view folder) { return rest.substr(0, folder.size()) == folder; });
}

// A search of the pipeline gives what is worked on: find ~ -type f | while read f
bool searches(const shell::Command& stage, std::string_view home) {
    if (stage.words.size() < 2 || !any_of(stage.words[0].text, {"find", "fd", "fdfind", "ls", "locate", "rg"})) {
        return false;
    }
    return std::any_of(stage.words.begin() + 1, stage.words.end(), [home](const shell::Word& word) {
        return !word.text.empty() && (word.text[0] == '/' || word.text[0] == '~') && is_broad(word.text, home);
    });
}

}  // namespace

// What the command works on is all, or the most, of what somebody has.
bool Judge::over_much(const Action& act) const {
    const auto many = [&](const shell::Word& word) {
        const bool tree = act.over_tree || word.text.find('*') != std::string::npos;
        const std::string path = tree && word.known() ? normalized(word.text.substr(0, word.text.find('.', word.text.find('*'))), m_cwd) : "";
        return !path.empty() && path[0] == '/' && is_broad(path, m_scene.home);
    };
    if (m_over_much || std::any_of(act.args.begin(), act.args.end(), many)) {
        return true;
    }
    const auto searched = [this](const shell::Pipeline& line) { return !line.stages.empty() && searches(line.stages.front(), m_scene.home); };
    if (std::any_of(act.args.begin(), act.args.end(), [&](const shell::Word& word) { return any_substituted(word, searched); })) {
        return true;  // for f in $(find /home -type f)
    }
    const bool unknown = act.args_from_input || act.name == "parallel" || act.name == "xargs" || std::any_of(act.args.begin(), act.args.end(), [](const auto& word) { return !word.known(); });
    return unknown && m_line != nullptr && std::any_of(m_line->stages.begin(), m_line->stages.end(), [this](const shell::Command& stage) {
               return searches(stage, m_scene.home);
           });
}

void Judge::check_ransom(const Action& act) {
    const bool encrypted = encrypts(act) && over_much(act);
    m_ransom.encrypts = m_ransom.encrypts || encrypted;
    m_ransom.removes = m_ransom.removes || (removes(act) && (encrypted || over_much(act)));
    if (m_ransom.encrypts && m_ransom.removes && !m_ransom.told) {
        m_ransom.told = true;
        find("file.ransom", "the files it goes through", act.span);
    }
}

// A program that walks through a tree, encrypts and writes.
bool takes_hostage(std::string_view code, std::string_view home) {
    constexpr std::array<std::string_view, 9> k_ciphers = {"Fernet", "AES", "encrypt", "Cipher", "ChaCha", "SecretBox", "crypto", "RC4", "xor"};
    constexpr std::array<std::string_view, 11> k_walks = {"walk(", "glob", "listdir", "scandir", "iterdir", "readdir", "Find.find", "File::Find", "Dir.", "RecursiveDirectoryIterator", "Get-ChildItem"};
    constexpr std::array<std::string_view, 10> k_writes = {"\"wb\"", "'wb'", "write", "remove(", "unlink", "rename", "replace(", "WriteAllBytes", "file_put_contents", "Set-Content"};
    if (!contains_any(code, k_ciphers) || !contains_any(code, k_walks) || !contains_any(code, k_writes)) {
        return false;
    }
    for (auto at = code.find_first_of("\"'"); at != std::string_view::npos && at + 1 < code.size(); at = code.find_first_of("\"'", at + 1)) {
        const std::string_view rest = code.substr(at + 1, code.find_first_of("\"'", at + 1) - at - 1);
        if (!rest.empty() && (rest[0] == '/' || rest[0] == '~') && rest.size() < 60 && is_broad(rest, home)) {
            return true;
        }
    }
    return contains(code, "expanduser") || contains(code, "Path.home") || contains(code, "homedir()") || contains(code, "Dir.home") || contains(code, "$HOME");
}

}  // namespace caro::safety
