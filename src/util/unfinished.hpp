// Files that must not be left behind if the process is ended in the middle of its work.
#pragma once

#include <string>

namespace caro {

// Notes that `path` is not finished yet, until destruction. The owner renames or removes the file itself; this is for
// the case that it never gets there.
class UnfinishedFile {
  public:
    explicit UnfinishedFile(std::string path);
    ~UnfinishedFile();
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    // Creates and opens a new file after a pattern that ends in XXXXXX (mode 0600, close-on-exec) and notes it in
    // one step. -1 and errno if that fails.
    explicit UnfinishedFile(std::string pattern, int& fd);

    const std::string& path() const noexcept { return m_path; }

  private:
    std::string m_path;
};

// Removes all that are noted now. For a process that is about to end: no more can be noted afterwards, who tries to
// waits for the end. Safe from any thread, not from a signal handler.
void remove_unfinished_files() noexcept;

}  // namespace caro
