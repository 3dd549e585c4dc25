#include "safety/knowledge.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <unordered_map>

#include "data/data.hpp"

namespace caro::safety {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const auto start = text.find_first_not_of(" \t\r\n");
        if (start == std::string_view::npos) {
            return words;
        }
        text.remove_prefix(start);
        const auto end = text.find_first_of(" \t\r\n");
        words.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return words;
        }
        text.remove_prefix(end);
    }
}

struct Knowledge {
    std::deque<std::string> texts;  // what the views below point into
    std::unordered_map<std::string_view, CommandClass> classes;
    std::unordered_map<std::string_view, std::string_view> writes_with;
    std::unordered_map<std::string_view, std::string_view> reads_sub;
    std::unordered_map<std::string_view, CommandClass> alone;
    std::unordered_map<std::string_view, Wrapper> wrappers;

    std::string_view keep(const toml::node& node) {
        texts.emplace_back(node.value_or(std::string_view()));
        return texts.back();
    }

    void read_map(const toml::table* table, std::unordered_map<std::string_view, std::string_view>& into) {
        if (table == nullptr) {
            return;
        }
        for (const auto& [key, value] : *table) {
            texts.emplace_back(key.str());
            const std::string_view name = texts.back();
            into.emplace(name, keep(value));
        }
    }

    Knowledge() {
        if (const auto lists = data::get("commands/core.toml")) {
            if (const auto parsed = toml::parse(*lists)) {
                read(parsed.table());
            }
        }
    }

    void read(const toml::table& root) {
        for (const auto& [word, kind] : {std::pair{"read", CommandClass::read}, {"write", CommandClass::write}}) {
            if (const auto* list = root.at_path(std::string("classes.") + word).node()) {
                for (const auto name : words_of(keep(*list))) {
                    classes.emplace(name, kind);
                }
            }
        }
        read_map(root["writes-with"].as_table(), writes_with);
        read_map(root["reads-sub"].as_table(), reads_sub);
        if (const auto* list = root.at_path("reads-alone.names").node()) {
            for (const auto name : words_of(keep(*list))) {
                alone.emplace(name, CommandClass::read);
            }
        }
        std::unordered_map<std::string_view, std::string_view> raw;
        read_map(root["wrappers"].as_table(), raw);
        for (const auto& [name, text] : raw) {
            const auto bar = text.find('|');
            Wrapper wrapper;
            wrapper.value_options = words_of(text.substr(0, bar));
            wrapper.skipped_operands = static_cast<std::size_t>(std::atoi(std::string(text.substr(bar + 1)).c_str()));
            wrappers.emplace(name, std::move(wrapper));
        }
    }
};

const Knowledge& knowledge() {
    static const Knowledge s_knowledge;
    return s_knowledge;
}

template <class Map>
std::vector<std::string_view> list_in(const Map& map, std::string_view name) {
    const auto it = map.find(name);
    return it == map.end() ? std::vector<std::string_view>() : words_of(it->second);
}

}  // namespace

CommandClass class_of(std::string_view name) {
    const auto it = knowledge().classes.find(name);
    return it == knowledge().classes.end() ? CommandClass::unknown : it->second;
}

std::vector<std::string_view> writing_options(std::string_view name) {
    return list_in(knowledge().writes_with, name);
}

std::vector<std::string_view> reading_subcommands(std::string_view name) {
    return list_in(knowledge().reads_sub, name);
}

bool reads_alone(std::string_view name) { return knowledge().alone.count(name) != 0; }

const Wrapper* wrapper_of(std::string_view name) {
    const auto it = knowledge().wrappers.find(name);
    return it == knowledge().wrappers.end() ? nullptr : &it->second;
}

}  // namespace caro::safety
