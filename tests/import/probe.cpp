// What the engine makes of a model file, for comparison with another implementation.
// import_probe MODEL: reads lines from standard input and answers each with one:
//   tokens TEXT        TEXT as a JSON string → JSON list of token numbers, with the token the model puts first
//   logits [1,2,…]     tokens → JSON list of the logits behind the last one
//   greedy N [1,2,…]   tokens → JSON list of the N most likely ones that follow
#include <llama.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;
using Tokens = std::vector<llama_token>;

class Probe {
  public:
    explicit Probe(const char* path) {
        llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
        llama_backend_init();
        m_model = llama_model_load_from_file(path, llama_model_default_params());
        if (m_model != nullptr) {
            llama_context_params params = llama_context_default_params();
            params.n_ctx = 512;
            // More threads than processors would wait for each other, spinning.
            params.n_threads = params.n_threads_batch = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 4U));
            params.type_k = params.type_v = GGML_TYPE_F32;  // the comparison is about the weights
            params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
            m_context = llama_init_from_model(m_model, params);
        }
    }
    ~Probe() {
        if (m_context != nullptr) {
            llama_free(m_context);
        }
        if (m_model != nullptr) {
            llama_model_free(m_model);
        }
    }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    bool ready() const { return m_context != nullptr; }

    Tokens tokens(const std::string& text) const {
        Tokens tokens(text.size() + 8);
        const int count = llama_tokenize(vocab(), text.data(), static_cast<int>(text.size()), tokens.data(),
                                         static_cast<int>(tokens.size()), true, true);
        tokens.resize(static_cast<std::size_t>(std::max(0, count)));
        return tokens;
    }

    std::vector<float> logits(Tokens tokens) {
        llama_memory_clear(llama_get_memory(m_context), true);
        return behind(tokens);
    }

    Tokens greedy(Tokens tokens, int count) {
        llama_memory_clear(llama_get_memory(m_context), true);
        Tokens result;
        while (count-- > 0) {
            const auto scores = behind(tokens);
            result.push_back(static_cast<llama_token>(std::max_element(scores.begin(), scores.end()) - scores.begin()));
            tokens = {result.back()};
        }
        return result;
    }

  private:
    const llama_vocab* vocab() const { return llama_model_get_vocab(m_model); }

    std::vector<float> behind(Tokens& tokens) {
        if (llama_decode(m_context, llama_batch_get_one(tokens.data(), static_cast<int>(tokens.size()))) != 0) {
            return {};
        }
        const float* scores = llama_get_logits_ith(m_context, -1);
        return {scores, scores + llama_vocab_n_tokens(vocab())};
    }

    llama_model* m_model = nullptr;
    llama_context* m_context = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: import_probe MODEL\n";
        return 2;
    }
    Probe probe(argv[1]);
    if (!probe.ready()) {
        std::cerr << "cannot load " << argv[1] << '\n';
        return 1;
    }
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto space = line.find(' ');
        const std::string what = line.substr(0, space);
        const std::string rest = line.substr(space + 1);
        json answer;
        if (what == "tokens") {
            answer = probe.tokens(json::parse(rest).get<std::string>());
        } else if (what == "logits") {
            answer = probe.logits(json::parse(rest).get<Tokens>());
        } else if (what == "greedy") {
            const auto second = rest.find(' ');
            answer = probe.greedy(json::parse(rest.substr(second)).get<Tokens>(), std::stoi(rest.substr(0, second)));
        }
        std::cout << answer.dump() << std::endl;
    }
    return 0;
}
