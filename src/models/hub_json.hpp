// What the hub's API answers, read with distrust: names become paths and addresses, so only those are taken that can be one
// of a repository. Anything else is left out, or falls back to what was asked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/hub.hpp"

namespace caro::models {

// A commit as the hub writes it: hexadecimal digits.
bool is_commit(std::string_view text) noexcept;

// "owner/name" as the hub allows it: nothing that could leave the folder or the address it is put into.
bool is_repository_name(std::string_view text) noexcept;

// A path inside a repository: relative, no "." or "..", no backslash, no control characters, valid UTF-8.
bool is_repository_file(std::string_view text) noexcept;

// The listing of a repository, `repo` at `revision` having been asked for; nullopt if the body is none.
std::optional<Repository> parse_repository(std::string_view body, std::string_view repo, std::string_view revision);

// The answer to a search, at most `limit` hits; nullopt if the body is none.
std::optional<std::vector<SearchHit>> parse_search(std::string_view body, std::size_t limit);

}  // namespace caro::models
