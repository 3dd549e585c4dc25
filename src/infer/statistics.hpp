// What each back end has done on this machine: how fast it answers and how often it fails. One small file of
// numbers and model names; nothing of what was asked or answered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::infer {

// Figures of one back end with one model. The averages follow the last answers more than old ones.
struct Figures {
    std::string backend;
    std::string model;
    std::uint32_t answers = 0;
    std::uint32_t failures = 0;
    double first_token_ms = 0;  // from the request to the first piece of the answer
    double total_ms = 0;
    double tokens_per_s = 0;
    double prompt_tokens = 0;
    double cached_tokens = 0;
    double generated_tokens = 0;
    std::string last_failure;  // name of the error code
    std::int64_t updated = 0;  // seconds since 1970
};

// One thing that happened.
struct Event {
    std::string backend;
    std::string model;
    bool failed = false;
    ErrorCode failure = ErrorCode::internal;  // if failed
    Usage usage;                              // otherwise
    Timings timings;
};

class Statistics {
  public:
    // Reads the file. A missing, damaged or foreign one counts as empty: it will be written anew.
    static Statistics load(const std::filesystem::path& path);

    // The figures of a back end with a model; nullptr if there are none. An empty model means any: then the ones
    // used last.
    const Figures* find(std::string_view backend, std::string_view model) const;

    const std::vector<Figures>& all() const { return m_all; }

    void add(const Event& event, std::int64_t now);

    // The file's content.
    std::string to_text() const;

  private:
    Figures& entry(const std::string& backend, const std::string& model);

    std::vector<Figures> m_all;
};

// Adds events to the file, under a lock so that two runs of caro do not undo each other. If another one holds the
// lock, or the disk is full, the events are dropped: they are not worth waiting for.
Result<> record(const std::filesystem::path& path, const std::vector<Event>& events);

}  // namespace caro::infer
