# A bounded run of the fuzzer over the judge; clang builds just the sources it needs, apart from the rest.
find_program(CARO_FUZZ_CXX NAMES clang++ clang++-14 clang++-15 clang++-16 clang++-17 clang++-18)
mark_as_advanced(CARO_FUZZ_CXX)
if(CARO_FUZZ_CXX AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT CARO_SANITIZE)
  add_test(NAME fuzz.check
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/fuzz/run.py" --cxx "${CARO_FUZZ_CXX}"
                   --build "${CMAKE_BINARY_DIR}" --seconds 10)
  set_tests_properties(fuzz.check PROPERTIES LABELS fuzz TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
