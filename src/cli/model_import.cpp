#include "cli/model_import.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <optional>

#include "cli/error_text.hpp"
#include "cli/model_fetch.hpp"
#include "cli/signals.hpp"
#include "models/cache.hpp"
#include "models/file_facts.hpp"
#include "models/gguf_header.hpp"
#include "ui/progress.hpp"
#include "ui/terminal.hpp"
#include "util/file.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/strings.hpp"
#include "util/unfinished.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

namespace fs = std::filesystem;

std::string type_text(infer::WeightType type, const models::Checkpoint& checkpoint) {
    if (type != infer::WeightType::as_stored) {
        return to_lower(infer::name_of(type));
    }
    return checkpoint.kind == models::WeightKind::f32 ? "f32" : checkpoint.kind == models::WeightKind::f16 ? "f16" : "bf16";
}

Result<> check_space(const fs::path& folder, std::uint64_t needed) {
    std::error_code error;
    const auto space = fs::space(folder, error);
    if (!error && space.available < needed) {
        return fail(ErrorCode::io, fmt::format("{} has {} left, but the conversion needs {}", folder.string(),
                                               size_text(space.available), size_text(needed)),
                    "Free some space, or put the cache elsewhere with XDG_CACHE_HOME");
    }
    return {};
}

// Keeps the unfinished file from being pruned, and removes it if the work does not end well.
class Unfinished {
  public:
    explicit Unfinished(fs::path path) : m_path(std::move(path)) {
        std::ofstream(m_path, std::ios::app).flush();  // there has to be something to hold
        m_held.emplace(m_path);
    }
    ~Unfinished() {
        std::error_code ignored;
        fs::remove(m_path, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    const fs::path& path() const { return m_path; }

  private:
    fs::path m_path;
    UnfinishedFile m_noted{m_path.string()};
    std::optional<models::ModelInUse> m_held;
};

struct Work {
    const ImportPlan& plan;
    const models::Checkpoint& checkpoint;
    const models::TokenizerData& tokenizer;
    const models::Cache& cache;
    std::string file;
    std::string stamp;
};

Result<> convert_to(const Work& work, const fs::path& output, const Invocation& invocation) {
    infer::ConversionRequest request;
    request.checkpoint = &work.checkpoint;
    request.tokenizer = &work.tokenizer;
    request.name = fs::path(work.file).stem().string();
    request.output = output;
    request.type = work.plan.type;
    request.threads = static_cast<int>(invocation.config.get<std::int64_t>("engine.threads"));
    ui::Progress bar(progress_form(invocation), invocation.color, ui::terminal_width(STDERR_FILENO), work.file);
    const std::uint64_t total = work.checkpoint.bytes;
    auto done = infer::convert(request, [&](double part) { bar.update(static_cast<std::uint64_t>(part * static_cast<double>(total)), total); },
                               *invocation.cancel);
    bar.clear();
    return done;
}

void note_in_cache(const Work& work, const fs::path& target, const std::string& sha256) {
    std::error_code error;
    models::ManifestEntry entry;
    entry.file = work.file;
    entry.repo = work.plan.repo;
    entry.revision = work.stamp;
    entry.source = "import";
    entry.licence = work.plan.licence;
    entry.size = fs::file_size(target, error);
    entry.sha256 = sha256;
    entry.downloaded = std::time(nullptr);
    entry.modified_ns = models::facts_of(target).value_or(models::FileFacts{}).modified_ns;
    if (const auto noted = work.cache.add(std::move(entry)); !noted) {
        LOG("the model is there, but not noted: {}", noted.error().message);
    }
}

// What the checkpoint said about itself, for people and tools: a model file holds less. Goes with the model file.
void keep_configuration(const Work& work) {
    const fs::path folder = work.cache.root() / "config" / fs::path(work.file).stem();
    constexpr std::uint64_t k_largest = 16U << 20U;
    for (const char* name : {"config.json", "generation_config.json", "tokenizer_config.json"}) {
        const auto text = read_file(work.plan.folder / name, k_largest);
        const std::string_view parts[] = {text ? std::string_view(*text) : std::string_view()};
        if (text && !write_file_atomic(folder / name, parts)) {
            LOG("{} is not kept", name);
        }
    }
}

Result<Imported> make(const Work& work, const Invocation& invocation) {
    const SignalsElsewhere no_signals;  // a flush of gigabytes may take a while
    const fs::path target = work.cache.models_dir() / work.file;
    TRY_ASSIGN(const FileLock turn, FileLock::acquire(work.cache.models_dir() / ("." + work.file + ".lock")));
    std::error_code error;
    if (fs::exists(target, error)) {
        const auto known = work.cache.find(work.file);
        if (known && known->entry.source == "import" && known->entry.revision == work.stamp && !known->changed) {
            return Imported{target, false};
        }
        if (!work.plan.replace) {
            return fail(ErrorCode::usage, fmt::format("there is a model {} already", work.file),
                        "Give another name with --name, or replace it with --yes");
        }
    }
    TRY(check_space(work.cache.models_dir(), infer::conversion_bytes(work.checkpoint, work.plan.type)));
    const Unfinished unfinished(work.cache.models_dir() / fmt::format("{}.{}.part", work.file, work.stamp.substr(0, 12)));
    TRY(convert_to(work, unfinished.path(), invocation));
    TRY(models::read_gguf_header(unfinished.path()));
    TRY_ASSIGN(const std::string sha256, sha256_file(unfinished.path(), *invocation.cancel));
    fs::rename(unfinished.path(), target, error);
    if (error) {
        return fail(ErrorCode::io, fmt::format("cannot write {}: {}", target.string(), error.message()),
                    "Check that you may write to that folder");
    }
    note_in_cache(work, target, sha256);
    keep_configuration(work);
    return Imported{target, true};
}

}  // namespace

Result<std::string> import_file_name(const ImportPlan& plan, const models::Checkpoint& checkpoint) {
    std::string name = plan.name.empty() ? fs::absolute(plan.folder).lexically_normal().filename().string() : plan.name;
    if (name.empty()) {  // the folder was written with a slash at its end
        name = fs::absolute(plan.folder).lexically_normal().parent_path().filename().string();
    }
    const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; };
    if (!plan.name.empty() && (!std::all_of(name.begin(), name.end(), plain) || name.front() == '.' || name.size() > 100)) {
        return fail(ErrorCode::usage, fmt::format("{} is no name for a model", escape_deceptive(name)),
                    "Use letters, digits, '.', '_' and '-'");
    }
    std::replace_if(name.begin(), name.end(), [&](unsigned char c) { return !plain(c); }, '-');
    if (name.front() == '.') {
        name.front() = '-';
    }
    return fmt::format("{}-{}.gguf", name.substr(0, 100), type_text(plan.type, checkpoint));
}

Result<Imported> import_checkpoint(const ImportPlan& plan, const Invocation& invocation) {
    if (!infer::can_convert()) {
        return fail(ErrorCode::unavailable, "this caro was built without the embedded engine, which converts models",
                    "Use a GGUF file, or a caro with the engine");
    }
    TRY_ASSIGN(const auto checkpoint, models::read_checkpoint(plan.folder));
    TRY(models::plan_tensors(checkpoint));
    TRY_ASSIGN(const auto tokenizer, models::read_tokenizer(plan.folder, checkpoint.config.vocabulary));
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    TRY_ASSIGN(std::string file, import_file_name(plan, checkpoint));
    std::error_code error;
    fs::create_directories(cache.models_dir(), error);
    if (error) {
        return fail(ErrorCode::io, fmt::format("cannot make the folder {}: {}", cache.models_dir().string(), error.message()),
                    "Check that you may write there, or put the cache elsewhere with XDG_CACHE_HOME");
    }
    return make({plan, checkpoint, tokenizer, cache, std::move(file), models::checkpoint_stamp(plan.folder)}, invocation);
}

}  // namespace caro::cli
