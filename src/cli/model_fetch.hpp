// Fetching a model for somebody: what it is, whether they want it, and how far it is. Used by `caro models pull` and by
// the first use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/invocation.hpp"
#include "models/download.hpp"
#include "models/reference.hpp"
#include "ui/progress.hpp"
#include "util/result.hpp"

namespace caro::cli {

// The hub of this invocation's settings. Errors of HubOptions::from_environment().
Result<models::Hub> hub_of(const Invocation& invocation);

// How progress is shown on standard error.
ui::Progress::Form progress_form(const Invocation& invocation);

// models::download() with its progress on standard error, under the name `label`.
Result<std::filesystem::path> download_shown(const models::Hub& hub, const models::Cache& cache,
                                             const models::DownloadRequest& request, const std::string& label,
                                             const Invocation& invocation);

// What would be fetched.
struct ModelOffer {
    models::Reference reference;
    std::string label;        // "qwen2.5-coder-1.5b", "owner/name/file.gguf"
    std::string licence;      // "" = not known
    std::string note;         // to read first: what the licence forbids, …; "" = nothing
    bool permissive = true;   // false: the licence is known to forbid some uses
    std::uint64_t size = 0;   // bytes; 0 = the hub was not asked yet
    std::optional<models::RemoteFile> remote;  // what the hub said
};

// What is known of the reference without asking anybody. ErrorCode::usage for a file of this machine.
Result<ModelOffer> offer_of(const models::Reference& reference);

// Asks the hub for file, size and hash where they are not known yet. Errors of models::Hub.
Result<> ask_hub(ModelOffer& offer, const Invocation& invocation);

// "qwen2.5-coder-1.5b (1.1 GB, Apache-2.0)"
std::string described(const ModelOffer& offer);

// The question, on a terminal: true for yes. ErrorCode::cancelled on Ctrl-C. `fd` is the terminal to read from.
Result<bool> ask_to_fetch(const ModelOffer& offer, int fd, const Invocation& invocation);

// Downloads it with progress on standard error and makes room by models.max_size; what was removed for that becomes a
// warning of the invocation. Returns the file. Errors of models::download().
Result<std::filesystem::path> fetch(ModelOffer& offer, Invocation& invocation);

// The terminal a question can be asked on, also where standard input is something else; none where caro must not or
// cannot ask.
class QuestionTerminal {
  public:
    explicit QuestionTerminal(const Invocation& invocation);
    ~QuestionTerminal();
    QuestionTerminal(const QuestionTerminal&) = delete;
    QuestionTerminal& operator=(const QuestionTerminal&) = delete;

    bool is_there() const { return m_fd >= 0; }
    int fd() const { return m_fd; }

  private:
    int m_fd = -1;
};

}  // namespace caro::cli
