# Models from a hub on loopback, with real bytes; without the small model on this machine they are skipped.
if(NOT CARO_SANITIZE)
  foreach(kind pull crash)
    add_test(NAME hub.${kind}
             COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/hub/test_${kind}.py" "$<TARGET_FILE:caro>")
    set_tests_properties(hub.${kind} PROPERTIES LABELS real TIMEOUT 300 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
  endforeach()
endif()
