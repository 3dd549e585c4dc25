#include "infer/llama/llama_backend.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "infer/llama/answer_tokens.hpp"
#include "infer/llama/mapped_file.hpp"
#include "infer/llama/session.hpp"
#include "infer/registry.hpp"
#include "util/clock.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/stop_filter.hpp"

namespace caro::infer::llama {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_states_kept = 4;  // newest prompt states in the cache; each is some tens of MB

constexpr std::size_t k_least_worth_keeping = 64;  // tokens; a shorter constant part is quickly evaluated

// Texts on which the compact vocabulary must agree with the engine before it is trusted: the prompt itself and
// lines that try every rule of word splitting.
std::vector<std::string> vocabulary_samples(const std::string& prompt_text) {
    return {prompt_text,
            "it's we've I'd THEY'RE don't 'start' 'll x'm",
            "  two   spaces\tand\t\ttabs \n\n lines\r\n end  ",
            "find . -type f -size +100M -mtime -7 -name '*.tar.gz' 2>/dev/null | sort -rn | head -n 10",
            "awk -F: '{print $1, $3*1024}' /etc/passwd && sed -i 's/foo/bar/g' ./a_b-c.txt; echo \"${HOME}\"",
            "2024-01-31 10:15:59 192.168.1.254 1234567890 0x1F 3.14159",
            "UPPER lower MixedCase snake_case kebab-case dotted.name <|im_start|>user\nhi<|im_end|>\n",
            "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ !! ?? ((a)) {{b}} ...", " ", "\n", "a", "",
            "zeige die größten Dateien – «récents», naïve café's", "显示最大的文件（10个），请！", "найди все файлы; βρες τα αρχεία",
            "大きなファイルを表示 파일 목록을 보여줘 → ok…", "ß'S É's ÄÖÜ123äöü ¿qué?"};
}

class LlamaBackend final : public Generator {
  public:
    explicit LlamaBackend(BackendOptions options) : m_options(std::move(options)) {}

    BackendInfo info() const override;
    Availability is_available(std::chrono::milliseconds budget, const CancelToken& cancel) override;
    Result<Completion> generate(const GenerateRequest& request, const TokenSink& sink,
                                const CancelToken& cancel) override;
    void shutdown() noexcept override {
        m_session.reset();
        m_shut_down = true;
    }
    void leave() noexcept override {
        // Still pointed to, so it is no leak to those who look for leaks.
        [[maybe_unused]] static const Session* s_left = nullptr;
        s_left = m_session.release();
        m_shut_down = true;
    }

  private:
    Result<> load(const CancelToken& cancel);
    Result<std::size_t> evaluate_prompt(const TokenizedPrompt& prompt, const ProgressSink& on_progress,
                                        const CancelToken& cancel);
    Result<> decode(const GenerateRequest& request, TokenizedPrompt prompt, const TokenSink& sink,
                    const CancelToken& cancel, Completion& completion);
    void restore_or_build_prefix(const TokenizedPrompt& prompt, const ProgressSink& on_progress,
                                 const CancelToken& cancel);
    void drop_old_states() const;
    std::string model_name() const {
        return fs::path(m_options.model_name.empty() ? m_options.model_path : m_options.model_name).stem().string();
    }
    fs::path cache_file(std::string_view kind, std::string_view identity) const;

    BackendOptions m_options;
    std::unique_ptr<Session> m_session;
    double m_tokens_per_s = 0;
    std::string m_fingerprint;  // of the model file; "" if nothing is to be kept on disk
    bool m_has_table = false;
    bool m_prefix_tried = false;
    bool m_shut_down = false;
};

BackendInfo LlamaBackend::info() const {
    BackendInfo info;
    info.name = "embedded";
    info.model = model_name();
    info.local = true;
    info.context_tokens = m_options.context_tokens;
    info.measured_tokens_per_s = m_tokens_per_s;
    if (m_session) {
        info.device = m_session->device();
        info.context_tokens = m_session->context_tokens();
        info.memory_bytes = m_session->memory_bytes();
    }
    return info;
}

Availability LlamaBackend::is_available(std::chrono::milliseconds, const CancelToken&) {
    if (m_shut_down) {
        return {false, "it was shut down", "Start caro again"};
    }
    if (m_options.model_path.empty()) {
        return {false, "no model file was found", m_options.model_hint};
    }
    std::error_code error;
    if (!fs::is_regular_file(m_options.model_path, error)) {
        return {false, fmt::format("the model file {} does not exist", m_options.model_path), m_options.model_hint};
    }
    return {true, "", ""};
}

Result<> LlamaBackend::load(const CancelToken& cancel) {
    if (m_shut_down) {
        return fail(ErrorCode::unavailable, "the embedded engine was shut down");
    }
    if (m_session) {
        return {};
    }
    if (m_options.model_path.empty()) {
        return fail(ErrorCode::unavailable, "no model file was found", m_options.model_hint);
    }
    std::optional<VocabTable> table;
    if (!m_options.state_dir.empty()) {
        if (auto fingerprint = model_fingerprint(m_options.model_path, m_options.model_offset)) {
            m_fingerprint = std::move(*fingerprint);
            table = VocabTable::open(cache_file("vocab", m_fingerprint), m_fingerprint);
        }
    }
    m_has_table = table.has_value();
    TRY_ASSIGN(m_session, Session::load(m_options, std::move(table), cancel));
    return {};
}

void LlamaBackend::drop_old_states() const {
    std::error_code error;
    std::vector<fs::directory_entry> states;
    for (const auto& entry : fs::directory_iterator(m_options.state_dir, error)) {
        if (entry.path().extension() == ".kv") {
            states.push_back(entry);
        }
    }
    if (states.size() <= k_states_kept) {
        return;
    }
    std::sort(states.begin(), states.end(), [](const auto& a, const auto& b) {
        std::error_code ignored;
        return a.last_write_time(ignored) > b.last_write_time(ignored);
    });
    for (std::size_t i = k_states_kept; i < states.size(); ++i) {
        fs::remove(states[i].path(), error);
    }
}

fs::path LlamaBackend::cache_file(std::string_view kind, std::string_view identity) const {
    return fs::path(m_options.state_dir) / fmt::format("{}-{}.{}", model_name(),
                                                       sha256_hex(identity).substr(0, 12), kind);
}

// Puts the evaluated constant part of the prompt into the context, from disk if possible. Failing is no error:
// the prompt is then simply evaluated.
void LlamaBackend::restore_or_build_prefix(const TokenizedPrompt& prompt, const ProgressSink& on_progress,
                                 const CancelToken& cancel) {
    if (m_fingerprint.empty() || prompt.constant < k_least_worth_keeping) {
        return;
    }
    const std::span<const Token> tokens(prompt.tokens.data(), prompt.constant);
    const std::string text_hash = sha256_hex(prompt.constant_text);
    const std::string key = fmt::format("{}\n{}\n{}", m_fingerprint, text_hash, m_session->engine_key());
    const fs::path path = cache_file("kv", key);
    if (const auto state = MappedFile::open(path, key)) {
        if (m_session->restore(state->payload(), tokens)) {
            LOG("prompt state: {} tokens from {}", tokens.size(), path.string());
            return;
        }
        LOG("prompt state {} does not fit the context", path.string());
    }
    const auto progress = [&on_progress](double fraction) {
        if (on_progress) {
            on_progress(Phase::prepare, fraction);
        }
    };
    progress(0);
    if (!m_session->evaluate(tokens, cancel, progress)) {
        return;
    }
    auto saved = MappedFile::save(path, key, m_session->export_state(tokens));
    if (saved && !m_has_table) {
        saved = m_session->vocabulary().save_table(cache_file("vocab", m_fingerprint), m_fingerprint,
                                                   vocabulary_samples(prompt.constant_text));
    }
    if (!saved) {
        LOG("caches not kept: {}", saved.error().message);
        return;
    }
    LOG("prompt state: {} tokens written to {}", tokens.size(), path.string());
    drop_old_states();
}

Result<std::size_t> LlamaBackend::evaluate_prompt(const TokenizedPrompt& prompt, const ProgressSink& on_progress,
                                        const CancelToken& cancel) {
    if (m_session->tokens_held() == 0 && !m_prefix_tried) {
        m_prefix_tried = true;
        restore_or_build_prefix(prompt, on_progress, cancel);
    }
    return m_session->evaluate(prompt.tokens, cancel);
}

Result<> LlamaBackend::decode(const GenerateRequest& request, TokenizedPrompt prompt, const TokenSink& sink,
                              const CancelToken& cancel, Completion& completion) {
    StopFilter filter(request.prompt.stop);
    AnswerTokens answer(*m_session, std::move(prompt), request.sampling,
                        m_options.guess_tokens ? &m_session->step_cost() : nullptr);
    completion.stop = StopReason::max_tokens;
    const auto pass_on = [&](std::string_view text) {
        completion.text.append(text);
        return text.empty() || !sink || sink(text);
    };
    bool goes_on = true;
    while (goes_on && completion.usage.generated_tokens < request.max_tokens) {
        TRY_ASSIGN(const Token token, answer.next(request.max_tokens - completion.usage.generated_tokens, cancel));
        ++completion.usage.generated_tokens;
        if (m_session->vocabulary().ends_answer(token)) {
            completion.stop = StopReason::end_of_answer;
            break;
        }
        if (!pass_on(filter.push(m_session->vocabulary().piece(token)))) {
            completion.stop = StopReason::sink;
            goes_on = false;
        } else if (filter.stopped()) {
            completion.stop = StopReason::stop_text;
            goes_on = false;
        }
    }
    completion.usage.drafted_tokens = answer.drafted();
    completion.usage.accepted_tokens = answer.accepted();
    if (goes_on) {
        pass_on(filter.finish());
    }
    return {};
}

Result<Completion> LlamaBackend::generate(const GenerateRequest& request, const TokenSink& sink,
                                          const CancelToken& cancel) {
    Completion completion;
    Stopwatch watch;
    const bool was_loaded = m_session != nullptr;
    if (!was_loaded && request.on_progress) {
        request.on_progress(Phase::load, 0);
    }
    TRY(load(cancel));
    completion.timings.load = was_loaded ? 0 : watch.milliseconds();

    watch.restart();
    TRY_ASSIGN(TokenizedPrompt prompt, m_session->tokenize(request.prompt, request.max_tokens));
    TRY_ASSIGN(const std::size_t cached, evaluate_prompt(prompt, request.on_progress, cancel));
    completion.timings.prompt = watch.milliseconds();
    completion.piped_cut = prompt.piped_cut;
    completion.usage.prompt_tokens = static_cast<std::uint32_t>(prompt.tokens.size());
    completion.usage.cached_tokens = static_cast<std::uint32_t>(cached);

    watch.restart();
    TRY(decode(request, std::move(prompt), sink, cancel, completion));
    completion.timings.generate = watch.milliseconds();
    LOG("{} tokens: {} guessed, {} of them right", completion.usage.generated_tokens,
        completion.usage.drafted_tokens, completion.usage.accepted_tokens);
    if (completion.timings.generate > 0) {
        m_tokens_per_s = completion.usage.generated_tokens * 1000.0 / completion.timings.generate;
    }
    return completion;
}

}  // namespace

Result<std::unique_ptr<Generator>> make(const BackendOptions& options) {
    return std::make_unique<LlamaBackend>(options);
}

}  // namespace caro::infer::llama
