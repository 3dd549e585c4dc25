#include "infer/selector.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "infer/candidates.hpp"
#include "util/log.hpp"

namespace caro::infer {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr int k_patience = 10;  // times the probe budget, where nothing else is left

// Tries the candidates in turn; see select().
class SelectedGenerator final : public Generator {
  public:
    SelectedGenerator(const SelectionPolicy& policy, Statistics statistics, NoteSink note)
        : m_policy(policy), m_statistics(std::move(statistics)), m_note(std::move(note)) {}

    ~SelectedGenerator() override { SelectedGenerator::shutdown(); }

    // Finds the first to use. Must succeed before anything else is called.
    Result<> choose(const BackendOptions& options, const CancelToken& cancel);

    BackendInfo info() const override { return m_current->generator->info(); }
    Availability is_available(Milliseconds budget, const CancelToken& cancel) override {
        return m_current->generator->is_available(budget, cancel);
    }
    Result<Completion> generate(const GenerateRequest& request, const TokenSink& sink,
                                const CancelToken& cancel) override;
    void shutdown() noexcept override {
        for_each_generator([](Generator& generator) { generator.shutdown(); });
        keep_statistics();
    }
    void leave() noexcept override {
        for_each_generator([](Generator& generator) { generator.leave(); });
        keep_statistics();
    }

  private:
    template <class F>
    void for_each_generator(F&& end) noexcept {
        for (auto& candidate : m_candidates) {
            if (candidate.generator) {
                end(*candidate.generator);
            }
        }
    }
    void keep_statistics() noexcept;
    Result<> choose_explicit();
    Result<> choose_automatic(const CancelToken& cancel);
    Candidate* first_ready(const CancelToken& cancel);
    bool take_next(const Error& reason, const CancelToken& cancel);
    Error nothing_ready() const;
    void note(std::string_view text);
    void pass_on_notes();

    SelectionPolicy m_policy;
    Statistics m_statistics;
    NoteSink m_note;
    std::vector<Candidate> m_candidates;
    Candidate* m_current = nullptr;
    std::vector<std::string> m_told;
    std::vector<Event> m_events;
};

void SelectedGenerator::note(std::string_view text) {
    if (m_note && std::find(m_told.begin(), m_told.end(), text) == m_told.end()) {
        m_told.emplace_back(text);
        m_note(text);
    }
}

void SelectedGenerator::pass_on_notes() {
    for (const auto& text : info().notes) {
        note(text);
    }
}

Result<> SelectedGenerator::choose(const BackendOptions& options, const CancelToken& cancel) {
    const bool automatic = m_policy.choice.empty() || m_policy.choice == "auto";
    if (!automatic) {
        TRY(find_backend(m_policy.choice));
    }
    m_candidates = make_candidates(m_policy, options, m_statistics);
    return automatic ? choose_automatic(cancel) : choose_explicit();
}

Result<> SelectedGenerator::choose_explicit() {
    const auto chosen = std::find_if(m_candidates.begin(), m_candidates.end(),
                                     [&](const Candidate& c) { return c.entry->name == m_policy.choice; });
    if (chosen->make_error) {
        return fail(*chosen->make_error);
    }
    m_current = &*chosen;
    return {};
}

// The first that is ready. Those before it that need no network to tell are asked first, so that a machine with
// its own model sends no packet at all.
Candidate* SelectedGenerator::first_ready(const CancelToken& cancel) {
    std::vector<Candidate*> usable;
    for (auto& candidate : m_candidates) {
        if (candidate.generator && !candidate.failed && is_automatic(candidate)) {
            usable.push_back(&candidate);
        }
    }
    if (!usable.empty() && usable.front()->entry->in_process &&
        is_ready(*usable.front(), m_policy.probe_budget, cancel)) {
        return usable.front();
    }
    const auto ready = [&]() -> Candidate* {
        const auto found = std::find_if(usable.begin(), usable.end(),
                                        [](const Candidate* candidate) { return candidate->availability->ready; });
        return found == usable.end() ? nullptr : *found;
    };
    probe_all(usable, m_policy.probe_budget, cancel);
    if (Candidate* found = ready(); found != nullptr || cancel.should_stop()) {
        return found;
    }
    // A server far away may need longer, and there is nothing else to hope for.
    std::vector<Candidate*> far;
    for (Candidate* candidate : usable) {
        if (!candidate->generator->info().local) {
            candidate->availability.reset();
            far.push_back(candidate);
        }
    }
    probe_all(far, m_policy.probe_budget * k_patience, cancel);
    return ready();
}

Error SelectedGenerator::nothing_ready() const {
    std::string reasons;
    std::string hint;
    for (const auto& candidate : m_candidates) {
        if (!is_automatic(candidate)) {
            continue;
        }
        const Availability& availability = candidate.availability.value_or(Availability{});
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", candidate.entry->name, availability.why_not);
        hint = hint.empty() ? availability.how_to_fix : hint;
    }
    return {ErrorCode::unavailable, fmt::format("no back end is ready ({})", reasons), hint, {}};
}

Result<> SelectedGenerator::choose_automatic(const CancelToken& cancel) {
    m_current = first_ready(cancel);
    if (m_current == nullptr) {
        if (cancel.cancelled()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        return fail(nothing_ready());
    }
    const BackendInfo info = m_current->generator->info();
    if (!info.local) {
        note(fmt::format("no back end on this machine is ready, so {} at {} is used", info.name, info.device));
    } else if (m_current->tight) {
        note("this machine has little free memory for the model: answers may be slow");
    }
    return {};
}

// After the current one failed: the next that may take over. false = there is none.
bool SelectedGenerator::take_next(const Error& reason, const CancelToken& cancel) {
    // One unusable answer says little about the next one; what else went wrong will go wrong again.
    const bool was_only_one_answer = reason.code == ErrorCode::bad_output;
    m_current->failed = true;
    Candidate* next = m_policy.fallback ? first_ready(cancel) : nullptr;
    if (next == nullptr) {
        m_current->failed = !was_only_one_answer;
        return false;
    }
    note(fmt::format("{} could not answer ({}), so {} is used instead", m_current->entry->name, reason.message,
                     next->entry->name));
    m_current = next;
    return true;
}

Result<Completion> SelectedGenerator::generate(const GenerateRequest& request, const TokenSink& sink,
                                               const CancelToken& cancel) {
    if (m_current->failed) {
        return fail(ErrorCode::unavailable, fmt::format("{} failed before in this run", m_current->entry->name));
    }
    for (;;) {
        auto completion = m_current->generator->generate(request, sink, cancel);
        pass_on_notes();
        Event event{std::string(m_current->entry->name), m_current->generator->info().model, !completion.has_value(),
                    ErrorCode::internal, {}, {}};
        if (completion) {
            event.usage = completion->usage;
            event.timings = completion->timings;
            m_events.push_back(std::move(event));
            return completion;
        }
        const Error& error = completion.error();
        if (error.code == ErrorCode::cancelled) {
            return completion;
        }
        event.failure = error.code;
        m_events.push_back(std::move(event));
        LOG("back end {} failed: {}", m_current->entry->name, error.message);
        if (!may_fall_back(error.code)) {
            return completion;
        }
        if (cancel.should_stop() || !take_next(error, cancel)) {
            return completion;
        }
    }
}

void SelectedGenerator::keep_statistics() noexcept {
    try {
        const std::vector<Event> events = std::move(m_events);
        m_events.clear();
        if (const auto recorded = record(m_policy.statistics_file, events); !recorded) {
            LOG("statistics not kept: {}", recorded.error().message);
        }
    } catch (...) {  // out of memory: statistics are not worth more
    }
}

}  // namespace

bool may_fall_back(ErrorCode code) {
    switch (code) {
        case ErrorCode::network:
        case ErrorCode::timeout:
        case ErrorCode::unavailable:
        case ErrorCode::rate_limited:
        case ErrorCode::not_found:
        case ErrorCode::bad_model:
        case ErrorCode::bad_output:
        case ErrorCode::io: return true;
        default: return false;
    }
}

Result<std::unique_ptr<Generator>> select(const SelectionPolicy& policy, const BackendOptions& options, NoteSink note,
                                          const CancelToken& cancel) {
    auto out = std::make_unique<SelectedGenerator>(policy, Statistics::load(policy.statistics_file), std::move(note));
    TRY(out->choose(options, cancel));
    return out;
}

std::vector<BackendRow> survey(const SelectionPolicy& policy, const BackendOptions& options, const CancelToken& cancel) {
    const Statistics statistics = Statistics::load(policy.statistics_file);
    std::vector<Candidate> candidates = make_candidates(policy, options, statistics);
    std::vector<Candidate*> all;
    for (auto& candidate : candidates) {
        all.push_back(&candidate);
    }
    probe_all(all, policy.probe_budget, cancel);

    const bool automatic = policy.choice.empty() || policy.choice == "auto";
    const auto chosen = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
        return automatic ? is_automatic(c) && c.availability->ready : c.entry->name == policy.choice;
    });
    std::vector<BackendRow> rows;
    for (const auto& entry : backends()) {
        const auto found = std::find_if(candidates.begin(), candidates.end(),
                                        [&](const Candidate& c) { return c.entry == &entry; });
        BackendRow row{std::string(entry.name), std::string(entry.summary), {}, *found->availability, {}, found == chosen};
        row.info.name = row.name;
        row.info.local = entry.local;
        if (found->generator) {
            row.info = found->generator->info();
            // The model may be known only after the server was asked.
            const Figures* figures = statistics.find(entry.name, row.info.model);
            row.figures = figures != nullptr ? std::optional(*figures) : std::nullopt;
            found->generator->shutdown();
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace caro::infer
