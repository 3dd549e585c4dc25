# Tests that talk HTTP: what they share, and the ones against real servers.
if(TARGET caro_net)
  add_library(server_support STATIC
    "${CMAKE_SOURCE_DIR}/tests/support/fake_server.cpp" "${CMAKE_SOURCE_DIR}/tests/support/test_certificates.cpp")
  target_link_libraries(server_support PUBLIC test_support dep_tls)
  foreach(module net models infer infer_remote infer_openai infer_ollama)
    if(TARGET ${module}_test)
      target_link_libraries(${module}_test PRIVATE server_support)
    endif()
  endforeach()

  if(CARO_SANITIZE AND TARGET infer_test)
    target_compile_definitions(infer_test PRIVATE CARO_TEST_FAULT_RUNS=1000)  # about a minute, where leaks are seen
  endif()

  add_test(NAME cli.backends
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/cli/backends.py" "$<TARGET_FILE:caro>")

  # A real Ollama server with a real model, built from its sources the first time and kept (tests/servers/ollama.sh).
  add_executable(ollama_server_test "${CMAKE_SOURCE_DIR}/tests/servers/ollama_server_test.cpp")
  target_link_libraries(ollama_server_test PRIVATE caro_infer_ollama test_support)
  if(NOT CARO_SANITIZE)
    add_test(NAME real.ollama
             COMMAND "${CMAKE_SOURCE_DIR}/tests/servers/ollama.sh" run "${Python3_EXECUTABLE}"
                     "${CMAKE_SOURCE_DIR}/tests/real/test_ollama.py" "$<TARGET_FILE:caro>"
                     "$<TARGET_FILE:ollama_server_test>")
    # Alone: it counts seconds. The long limit is for the first build on a busy machine.
    set_tests_properties(real.ollama PROPERTIES LABELS real TIMEOUT 1900 RUN_SERIAL ON SKIP_RETURN_CODE 77)
  endif()
  # A real vLLM takes gigabytes of packages, so it is only run on request: tests/servers/vllm.sh test
  add_executable(vllm_server_test "${CMAKE_SOURCE_DIR}/tests/servers/vllm_server_test.cpp")
  target_link_libraries(vllm_server_test PRIVATE caro_infer_openai test_support)
endif()
