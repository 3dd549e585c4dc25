#include "util/unfinished.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <vector>

namespace caro {

namespace {

struct Notes {
    std::mutex mutex;
    std::vector<const std::string*> paths;
};

// Never destroyed: the end of the process may come at any time.
Notes& notes() {
    static auto* s_notes = new Notes();
    return *s_notes;
}

}  // namespace

UnfinishedFile::UnfinishedFile(std::string path) : m_path(std::move(path)) {
    const std::lock_guard lock(notes().mutex);
    notes().paths.push_back(&m_path);
}

UnfinishedFile::UnfinishedFile(std::string pattern, int& fd) : m_path(std::move(pattern)) {
    const std::lock_guard lock(notes().mutex);
    notes().paths.reserve(notes().paths.size() + 1);  // so that noting cannot fail once the file is there
    fd = ::mkostemp(m_path.data(), O_CLOEXEC);
    if (fd >= 0) {
        notes().paths.push_back(&m_path);
    }
}

UnfinishedFile::~UnfinishedFile() {
    const std::lock_guard lock(notes().mutex);
    auto& paths = notes().paths;
    paths.erase(std::remove(paths.begin(), paths.end(), &m_path), paths.end());
}

void remove_unfinished_files() noexcept {
    notes().mutex.lock();  // for good
    for (const std::string* path : notes().paths) {
        ::unlink(path->c_str());
    }
}

}  // namespace caro
