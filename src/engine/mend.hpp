// Mistakes that are mistakes whatever was asked: `uniq` on lines that are not sorted, `-o` of find that an action does not
// reach, an extended pattern given to plain grep. A small model makes them again and again, and each has one right form.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "context/json_shape.hpp"
#include "engine/table.hpp"
#include "shell/script.hpp"

namespace caro::engine {

// What mending asks of the machine; tests give their own.
struct Surroundings {
    std::function<bool(const std::string& path)> is_directory;  // relative to where the command would run
    std::function<bool(std::string_view name)> has_tool;        // is there a program of that name?
    std::function<Table(const std::string& path)> table = {};   // what is known of that file
    bool gnu = true;                                            // else the tools of BSD or busybox
    bool ansi_quotes = true;                                    // the shell knows $'\t'
    std::function<context::JsonShape(const std::string& path)> json = {};
};

// `command` with such mistakes set right. Where the request speaks for the form as it is ("adjacent", "in a row"), or anything
// is unclear, it stays. A command that does not parse is returned unchanged.
std::string mend(std::string_view request, std::string_view command, const shell::Environment& environment,
                 const Surroundings& surroundings);

}  // namespace caro::engine
