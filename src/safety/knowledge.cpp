#include "safety/knowledge.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "safety/knowledge_reader.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::string_view k_block = "[[command]]";

// One block in the text, read when it is first wanted.
struct Entry {
    std::string_view file;
    std::string_view text;
    std::size_t line = 0;  // of its first line, from 1
    std::once_flag once;
    std::unique_ptr<Spec> spec;
    std::vector<std::string> problems;

    const Spec* get() {
        std::call_once(once, [this] { spec = read_block(text, problems); });
        return spec.get();
    }
};

// The texts in double quotes on one line.
std::vector<std::string_view> quoted(std::string_view line) {
    std::vector<std::string_view> found;
    for (auto start = line.find('"'); start != std::string_view::npos; start = line.find('"', start)) {
        const auto end = line.find('"', start + 1);
        if (end == std::string_view::npos) {
            break;
        }
        found.push_back(line.substr(start + 1, end - start - 1));
        start = end + 1;
    }
    return found;
}

// The names of a block: the line after its first one that is no comment.
std::vector<std::string_view> names_of(std::string_view block) {
    std::size_t at = block.find('\n');
    while (at != std::string_view::npos && ++at < block.size()) {
        const auto end = block.find('\n', at);
        const std::string_view line = trim(block.substr(at, end == std::string_view::npos ? end : end - at));
        if (line.substr(0, 5) == "names") {
            return quoted(line.substr(0, line.find(']')));
        }
        if (!line.empty() && line.front() != '#') {
            break;
        }
        at = end;
    }
    return {};
}

// "python3.11" → "python3" → "python", "mkfs.xfs" → "mkfs"; "" when nothing is left to take off.
std::string_view without_version(std::string_view name) {
    if (name.substr(0, 5) == "mkfs." || name.substr(0, 5) == "fsck.") {
        return name.substr(0, 4);
    }
    const auto end = name.find_last_not_of("0123456789.-");
    if (end == std::string_view::npos || end + 1 == name.size()) {
        return {};
    }
    const auto dot = name.rfind('.');
    if (dot != std::string_view::npos && dot > end) {
        return name.substr(0, dot);
    }
    return name.substr(0, end + 1);
}

}  // namespace

struct KnowledgeBase::State {
    std::deque<Entry> entries;
    std::unordered_map<std::string_view, Entry*> by_name;
    std::unordered_map<std::string, Entry*> by_lower_name;  // for commands that ignore case
    std::vector<std::string> index_problems;

    void index(const data::File& file) {
        std::size_t at = 0;
        std::size_t start = std::string_view::npos;
        std::size_t line = 1;
        std::size_t first_line = 0;
        const std::string_view text = file.content;
        while (at < text.size()) {
            auto end = text.find('\n', at);
            end = end == std::string_view::npos ? text.size() : end;
            if (text[at] == '[' && text.substr(at, end - at) == k_block) {
                add(file.name, text, start, at, first_line);
                start = at;
                first_line = line;
            }
            at = end + 1;
            ++line;
        }
        add(file.name, text, start, text.size(), first_line);
    }

    void add(std::string_view file, std::string_view text, std::size_t start, std::size_t end, std::size_t line) {
        if (start == std::string_view::npos) {
            return;
        }
        Entry& entry = entries.emplace_back();
        entry.file = file;
        entry.text = text.substr(start, end - start);
        entry.line = line;
        const auto names = names_of(entry.text);
        if (names.empty()) {
            index_problems.push_back(fmt::format("{}:{}: the line after [[command]] must be names = [\"…\"]", file, line));
        }
        for (const auto name : names) {
            if (!by_name.emplace(name, &entry).second) {
                index_problems.push_back(fmt::format("{}:{}: \"{}\" has a block already", file, line, name));
            }
            by_lower_name.emplace(to_lower(name), &entry);
        }
    }
};

KnowledgeBase::KnowledgeBase(std::vector<data::File> files) : m_state(std::make_unique<State>()) {
    for (const auto& file : files) {
        m_state->index(file);
    }
}

KnowledgeBase::~KnowledgeBase() = default;

const Spec* KnowledgeBase::command(std::string_view name) const {
    std::string_view wanted = name;
    if (wanted.size() > 4 && to_lower(wanted.substr(wanted.size() - 4)) == ".exe") {
        wanted.remove_suffix(4);
    }
    for (int tries = 0; tries < 3 && !wanted.empty(); ++tries) {
        if (const auto it = m_state->by_name.find(wanted); it != m_state->by_name.end()) {
            return it->second->get();
        }
        wanted = without_version(wanted);
    }
    // Programs and cmdlets of Windows are found whatever their case is.
    if (const auto it = m_state->by_lower_name.find(to_lower(name)); it != m_state->by_lower_name.end()) {
        const Spec* spec = it->second->get();
        if (spec != nullptr && (spec->style == Style::slash || spec->style == Style::powershell)) {
            return spec;
        }
    }
    return nullptr;
}

std::vector<std::string> KnowledgeBase::names() const {
    std::vector<std::string> all;
    for (const auto& [name, entry] : m_state->by_name) {
        all.emplace_back(name);
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<std::string> KnowledgeBase::problems() const {
    std::vector<std::string> all = m_state->index_problems;
    for (auto& entry : m_state->entries) {
        entry.get();
        for (const auto& problem : entry.problems) {
            all.push_back(fmt::format("{}:{}: {}", entry.file, entry.line, problem));
        }
    }
    return all;
}

const KnowledgeBase& knowledge() {
    static const KnowledgeBase s_base(data::list("commands/"));
    return s_base;
}

CommandClass class_of(std::string_view name) {
    const Spec* spec = knowledge().command(name);
    return spec == nullptr ? CommandClass::unknown : spec->kind;
}

}  // namespace caro::safety
