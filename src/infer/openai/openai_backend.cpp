#include "infer/openai/openai_backend.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "infer/openai/protocol.hpp"
#include "infer/registry.hpp"
#include "infer/remote/server.hpp"
#include "infer/remote/stream.hpp"
#include "util/env.hpp"
#include "util/strings.hpp"

namespace caro::infer::openai {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr const char* k_default_key_env = "CARO_VLLM_API_KEY";
constexpr const char* k_common_key_env = "OPENAI_API_KEY";
constexpr const char* k_example = "http://127.0.0.1:8000/v1";

class OpenAiBackend final : public Generator {
  public:
    // No server: nothing is configured.
    OpenAiBackend(std::optional<remote::Server> server, std::string model, bool automatic)
        : m_server(std::move(server)), m_wanted(std::move(model)), m_model(m_wanted), m_automatic(automatic) {}

    BackendInfo info() const override;
    Availability is_available(Milliseconds budget, const CancelToken& cancel) override;
    Result<Completion> generate(const GenerateRequest& request, const TokenSink& sink,
                                const CancelToken& cancel) override;
    void shutdown() noexcept override { m_shut_down = true; }

  private:
    Result<std::vector<Served>> read_models(const net::HttpRequest& request, const CancelToken& cancel);
    Result<> choose(const std::vector<Served>& models);
    Result<Completion> ask(const GenerateRequest& request, bool merge_system, const TokenSink& sink,
                           const CancelToken& cancel);
    Error explain_not_found(Error error, const CancelToken& cancel);

    std::optional<remote::Server> m_server;
    std::string m_wanted;  // the user's choice; "" = the first one served
    std::string m_model;
    std::uint32_t m_context_tokens = 0;
    double m_tokens_per_s = 0;
    bool m_automatic;
    bool m_shut_down = false;
};

Error not_configured() {
    return {ErrorCode::unavailable, "no address of a vLLM or OpenAI-compatible server is set",
            fmt::format("Set vllm.url, for example to {}", k_example), {}};
}

Error no_such_model(const remote::Server& server, const std::string& model, const std::vector<Served>& models) {
    std::string names;
    for (std::size_t i = 0; i < models.size() && i < 5; ++i) {
        names += (names.empty() ? "" : ", ") + models[i].name;
    }
    return {ErrorCode::not_found, fmt::format("{} has no model '{}'", server.text(), model),
            names.empty() ? "Set vllm.model to one it serves" : fmt::format("Set vllm.model to one it serves: {}", names),
            {}};
}

BackendInfo OpenAiBackend::info() const {
    BackendInfo info;
    info.name = "vllm";
    info.model = m_model;
    info.automatic = m_automatic;
    info.context_tokens = m_context_tokens;
    info.measured_tokens_per_s = m_tokens_per_s;
    info.local = false;
    if (m_server) {
        info.local = m_server->endpoint.local;
        info.device = m_server->endpoint.url.origin();
        if (!m_server->endpoint.note.empty()) {
            info.notes.push_back(m_server->endpoint.note);
        }
        if (m_server->endpoint.unencrypted && !m_server->key.empty()) {
            info.notes.push_back(fmt::format("the key from {} travels unencrypted too", m_server->key_name));
        }
    }
    return info;
}

Result<std::vector<Served>> OpenAiBackend::read_models(const net::HttpRequest& request, const CancelToken& cancel) {
    TRY_ASSIGN(const net::HttpResponse response, remote::exchange(*m_server, request, {}, cancel));
    auto models = parse_models(response.body);
    if (!models) {
        return fail(ErrorCode::bad_output,
                    fmt::format("what answers at {} is no OpenAI-compatible server", m_server->endpoint.url.text()),
                    fmt::format("Check {}: it usually ends in /v1", m_server->address_setting));
    }
    return std::move(*models);
}

Result<> OpenAiBackend::choose(const std::vector<Served>& models) {
    if (models.empty()) {
        return fail(ErrorCode::not_found, fmt::format("{} serves no model", m_server->text()),
                    "Start it with a model");
    }
    auto chosen = models.begin();
    if (!m_wanted.empty()) {
        chosen = std::find_if(models.begin(), models.end(), [&](const Served& s) { return s.name == m_wanted; });
        if (chosen == models.end()) {
            return fail(no_such_model(*m_server, m_wanted, models));
        }
    }
    m_model = chosen->name;
    m_context_tokens = chosen->context_tokens;
    return {};
}

Availability OpenAiBackend::is_available(Milliseconds budget, const CancelToken& cancel) {
    if (m_shut_down) {
        return {false, "it was shut down", "Start caro again"};
    }
    if (!m_server) {
        const Error error = not_configured();
        return {false, error.message, error.hint};
    }
    const auto models = read_models(remote::probe(*m_server, "/models", budget), cancel);
    if (!models) {
        return {false, models.error().message, models.error().hint};
    }
    if (const auto chosen = choose(*models); !chosen) {
        return {false, chosen.error().message, chosen.error().hint};
    }
    return {true, "", ""};
}

// A 404 is either the model or the address; the list of models tells which.
Error OpenAiBackend::explain_not_found(Error error, const CancelToken& cancel) {
    const auto models = read_models(m_server->request("/models"), cancel);
    if (!models && (models.error().code == ErrorCode::unauthorized || models.error().code == ErrorCode::forbidden)) {
        return models.error();  // that the key is refused is the thing to tell, and leads to no other server
    }
    if (!models) {
        error.hint = fmt::format("Check {}: it usually ends in /v1", m_server->address_setting);
        return error;
    }
    return no_such_model(*m_server, m_model, *models);
}

Result<Completion> OpenAiBackend::ask(const GenerateRequest& request, bool merge_system, const TokenSink& sink,
                                      const CancelToken& cancel) {
    const remote::StreamCall call{m_server->request("/chat/completions", chat_body(m_model, request, merge_system)),
                                  remote::Framing::sse, parse_event};
    return remote::stream_answer(*m_server, call, request, sink, cancel);
}

Result<Completion> OpenAiBackend::generate(const GenerateRequest& request, const TokenSink& sink,
                                           const CancelToken& cancel) {
    if (m_shut_down) {
        return fail(ErrorCode::unavailable, "the server's connection was shut down");
    }
    if (!m_server) {
        return fail(not_configured());
    }
    m_server->start_clock();
    if (m_model.empty()) {
        TRY_ASSIGN(const std::vector<Served> models, read_models(m_server->request("/models"), cancel));
        TRY(choose(models));
    }
    auto completion = ask(request, false, sink, cancel);
    if (!completion && completion.error().code == ErrorCode::bad_output &&
        to_lower(completion.error().message).find("system role") != std::string::npos) {
        completion = ask(request, true, sink, cancel);
    }
    if (!completion) {
        Error error = std::move(completion.error());
        return fail(error.code == ErrorCode::not_found ? explain_not_found(std::move(error), cancel) : std::move(error));
    }
    if (completion->timings.generate > 0) {
        m_tokens_per_s = completion->usage.generated_tokens * 1000.0 / completion->timings.generate;
    }
    return completion;
}

struct AddressSource {
    std::string text;
    std::string setting;  // where it comes from
};

AddressSource find_address(const BackendOptions& options) {
    if (!options.vllm_url.empty()) {
        return {options.vllm_url, "vllm.url"};
    }
    for (const char* name : {"OPENAI_BASE_URL", "OPENAI_API_BASE"}) {
        if (const auto value = get_env_nonempty(name)) {
            return {*value, name};
        }
    }
    return {};
}

Result<> find_key(const BackendOptions& options, remote::Server& server) {
    const std::string own = options.vllm_key_env.empty() ? k_default_key_env : options.vllm_key_env;
    server.key_name = own;
    std::vector<std::string> names = {own};
    // Who names a variable of his own means that one, and not the key of another provider.
    if (own == k_default_key_env) {
        names.emplace_back(k_common_key_env);
    }
    for (const std::string& name : names) {
        if (const auto value = get_env_nonempty(name.c_str())) {
            server.key = std::string(trim(*value));
            server.key_name = name;
            break;
        }
    }
    // A line break would smuggle further headers into the request.
    const bool printable = std::all_of(server.key.begin(), server.key.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!printable) {
        return fail(ErrorCode::config, fmt::format("the key in {} has characters a key cannot have", server.key_name),
                    "Check that it is one line without spaces");
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Generator>> make(const BackendOptions& options) {
    const AddressSource source = find_address(options);
    if (source.text.empty()) {
        return std::make_unique<OpenAiBackend>(std::nullopt, options.vllm_model, true);
    }
    const std::string text = source.text.find("://") == std::string::npos ? "http://" + source.text : source.text;
    TRY_ASSIGN(net::Endpoint endpoint, net::parse_endpoint(text, options.allow_insecure));
    if (endpoint.url.target.empty()) {
        endpoint.url.target = "/v1";
    }
    remote::Server server{"the model server",
                          std::move(endpoint),
                          "",
                          "",
                          source.setting,
                          Milliseconds(options.timeout_ms),
                          net::HttpClient({options.ca_file, {}}),
                          std::nullopt};
    TRY(find_key(options, server));
    // Variables of other programs (and a key alone) must not make caro send requests anywhere by itself.
    return std::make_unique<OpenAiBackend>(std::move(server), options.vllm_model, source.setting == "vllm.url");
}

}  // namespace caro::infer::openai
