// caro with one more back end, "scripted", that answers what the environment says: the menu and signals can be
// tested without a model, at any speed.
//   SCRIPTED_ANSWERS  file; answer N is its Nth line (with \\n, \\e for escape and \\\\ in it), the last one is repeated
//   SCRIPTED_DELAY_MS pause before each piece of four bytes; ends early when cancelled
//   SCRIPTED_PHASE    "load", "prepare" or "prompt": stays in that phase until cancelled;
//                     "stuck": does not look at the token, as a library in the middle of something long
#include <chrono>
#include <cstdlib>
#include <thread>

#include "cli/cli.hpp"
#include "infer/registry.hpp"
#include "util/env.hpp"
#include "util/file.hpp"
#include "util/strings.hpp"

namespace {

using namespace caro;

class FromEnvironment final : public infer::Generator {
  public:
    infer::BackendInfo info() const override {
        infer::BackendInfo info;
        info.name = "scripted";
        info.model = "script";
        info.device = "none";
        return info;
    }

    infer::Availability is_available(std::chrono::milliseconds, const CancelToken&) override { return {true, "", ""}; }

    Result<infer::Completion> generate(const infer::GenerateRequest& request, const infer::TokenSink& sink,
                                       const CancelToken& cancel) override {
        if (const auto phase = get_env_nonempty("SCRIPTED_PHASE")) {
            return stay_in(*phase, request, cancel);
        }
        TRY_ASSIGN(const std::string answer, next_answer());
        infer::Completion completion;
        const int delay = std::atoi(get_env_nonempty("SCRIPTED_DELAY_MS").value_or("0").c_str());
        for (std::size_t at = 0; at < answer.size(); at += 4) {
            for (int waited = 0; waited < delay; waited += 5) {
                if (cancel.should_stop()) {
                    return fail(ErrorCode::cancelled, "interrupted");
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            completion.text += answer.substr(at, 4);
            if (sink && !sink(answer.substr(at, 4))) {
                break;
            }
        }
        completion.usage = {20, 10, 5};
        completion.timings = {1, 2, 3};
        return completion;
    }

    void shutdown() noexcept override {}

  private:
    static Result<infer::Completion> stay_in(const std::string& name, const infer::GenerateRequest& request,
                                             const CancelToken& cancel) {
        if (name == "stuck") {
            std::this_thread::sleep_for(std::chrono::seconds(20));
        }
        const auto phase = name == "load"      ? infer::Phase::load
                           : name == "prepare" ? infer::Phase::prepare
                                               : infer::Phase::prompt;
        while (!cancel.should_stop()) {
            if (request.on_progress) {
                request.on_progress(phase, 0.5);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return fail(ErrorCode::cancelled, "interrupted");
    }

    Result<std::string> next_answer() {
        TRY_ASSIGN(const std::string text, read_file(get_env_nonempty("SCRIPTED_ANSWERS").value_or(""), 1 << 20));
        const auto lines = split(trim(text), '\n');
        std::string out;
        const std::string_view line = lines[std::min(m_asked++, lines.size() - 1)];
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line[i] != '\\' || i + 1 == line.size()) {
                out.push_back(line[i]);
                continue;
            }
            const char next = line[++i];
            out.push_back(next == 'n' ? '\n' : next == 'e' ? '\x1b' : next);
        }
        return out;
    }

    std::size_t m_asked = 0;
};

Result<std::unique_ptr<infer::Generator>> make(const infer::BackendOptions&) {
    return std::make_unique<FromEnvironment>();
}

}  // namespace

int main(int argc, char** argv) {
    infer::register_for_tests({"scripted", "answers what the environment says", true, 1000, make, true});
    cli::leave(cli::run(argc, argv));
}
