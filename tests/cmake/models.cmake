# caro models and the first use, against a hub on this machine (tests/hub/hub.py).
add_test(NAME hub.commands
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/hub/test_models.py" "$<TARGET_FILE:caro>")
add_test(NAME hub.keep
         COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/hub/test_keep.py" "$<TARGET_FILE:caro>")
set_tests_properties(hub.commands hub.keep PROPERTIES LABELS hub TIMEOUT 180)
if(CARO_BACKEND_LLAMA AND NOT CARO_SANITIZE)
  add_test(NAME hub.first_use
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/hub/test_first_use.py" "$<TARGET_FILE:caro>")
  set_tests_properties(hub.first_use PROPERTIES LABELS hub TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()
