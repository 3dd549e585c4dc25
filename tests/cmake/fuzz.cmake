# Bounded runs of the fuzzers; clang builds just the sources they need, apart from the rest. Those of the files and answers that
# models come as are small and run wherever clang is; the judge's takes minutes to build and runs on request.
option(CARO_FUZZ_TEST "Run the judge's fuzzer in CTest too" OFF)
find_program(CARO_FUZZ_CXX NAMES clang++ clang++-14 clang++-15 clang++-16 clang++-17 clang++-18)
mark_as_advanced(CARO_FUZZ_CXX)
if(CARO_FUZZ_CXX AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT CARO_SANITIZE)
  set(fuzz_targets gguf safetensors checkpoint manifest hub)
  if(CARO_FUZZ_TEST)
    list(APPEND fuzz_targets check)
  endif()
  foreach(target IN LISTS fuzz_targets)
    add_test(NAME fuzz.${target}
             COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/fuzz/run.py" --cxx "${CARO_FUZZ_CXX}"
                     --build "${CMAKE_BINARY_DIR}" --target ${target} --seconds 10)
    # One after the other: they share what they build.
    set_tests_properties(fuzz.${target} PROPERTIES LABELS fuzz TIMEOUT 900 SKIP_RETURN_CODE 77 RESOURCE_LOCK fuzz)
  endforeach()
endif()
