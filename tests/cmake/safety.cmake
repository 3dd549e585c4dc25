# The corpus of commands with their risks; limits.toml says what must be reached.
add_test(NAME safety.corpus
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/safety/run.py" "$<TARGET_FILE:caro>" -v)
set_tests_properties(safety.corpus PROPERTIES LABELS safety)

# What real shells refuse to read is never called safe.
add_test(NAME safety.differential
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/safety/differential.py" "$<TARGET_FILE:caro>")
set_tests_properties(safety.differential PROPERTIES LABELS safety TIMEOUT 120)
add_test(NAME safety.safer
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/safety/safer.py" "$<TARGET_FILE:caro>")

add_test(NAME safety.fish COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/safety/fish.py" "$<TARGET_FILE:caro>")
set_tests_properties(safety.fish PROPERTIES LABELS safety TIMEOUT 120)

# What the judge takes commands to print is what they print, if it does not say that it does not know.
add_executable(text_probe support/text_probe.cpp)
target_link_libraries(text_probe PRIVATE caro_safety standard_settings standard_warnings)
add_test(NAME safety.evaluators
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/safety/evaluators.py" "$<TARGET_FILE:text_probe>" --count 100)
set_tests_properties(safety.evaluators PROPERTIES LABELS safety TIMEOUT 300 SKIP_RETURN_CODE 77)
