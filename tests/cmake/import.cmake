# Checkpoint folders made into model files, against recorded answers of another implementation.
if(CARO_BACKEND_LLAMA)
  add_executable(import_probe "${CMAKE_SOURCE_DIR}/tests/import/probe.cpp")
  target_link_libraries(import_probe PRIVATE standard_settings dep_llama dep_json)
  add_test(NAME import.checkpoints
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/import/test_import.py" "$<TARGET_FILE:caro>" "$<TARGET_FILE:import_probe>")
  set_tests_properties(import.checkpoints PROPERTIES LABELS import TIMEOUT 300 RUN_SERIAL ON)
endif()
