#include <cstdlib>

#include <fmt/core.h>
#include <unistd.h>

#include "exec/edit.hpp"
#include "exec/run.hpp"
#include "util/env.hpp"
#include "util/file.hpp"
#include "util/unfinished.hpp"

namespace caro::exec {

namespace {

constexpr std::uint64_t k_largest_text = 1 << 20;

struct TemporaryFile {
    std::string path;
    ~TemporaryFile() {
        if (!path.empty()) {
            unlink(path.c_str());
        }
    }
};

std::string editor() {
    for (const char* name : {"VISUAL", "EDITOR"}) {
        if (auto value = get_env_nonempty(name)) {
            return *value;
        }
    }
    return "vi";
}

}  // namespace

bool has_own_editor() { return get_env_nonempty("VISUAL") || get_env_nonempty("EDITOR"); }

Result<std::string> edit_text(std::string_view text) {
    TemporaryFile file;
    std::string pattern = get_env_nonempty("TMPDIR").value_or("/tmp") + "/caro-edit-XXXXXX.sh";
    const int fd = mkstemps(pattern.data(), 3);  // mode 0600
    if (fd < 0) {
        return fail(ErrorCode::io, "cannot make a temporary file for editing", "Check TMPDIR and free space");
    }
    file.path = pattern;
    const UnfinishedFile noted(pattern);
    const std::string content = std::string(text) + "\n";
    const bool written = write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    close(fd);
    if (!written) {
        return fail(ErrorCode::io, "cannot write a temporary file for editing", "Free some space");
    }
    // The variable may hold options ("code --wait"), so the shell splits it; the path goes in as an argument.
    const std::string command = fmt::format("{} \"{}\"", editor(), file.path);
    TRY_ASSIGN(const RunResult result, run(command, context::Shell::sh, {}));
    if (result.exit_code != 0) {
        return fail(ErrorCode::io, fmt::format("the editor '{}' ended with status {}", editor(), result.exit_code),
                    "Set EDITOR to an editor that is installed");
    }
    TRY_ASSIGN(std::string edited, read_file(file.path, k_largest_text));
    while (!edited.empty() && (edited.back() == '\n' || edited.back() == '\r')) {
        edited.pop_back();
    }
    return edited;
}

}  // namespace caro::exec
