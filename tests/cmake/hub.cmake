# Models from a hub on loopback, with real bytes; without the small model on this machine it is skipped.
if(NOT CARO_SANITIZE)
  add_test(NAME hub.pull
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/hub/test_pull.py" "$<TARGET_FILE:caro>")
  set_tests_properties(hub.pull PROPERTIES LABELS real TIMEOUT 300 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
endif()
