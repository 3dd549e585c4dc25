// Paths of jq that do not fit the file: a list that is taken for an object or the other way round, the folder as a key.
#include <cctype>
#include <set>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using context::JsonShape;
using shell::Command;
using shell::Word;

bool is_key_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// ".a.b" of ".a.b[] | .c"; "" if the text does not begin with a key.
std::string leading_path(std::string_view text) {
    std::size_t end = 0;
    while (end + 1 < text.size() && text[end] == '.' && is_key_byte(text[end + 1])) {
        ++end;
        while (end < text.size() && is_key_byte(text[end])) {
            ++end;
        }
    }
    return std::string(text.substr(0, end));
}

// The first ".key" in a text.
std::string first_key(std::string_view text) {
    for (std::size_t at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
        const std::string path = leading_path(text.substr(at));
        if (!path.empty()) {
            return path.substr(0, path.find('.', 1));
        }
    }
    return "";
}

class Paths {
  public:
    explicit Paths(const JsonShape& shape) : m_root(shape.root), m_known(shape.paths.begin(), shape.paths.end()) {}

    // The program as it has to be for the file; the same if nothing is wrong, or it is not clear what would be right.
    std::string fitted(const std::string& program) const {
        if (m_root == JsonShape::Root::list) {
            return for_list(program);
        }
        return m_root == JsonShape::Root::object ? for_object(program) : program;
    }

  private:
    // A list has no keys of its own.
    static std::string for_list(const std::string& program) {
        for (const std::string_view verb : {".[] | sort_by(", ".[] | max_by(", ".[] | min_by(", ".[] | group_by(", ".[] | map("}) {
            if (program.starts_with(verb)) {
                return program.substr(6);
            }
        }
        const std::string path = leading_path(program);
        if (path.empty() || path.find('.', 1) != std::string::npos) {
            return program;
        }
        const std::string rest = program.substr(path.size());
        if (rest.starts_with("[]")) {
            return "." + rest;
        }
        return rest.starts_with(" | ") ? rest.substr(3) : program;
    }

    std::string for_object(const std::string& program) const {
        if (program.starts_with(".[]")) {
            return each_of(program);
        }
        for (const std::string_view verb : {"map(", "sort_by(", "max_by(", "min_by(", "group_by("}) {
            if (program.starts_with(verb)) {
                const std::string list = list_with(first_key(program));
                return list.empty() ? program : list + " | " + program;
            }
        }
        const std::string path = leading_path(program);
        if (path.empty() || m_known.count(path) != 0) {
            return program;
        }
        // ".data.config.db.host" for data/config.json: the file is no part of it.
        for (std::size_t dot = path.find('.', 1); dot != std::string::npos; dot = path.find('.', dot + 1)) {
            if (m_known.count(path.substr(dot)) != 0) {
                return path.substr(dot) + program.substr(path.size());
            }
        }
        // Of a key that is not there nothing comes.
        const std::string_view rest = std::string_view(program).substr(path.size());
        return rest.starts_with(" | ") ? std::string(rest.substr(3)) : program;
    }

    // ".[] | …" of an object: what is meant is one of its lists, or the object itself.
    std::string each_of(const std::string& program) const {
        std::string rest = program.substr(3);
        const std::string key = first_key(rest);
        if (key.empty()) {
            return program;
        }
        if (const std::string list = list_with(key); !list.empty()) {
            return list + "[]" + rest;
        }
        if (m_known.count(key) == 0) {
            return program;
        }
        return rest.starts_with(" | ") ? rest.substr(3) : rest[0] == '.' ? rest : program;
    }

    // The one list whose elements have that key; "" if there is none or more than one.
    std::string list_with(const std::string& key) const {
        std::string found;
        const std::string end = "[]" + key;
        for (const std::string& path : m_known) {
            if (key.empty() || !path.ends_with(end)) {
                continue;
            }
            if (!found.empty()) {
                return "";
            }
            found = path.substr(0, path.size() - end.size());
        }
        return found.find("[]") == std::string::npos ? found : "";
    }

    JsonShape::Root m_root;
    std::set<std::string> m_known;
};

// `jq .age | …` without the file that the request names waits for input.
void read_file(const Mended& mended, const Command& command, std::vector<Edit>& edits) {
    if (name_of(command) != "jq" || !command.redirects.empty() || command.words.size() < 2 || !mended.surroundings.json || has_short(command, "n") ||
        !mended.as_written(command.words.back()).starts_with('\'') || has_word(command, "--arg")) {
        return;
    }
    std::string file;
    for (const std::string_view part : split(mended.asked, ' ')) {
        const std::string name(part.substr(0, part.find_last_not_of(",;:?!") + 1));
        if (name.ends_with(".json") && mended.surroundings.json(name).root != JsonShape::Root::none) {
            if (!file.empty()) {
                return;
            }
            file = name;
        }
    }
    if (!file.empty() && mended.source.find(file) == std::string_view::npos) {
        edits.push_back(insertion(command.words.back().span.end, " " + file));
    }
}

}  // namespace

void mend_json(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    if (script.pipelines.size() == 1 && !script.pipelines[0].stages.empty()) {
        read_file(mended, script.pipelines[0].stages.front(), edits);
    }
    for (const auto& pipeline : script.pipelines) {
        for (const Command& command : pipeline.stages) {
            if (name_of(command) != "jq" || command.words.size() < 3 || command.expanded || command.only_flow || has_short(command, "snR") || !mended.surroundings.json) {
                continue;
            }
            const Word& file = command.words.back();
            const Word& program = command.words[command.words.size() - 2];
            const std::string_view written = mended.as_written(program);
            if (!mended.bare(file) || !file.text.ends_with(".json") || written.size() < 3 || written.front() != '\'' || written.substr(1, written.size() - 2) != program.text) {
                continue;
            }
            const std::string fitted = Paths(mended.surroundings.json(file.text)).fitted(program.text);
            if (fitted != program.text) {
                edits.push_back({program.span, "'" + fitted + "'"});
            }
        }
    }
}

}  // namespace caro::engine
