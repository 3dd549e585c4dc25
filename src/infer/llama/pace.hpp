// How many threads the next token should get.
#pragma once

namespace caro::infer::llama {

// The engine's threads wait for each other by spinning, so that one of them without a processor of its own stops all
// (see session.cpp). When others begin to work while an answer is written, tokens suddenly take many times as long; then
// fewer threads are faster. Never goes up again: an answer takes a second.
class Pace {
  public:
    // `most_ms` is what a token takes at most on a machine that is slow but idle.
    Pace(int threads, double most_ms) : m_threads(threads), m_usual(most_ms) {}

    // Notes what a token took, in milliseconds, and returns the threads for the next.
    int after_token(double milliseconds);

    int threads() const { return m_threads; }

  private:
    int m_threads;
    double m_usual;  // the quickest token with that many threads
    int m_slow = 0;      // tokens in a row that took far longer
};

}  // namespace caro::infer::llama
