// Turns the pieces a chat server streams into an answer that ends where a command ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infer/generator.hpp"
#include "util/stop_filter.hpp"

namespace caro::infer::remote {

// The embedded engine knows its model; a server may run any. So what stops at the end of the first line there must
// not stop here after a code fence's opening, a thought, an introduction ("Here is the command:") or a line that the
// next one continues.
class AnswerCollector {
  public:
    AnswerCollector(const prompt::Prompt& prompt, const TokenSink& sink);

    // false = the answer is complete: a stop text came, or the sink has enough.
    bool push(std::string_view piece);

    // The stream is over.
    void finish();

    // What was handed on so far.
    const std::string& text() const { return m_text; }

    // Set once push() returned false.
    std::optional<StopReason> stop() const { return m_stop; }

  private:
    enum class Mode : unsigned char {
        lead,      // not decided yet
        thinking,  // inside <think>
        line,      // one command line; ends at a stop text
        free,      // fenced or introduced; ends when a fence closes
    };

    bool decide();
    bool continue_line();
    bool push_free(std::string_view piece);
    bool goes_on_after_fence();
    bool hand_on(std::string_view text);

    Mode m_mode = Mode::lead;
    StopFilter m_line_filter;
    StopFilter m_free_filter;
    std::string m_answer_prefix;
    const TokenSink& m_sink;
    std::string m_raw;   // all that came and was not dropped as lead or thought
    std::string m_text;
    std::size_t m_searched = 0;    // of m_raw for the end of a thought
    std::size_t m_line_start = 0;  // of m_text: where the first line begins that was not looked at for a fence
    std::size_t m_fences = 0;      // in the lines before it
    std::optional<StopReason> m_stop;
};

}  // namespace caro::infer::remote
