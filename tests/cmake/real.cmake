# The embedded engine with real models, through the program.
if(CARO_BACKEND_LLAMA AND NOT CARO_SANITIZE)
  add_test(NAME real.model
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/real/test_model.py" "$<TARGET_FILE:caro>")
  # Alone: it counts seconds, and it wants all processors.
  set_tests_properties(real.model PROPERTIES LABELS real TIMEOUT 900 RUN_SERIAL ON)
  add_test(NAME real.bundle
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/real/test_bundle.py" "$<TARGET_FILE:caro>")
  set_tests_properties(real.bundle PROPERTIES LABELS real TIMEOUT 600 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
  add_test(NAME real.binary
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/real/test_binary.py" "$<TARGET_FILE:caro>"
                   "${CMAKE_SOURCE_DIR}")
  set_tests_properties(real.binary PROPERTIES LABELS real)
endif()

add_test(NAME scripts.shellcheck
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/real/check_scripts.py" "${CMAKE_SOURCE_DIR}")
add_test(NAME scripts.checkout
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/scripts/test_scripts.py" "${CMAKE_SOURCE_DIR}")
