#include "infer/llama/session.hpp"

#include <fmt/core.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <llama.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "infer/llama/drafter.hpp"
#include "infer/llama/pace.hpp"
#include "infer/llama/shared_populate.hpp"
#include "util/clock.hpp"
#include "util/cpu.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::infer::llama {

namespace {

struct ModelDeleter {
    void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextDeleter {
    void operator()(llama_context* context) const { llama_free(context); }
};
struct ThreadpoolDeleter {
    void operator()(ggml_threadpool* pool) const { ggml_threadpool_free(pool); }
};
struct SamplerDeleter {
    void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};

// The engine's last error line; its loader tells the cause only through the log.
std::string& last_engine_error() {
    static std::string s_error;
    return s_error;
}

void on_engine_log(ggml_log_level level, const char* text, void*) {
    const std::string_view line = trim(text);
    if (level == GGML_LOG_LEVEL_ERROR && !line.empty()) {
        last_engine_error() = line;
    }
    if (!line.empty() && level >= GGML_LOG_LEVEL_WARN) {
        LOG("llama.cpp: {}", line);
    }
}

// llama.cpp aborts the process on what it holds for impossible; a damaged model file can lead there.
void on_engine_abort(const char* message) {
    std::fprintf(stderr,
                 "caro: error: the embedded engine stopped: %s\n"
                 "  fix: the model file may be damaged; fetch it again, or name another with --model\n",
                 message);
    std::_Exit(16);
}

void start_engine_once() {
    static const bool s_started = [] {
        llama_log_set(on_engine_log, nullptr);
        ggml_set_abort_callback(on_engine_abort);
        llama_backend_init();
        return true;
    }();
    static_cast<void>(s_started);
}

// The engine's threads wait for each other by spinning. One of them without a processor of its own makes all
// of them wait a time slice at each of hundreds of steps per token: a hundred times slower. So on a busy machine fewer
// threads are faster.
int threads_for(int cores, int idle) { return std::clamp(idle, 1, cores); }

// A token reads all weights once; no machine that runs a model at all reads fewer than 2 GB a second.
constexpr double k_slowest_ms_per_byte = 1e3 / 2e9;

// Cheap checks that give clear causes before the loader gives unclear ones.
Result<> check_file(const std::string& path, std::uint64_t offset) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        return fail(ErrorCode::not_found, fmt::format("the model file {} does not exist", path),
                    "Check the path, or leave --model out to use the default model");
    }
    if (!std::filesystem::is_regular_file(status)) {
        return fail(ErrorCode::bad_model, fmt::format("{} is not a file", path),
                    "Name a GGUF model file with --model");
    }
    char magic[4] = {};
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(ErrorCode::io, fmt::format("cannot read the model file {}", path),
                    "Check that you may read it");
    }
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(magic, sizeof magic);
    if (file.gcount() != sizeof magic || std::string_view(magic, 4) != "GGUF") {
        return fail(ErrorCode::bad_model, fmt::format("{} is not a GGUF model", path),
                    "Name a GGUF model file with --model");
    }
    return {};
}

constexpr std::size_t k_progress_step = 64;  // tokens evaluated between two progress reports

template <std::size_t N>
void copy_text(std::string_view text, char (&field)[N]) {
    field[text.copy(field, N - 1)] = '\0';
}

}  // namespace

struct Session::Impl {
    std::unique_ptr<llama_model, ModelDeleter> model;
    std::unique_ptr<ggml_threadpool, ThreadpoolDeleter> pool;  // outlives the context that uses it
    std::unique_ptr<llama_context, ContextDeleter> context;
    std::unique_ptr<llama_sampler, SamplerDeleter> sampler;
    std::unique_ptr<Vocabulary> vocabulary;
    std::size_t vocabulary_size = 0;
    const CancelToken* cancel = nullptr;  // of the call in progress
    std::vector<Token> held;              // tokens whose state is in the context
    std::int32_t threads = 1;
    Pace pace{1, 0};
    StepCost cost;
    std::uint32_t batch = 512;
    bool on_gpu = false;
    std::string parameters;

    // Notes what an evaluation took: by the clock, and of this thread's time.
    void keep_pace(std::size_t tokens, double milliseconds, double own_milliseconds) {
        const double relative = cost.relative(tokens);
        cost.note(tokens, on_gpu ? milliseconds : own_milliseconds);
        if (tokens > StepCost::k_most || (tokens > 1 && relative == 0)) {
            return;
        }
        const int wanted = pace.after_token(tokens == 1 ? milliseconds : milliseconds / relative);
        if (wanted != threads) {
            LOG("a token took {:.0f} ms: going on with {} threads", milliseconds, wanted);
            threads = wanted;
            llama_set_n_threads(context.get(), threads, threads);
            cost.forget();
        }
    }

    Token most_likely(std::int32_t output) const {
        const float* logits = llama_get_logits_ith(context.get(), output);
        return static_cast<Token>(std::max_element(logits, logits + vocabulary_size) - logits);
    }

    std::size_t keep_common(std::span<const Token> tokens);
    Result<> decode(std::span<const Token> tokens, std::int8_t* outputs, const CancelToken& cancel_token);
};

Session::Session() : m_impl(std::make_unique<Impl>()) {}
Session::~Session() = default;

// `cores`: how many threads may fill the page table.
Result<> Session::load_model(const BackendOptions& options, const std::optional<VocabTable>& table, int cores,
                             const CancelToken& cancel) {
    llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = options.gpu_layers;
    params.load_mode = options.use_mmap
                           ? (options.use_mlock ? LLAMA_LOAD_MODE_MMAP_MLOCK : LLAMA_LOAD_MODE_MMAP)
                           : (options.use_mlock ? LLAMA_LOAD_MODE_MLOCK : LLAMA_LOAD_MODE_NONE);
    // Repacking rewrites a gigabyte of weights at every start; it pays only for a process that stays.
    params.use_extra_bufts = false;
    params.progress_callback = [](float, void* token) {
        return !static_cast<const CancelToken*>(token)->should_stop();
    };
    params.progress_callback_user_data = const_cast<CancelToken*>(&cancel);
    std::array<llama_model_kv_override, 3> overrides{};  // the last one, empty, ends the list
    if (table) {
        overrides[0].tag = LLAMA_KV_OVERRIDE_TYPE_STR;
        copy_text("tokenizer.ggml.model", overrides[0].key);
        copy_text("none", overrides[0].val_str);
        overrides[1].tag = LLAMA_KV_OVERRIDE_TYPE_INT;
        copy_text(fmt::format("{}.vocab_size", table->architecture()), overrides[1].key);
        overrides[1].val_i64 = static_cast<std::int64_t>(table->size());
        params.kv_overrides = overrides.data();
    }
    const SharedPopulate populate(cores, cancel);
    try {
        m_impl->model.reset(load_engine_model(options.model_path, options.model_offset, params));
    } catch (const std::exception& error) {
        last_engine_error() = error.what();
    }
    if (cancel.should_stop()) {
        return cancel.cancelled() ? fail(ErrorCode::cancelled, "interrupted")
                                  : fail(ErrorCode::timeout, "the model was not loaded in time", "Raise timeout_ms, or use a smaller model");
    }
    if (!m_impl->model) {
        return fail(ErrorCode::bad_model,
                    fmt::format("the model file {} cannot be loaded: {}", options.model_path,
                                last_engine_error().empty() ? "unknown cause" : last_engine_error()),
                    "It may be incomplete or damaged: fetch it again, or name another with --model");
    }
    return {};
}

Result<> Session::make_context(const BackendOptions& options) {
    Impl& impl = *m_impl;
    llama_context_params params = llama_context_default_params();
    params.n_ctx = options.context_tokens;
    params.n_batch = options.batch_tokens;
    params.n_ubatch = options.batch_tokens;
    params.n_outputs_max = StepCost::k_most;
    params.n_threads = impl.threads;
    params.n_threads_batch = impl.threads;
    params.no_perf = true;
    params.abort_callback = [](void* self) {
        const CancelToken* token = static_cast<Impl*>(self)->cancel;
        return token != nullptr && token->should_stop();
    };
    params.abort_callback_data = &impl;
    try {
        impl.context.reset(llama_init_from_model(impl.model.get(), params));
    } catch (const std::exception& error) {
        last_engine_error() = error.what();
    }
    if (!impl.context) {
        return fail(ErrorCode::io, fmt::format("cannot set up the model: {}", last_engine_error()),
                    "There may be too little memory: close programs, or use a smaller model");
    }
    // Without a pool of its own the engine starts its threads anew for every token.
    ggml_threadpool_params pool_params = ggml_threadpool_params_default(impl.threads);
    impl.pool.reset(ggml_threadpool_new(&pool_params));
    if (impl.pool) {
        llama_attach_threadpool(impl.context.get(), impl.pool.get(), impl.pool.get());
    }
    impl.parameters = fmt::format("llama.cpp {} ctx {} batch {} gpu {}", llama_version(),
                                  llama_n_ctx(impl.context.get()), options.batch_tokens, impl.on_gpu);
    return {};
}

Result<std::unique_ptr<Session>> Session::load(const BackendOptions& options, std::optional<VocabTable> table,
                                               const CancelToken& cancel) {
    TRY(check_file(options.model_path, options.model_offset));
    start_engine_once();
    last_engine_error().clear();
    std::unique_ptr<Session> session(new Session());
    Impl& impl = *session->m_impl;
    impl.on_gpu = llama_supports_gpu_offload() && options.gpu_layers != 0;
    const int idle_before = idle_processors();
    impl.batch = options.batch_tokens;
    const int cores = options.threads > 0 ? options.threads : usable_physical_cores();
    TRY(session->load_model(options, table, cores, cancel));
    impl.threads = options.threads > 0 ? options.threads : threads_for(cores, std::max(idle_before, idle_processors()));
    impl.pace = Pace(impl.threads, static_cast<double>(llama_model_size(impl.model.get())) * k_slowest_ms_per_byte);
    TRY(session->make_context(options));
    impl.vocabulary = table ? std::make_unique<Vocabulary>(std::move(*table), options.model_path, options.model_offset)
                            : std::make_unique<Vocabulary>(impl.model.get());
    impl.vocabulary_size = impl.vocabulary->size();
    return session;
}

Result<TokenizedPrompt> Session::tokenize(const prompt::Prompt& prompt, std::size_t room) {
    return tokens_of(prompt, m_impl->model.get(), *m_impl->vocabulary, llama_n_ctx(m_impl->context.get()), room);
}

// Takes back all that is held but not the beginning of `tokens`; returns how much of them is held then. Their last token
// never is: it is evaluated again for its logits.
std::size_t Session::Impl::keep_common(std::span<const Token> tokens) {
    const auto differ = std::mismatch(held.begin(), held.end(), tokens.begin(), tokens.end() - 1);
    auto common = static_cast<std::size_t>(differ.first - held.begin());
    if (common < held.size()) {
        llama_memory_t memory = llama_get_memory(context.get());
        if (!llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(common), -1)) {
            llama_memory_clear(memory, true);
            common = 0;
        }
        held.resize(common);
    }
    return common;
}

// Evaluates tokens after those held. `outputs` marks those whose logits are wanted; null: the last.
Result<> Session::Impl::decode(std::span<const Token> tokens, std::int8_t* outputs, const CancelToken& cancel_token) {
    llama_batch work = llama_batch_get_one(const_cast<Token*>(tokens.data()), static_cast<std::int32_t>(tokens.size()));
    work.logits = outputs;
    cancel = &cancel_token;
    const Stopwatch watch;
    const double thread_before = thread_milliseconds();
    const int status = llama_decode(context.get(), work);
    cancel = nullptr;
    if (status == 0) {
        held.insert(held.end(), tokens.begin(), tokens.end());
        keep_pace(tokens.size(), watch.milliseconds(), thread_milliseconds() - thread_before);
        return {};
    }
    llama_memory_clear(llama_get_memory(context.get()), true);
    held.clear();
    if (cancel_token.should_stop()) {
        const bool cancelled = cancel_token.cancelled();
        return fail(cancelled ? ErrorCode::cancelled : ErrorCode::timeout,
                    cancelled ? "interrupted" : "the model did not answer in time",
                    cancelled ? "" : "Raise timeout_ms, or use a smaller model");
    }
    return fail(ErrorCode::internal, fmt::format("the engine could not evaluate the prompt ({})", status),
                "Try again; if it stays, use another model");
}

Result<std::size_t> Session::evaluate(std::span<const Token> tokens, const CancelToken& cancel,
                                      const std::function<void(double)>& progress) {
    const std::size_t kept = m_impl->keep_common(tokens);
    const std::size_t step = progress ? std::min<std::size_t>(m_impl->batch, k_progress_step) : m_impl->batch;
    for (std::size_t at = kept; at < tokens.size(); at += step) {
        TRY(m_impl->decode(tokens.subspan(at, std::min(step, tokens.size() - at)), nullptr, cancel));
        if (progress) {
            progress(static_cast<double>(m_impl->held.size()) / static_cast<double>(tokens.size()));
        }
    }
    return kept;
}

Result<std::vector<Token>> Session::predict(std::span<const Token> tokens, std::span<const Token> draft,
                                            const CancelToken& cancel) {
    const std::size_t kept = m_impl->keep_common(tokens);
    if (kept + 1 < tokens.size()) {
        TRY(evaluate(tokens.first(tokens.size() - 1), cancel));
    }
    std::vector<Token> step = {tokens.back()};
    step.insert(step.end(), draft.begin(), draft.end());
    std::vector<std::int8_t> outputs(step.size(), 1);
    TRY(m_impl->decode(step, outputs.data(), cancel));
    std::vector<Token> found = {m_impl->most_likely(0)};
    while (found.size() <= draft.size() && found.back() == draft[found.size() - 1]) {
        found.push_back(m_impl->most_likely(static_cast<std::int32_t>(found.size())));
    }
    return found;
}

const StepCost& Session::step_cost() const { return m_impl->cost; }

bool Session::can_draft() const {
    return !llama_model_is_recurrent(m_impl->model.get()) && !llama_model_is_hybrid(m_impl->model.get());
}

Token Session::most_likely() const { return m_impl->most_likely(-1); }

Token Session::sample(const Sampling& sampling) {
    if (sampling.greedy) {
        return most_likely();
    }
    if (!m_impl->sampler) {
        m_impl->sampler.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
        llama_sampler* chain = m_impl->sampler.get();
        llama_sampler_chain_add(chain, llama_sampler_init_top_k(sampling.top_k));
        llama_sampler_chain_add(chain, llama_sampler_init_penalties(
                                           static_cast<std::int32_t>(m_impl->vocabulary_size), 64, sampling.repeat_penalty, 0.0F, 0.0F));
        llama_sampler_chain_add(chain, llama_sampler_init_top_p(sampling.top_p, 1));
        llama_sampler_chain_add(chain, llama_sampler_init_temp(sampling.temperature));
        llama_sampler_chain_add(chain, llama_sampler_init_dist(sampling.seed));
    }
    return llama_sampler_sample(m_impl->sampler.get(), m_impl->context.get(), -1);
}

void Session::reset_sampler() { m_impl->sampler.reset(); }

Vocabulary& Session::vocabulary() { return *m_impl->vocabulary; }

std::vector<std::uint8_t> Session::export_state(std::span<const Token> tokens) {
    if (!std::equal(tokens.begin(), tokens.end(), m_impl->held.begin(), m_impl->held.end())) {
        return {};
    }
    std::vector<std::uint8_t> state(llama_state_seq_get_size(m_impl->context.get(), 0));
    const std::size_t size = llama_state_seq_get_data(m_impl->context.get(), state.data(), state.size(), 0);
    state.resize(size);
    return state;
}

bool Session::restore(std::span<const std::uint8_t> state, std::span<const Token> tokens) {
    const std::size_t used = llama_state_seq_set_data(m_impl->context.get(), state.data(), state.size(), 0);
    if (used != state.size()) {
        llama_memory_clear(llama_get_memory(m_impl->context.get()), true);
        m_impl->held.clear();
        return false;
    }
    m_impl->held.assign(tokens.begin(), tokens.end());
    return true;
}

std::string Session::engine_key() const { return m_impl->parameters; }

std::string Session::device() const {
    std::string name = fmt::format("CPU ({} {})", m_impl->threads, m_impl->threads == 1 ? "thread" : "threads");
    if (!m_impl->on_gpu) {
        return name;
    }
    for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_t device = ggml_backend_dev_get(i);
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_GPU) {
            return ggml_backend_dev_description(device);
        }
    }
    return name;
}

std::string Session::model_description() const {
    char text[128] = {};
    llama_model_desc(m_impl->model.get(), text, sizeof text);
    return text;
}

std::uint64_t Session::memory_bytes() const {
    return llama_model_size(m_impl->model.get()) +
           llama_state_seq_get_size(m_impl->context.get(), 0);
}

std::uint32_t Session::context_tokens() const { return llama_n_ctx(m_impl->context.get()); }

std::size_t Session::tokens_held() const { return m_impl->held.size(); }

}  // namespace caro::infer::llama
