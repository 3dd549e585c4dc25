#include "infer/ollama/ollama_backend.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "infer/ollama/address.hpp"
#include "infer/ollama/chat_format.hpp"
#include "infer/ollama/exposure.hpp"
#include "infer/ollama/installed.hpp"
#include "infer/registry.hpp"
#include "infer/json_internal.hpp"
#include "infer/remote/server.hpp"
#include "infer/remote/stream.hpp"
#include "prompt/piped.hpp"
#include "util/env.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::infer::ollama {

namespace {

using Milliseconds = std::chrono::milliseconds;

// What caro asks for when the caller wants the most likely answer.
constexpr float k_temperature = 0.1F;
constexpr int k_top_k = 10;
constexpr float k_top_p = 0.3F;
constexpr const char* k_suggested_model = "qwen2.5-coder:1.5b";
constexpr Milliseconds k_exposure_limit{30};
constexpr std::size_t k_usual_context = 4096;  // tokens, Ollama's default

class OllamaBackend final : public Generator {
  public:
    OllamaBackend(const BackendOptions& options, remote::Server server, bool everywhere, bool automatic)
        : m_options(options), m_server(std::move(server)), m_model(options.ollama_model), m_everywhere(everywhere),
          m_automatic(automatic) {}

    BackendInfo info() const override;
    Availability is_available(Milliseconds budget, const CancelToken& cancel) override;
    Result<Completion> generate(const GenerateRequest& request, const TokenSink& sink,
                                const CancelToken& cancel) override;
    void shutdown() noexcept override { m_shut_down = true; }

  private:
    Result<std::vector<Installed>> read_models(const net::HttpRequest& request, const CancelToken& cancel);
    Result<> find_model(const CancelToken& cancel);
    Result<ModelFacts> show(const CancelToken& cancel);
    remote::StreamCall call_for(const GenerateRequest& request, const ModelFacts& facts) const;
    Json options_for(const GenerateRequest& request, std::size_t prompt_bytes) const;
    Error refine(Error error) const;
    void look_for_exposure();

    BackendOptions m_options;
    remote::Server m_server;
    std::string m_model;  // "" until the best installed one was looked up
    std::string m_facts_of;
    ModelFacts m_facts;
    std::string m_exposure_note;
    double m_tokens_per_s = 0;
    bool m_everywhere;
    bool m_automatic;
    bool m_looked_for_exposure = false;
    bool m_shut_down = false;
};

Error no_such_model(const remote::Server& server, const std::string& model) {
    return {ErrorCode::not_found, fmt::format("{} has no model '{}'", server.text(), model),
            fmt::format("Run: ollama pull {}", model), {}};
}

Error no_model_at_all(const remote::Server& server) {
    return {ErrorCode::not_found, fmt::format("{} has no model that can answer", server.text()),
            fmt::format("Run: ollama pull {}", k_suggested_model), {}};
}

BackendInfo OllamaBackend::info() const {
    BackendInfo info;
    info.name = "ollama";
    info.model = m_model;
    info.device = m_server.endpoint.url.origin();
    info.local = m_server.endpoint.local;
    info.automatic = m_automatic;
    info.context_tokens = m_facts.context_tokens;
    info.measured_tokens_per_s = m_tokens_per_s;
    for (const std::string& note : {m_server.endpoint.note, m_exposure_note}) {
        if (!note.empty()) {
            info.notes.push_back(note);
        }
    }
    return info;
}

// A model server has no key: whoever reaches it uses it, and can read what others ask.
void OllamaBackend::look_for_exposure() {
    if (m_looked_for_exposure || !m_server.endpoint.local) {
        return;
    }
    m_looked_for_exposure = true;
    const auto where = exposed_at(m_server.endpoint.url.port, k_exposure_limit);
    if (where) {
        m_exposure_note = fmt::format(
            "this machine's Ollama also answers at {}, so others on that network can use it; bind it to 127.0.0.1",
            *where);
    } else if (m_everywhere) {
        m_exposure_note = "OLLAMA_HOST makes Ollama listen on every network; bind it to 127.0.0.1";
    }
}

Result<std::vector<Installed>> OllamaBackend::read_models(const net::HttpRequest& request, const CancelToken& cancel) {
    TRY_ASSIGN(const net::HttpResponse response, remote::exchange(m_server, request, {}, cancel));
    auto models = parse_tags(response.body);
    if (!models) {
        return fail(ErrorCode::bad_output, fmt::format("what answers at {} is not Ollama", m_server.endpoint.url.origin()),
                    "Check ollama.url and OLLAMA_HOST");
    }
    return std::move(*models);
}

Availability OllamaBackend::is_available(Milliseconds budget, const CancelToken& cancel) {
    if (m_shut_down) {
        return {false, "it was shut down", "Start caro again"};
    }
    const auto models = read_models(remote::probe(m_server, "/api/tags", budget), cancel);
    if (!models) {
        const Error& error = models.error();
        const bool down = error.code == ErrorCode::network || error.code == ErrorCode::timeout;
        const bool start_it = down && m_server.endpoint.local;
        return {false, error.message, start_it ? "Start it with: ollama serve" : error.hint};
    }
    if (!m_options.ollama_model.empty()) {
        const bool there = std::any_of(models->begin(), models->end(), [&](const Installed& model) {
            return same_model(m_options.ollama_model, model.name);
        });
        if (!there) {
            const Error error = no_such_model(m_server, m_options.ollama_model);
            return {false, error.message, error.hint};
        }
    } else if (const Installed* best = best_model(*models)) {
        m_model = best->name;
    } else {
        const Error error = no_model_at_all(m_server);
        return {false, error.message, error.hint};
    }
    look_for_exposure();
    return {true, "", ""};
}

Result<> OllamaBackend::find_model(const CancelToken& cancel) {
    if (!m_model.empty()) {
        return {};
    }
    TRY_ASSIGN(const std::vector<Installed> models, read_models(m_server.request("/api/tags"), cancel));
    const Installed* best = best_model(models);
    if (best == nullptr) {
        return fail(no_model_at_all(m_server));
    }
    m_model = best->name;
    LOG("ollama: of {} models, {} suits best", models.size(), m_model);
    return {};
}

Result<ModelFacts> OllamaBackend::show(const CancelToken& cancel) {
    if (m_facts_of == m_model) {
        return m_facts;
    }
    const auto response =
        remote::exchange(m_server, m_server.request("/api/show", dump({{"model", m_model}})), {}, cancel);
    if (!response) {
        return fail(refine(response.error()));
    }
    m_facts = read_show(response->body);
    m_facts_of = m_model;
    return m_facts;
}

Json OllamaBackend::options_for(const GenerateRequest& request, std::size_t prompt_bytes) const {
    const Sampling& sampling = request.sampling;
    Json out = {{"num_predict", request.max_tokens}, {"seed", sampling.seed}};
    out["temperature"] = sampling.greedy ? k_temperature : sampling.temperature;
    out["top_k"] = sampling.greedy ? k_top_k : sampling.top_k;
    out["top_p"] = sampling.greedy ? k_top_p : sampling.top_p;
    if (!sampling.greedy) {
        out["repeat_penalty"] = sampling.repeat_penalty;
    }
    if (m_options.threads > 0) {
        out["num_thread"] = m_options.threads;
    }
    // A prompt over the server's window is cut silently, from the front. Asking for another window makes the server
    // load the model anew, so only do it when needed. A token is rarely shorter than 3 bytes.
    const std::size_t needed = prompt_bytes / 3 + request.max_tokens;
    if (needed > k_usual_context) {
        out["num_ctx"] = (needed + 2047) / 2048 * 2048;
    }
    return out;
}

Json messages_of(const prompt::Prompt& prompt) {
    Json out = Json::array();
    if (!prompt.system.empty()) {
        out.push_back({{"role", "system"}, {"content", prompt.system}});
    }
    for (const auto* turns : {&prompt.examples, &prompt.turns}) {
        for (const auto& turn : *turns) {
            out.push_back({{"role", turn.user ? "user" : "assistant"}, {"content", prompt::turn_text(turn)}});
        }
    }
    if (!prompt.answer_prefix.empty()) {
        out.push_back({{"role", "assistant"}, {"content", prompt.answer_prefix}});  // goes on from there
    }
    return out;
}

// "5m" and "1h30m" are texts to Ollama, 300 and -1 are numbers.
Json keep_alive_of(const std::string& text) {
    const std::size_t from = !text.empty() && text.front() == '-' ? 1 : 0;
    const bool number = text.size() > from && text.size() < 10 &&
                        text.find_first_not_of("0123456789", from) == std::string::npos;
    return number ? Json(std::stol(text)) : Json(text);
}

std::optional<remote::Piece> parse_record(std::string_view record) {
    const auto json = parse_json(record);
    if (!json || !json->is_object()) {
        return std::nullopt;
    }
    remote::Piece out;
    out.error = text_of(*json, "error");
    const Json& message = member(*json, "message");
    out.text = message.is_object() ? text_of(message, "content") : text_of(*json, "response");
    out.done = flag_of(*json, "done");
    if (out.error.empty() && !out.done && !json->contains("response") && !message.is_object()) {
        return std::nullopt;
    }
    if (out.done) {
        out.last = true;
        out.stop = text_of(*json, "done_reason") == "length" ? StopReason::max_tokens : StopReason::end_of_answer;
        Usage usage;
        usage.prompt_tokens = count_of(*json, "prompt_eval_count");
        usage.generated_tokens = count_of(*json, "eval_count");
        out.usage = usage;
        out.load_ms = number_of(*json, "load_duration") / 1e6;
    }
    return out;
}

remote::StreamCall OllamaBackend::call_for(const GenerateRequest& request, const ModelFacts& facts) const {
    Json body = {{"model", m_model}, {"stream", true}, {"keep_alive", keep_alive_of(m_options.ollama_keep_alive)}};
    std::string path = "/api/generate";
    if (facts.format == Format::server) {
        path = "/api/chat";
        body["messages"] = messages_of(request.prompt);
        body["options"] = options_for(request, body["messages"].dump(-1, ' ', false, Json::error_handler_t::replace).size());
        if (facts.thinks) {
            body["think"] = false;
        }
    } else {
        const bool chatml = facts.format == Format::chatml;
        std::string text = chatml ? to_chatml(request.prompt) : to_document(request.prompt);
        body["options"] = options_for(request, text.size());
        body["options"]["stop"] = chatml ? Json{"<|im_end|>", "<|im_start|>"} : Json{"\nRequest:", "\n\n"};
        body["raw"] = true;
        body["prompt"] = std::move(text);
    }
    return {m_server.request(path, dump(body)), remote::Framing::ndjson, parse_record};
}

// Gives Ollama's refusals the remedy that fits.
Error OllamaBackend::refine(Error error) const {
    if (error.code == ErrorCode::not_found && !m_model.empty()) {
        return no_such_model(m_server, m_model);
    }
    if (error.code == ErrorCode::unavailable && error.message.find("system memory") != std::string::npos) {
        error.hint = "Use a smaller model: set ollama.model";
    } else if (error.code == ErrorCode::network && m_server.endpoint.local &&
               error.message.find("nothing answers") != std::string::npos) {
        error.message = fmt::format("Ollama is not running: {}", error.message);
        error.hint = "Start it with: ollama serve";
    }
    return error;
}

Result<Completion> OllamaBackend::generate(const GenerateRequest& request, const TokenSink& sink,
                                           const CancelToken& cancel) {
    if (m_shut_down) {
        return fail(ErrorCode::unavailable, "Ollama's connection was shut down");
    }
    m_server.start_clock();
    if (auto found = find_model(cancel); !found) {
        return fail(refine(std::move(found.error())));
    }
    TRY_ASSIGN(const ModelFacts facts, show(cancel));
    look_for_exposure();
    auto completion = remote::stream_answer(m_server, call_for(request, facts), request, sink, cancel);
    if (!completion) {
        return fail(refine(std::move(completion.error())));
    }
    if (completion->timings.generate > 0) {
        m_tokens_per_s = completion->usage.generated_tokens * 1000.0 / completion->timings.generate;
    }
    return completion;
}

}  // namespace

Result<std::unique_ptr<Generator>> make(const BackendOptions& options) {
    const Address from_env = parse_ollama_host(get_env("OLLAMA_HOST").value_or(""));
    const bool configured = !options.ollama_url.empty();
    const Address address = configured ? parse_ollama_host(options.ollama_url) : from_env;
    TRY_ASSIGN(net::Endpoint endpoint, net::parse_endpoint(address.url, options.allow_insecure));
    remote::Server server{"Ollama",
                          std::move(endpoint),
                          "",
                          "",
                          configured ? "ollama.url" : "OLLAMA_HOST",
                          Milliseconds(options.timeout_ms),
                          net::HttpClient({options.ca_file, {}}),
                          std::nullopt};
    // The variable is made for other programs: on its own it must not send requests off this machine.
    const bool automatic = configured || server.endpoint.local;
    return std::make_unique<OllamaBackend>(options, std::move(server), from_env.everywhere, automatic);
}

}  // namespace caro::infer::ollama
