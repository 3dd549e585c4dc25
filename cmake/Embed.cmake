# caro_embed(TARGET tgt ROOT dir FILES file...): bakes data files into one generated .cpp as string
# literals, sorted by path, so that `data::get("rules/disk.toml")` needs no file at run time.
function(caro_embed)
  cmake_parse_arguments(ARG "" "TARGET;ROOT" "FILES" ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DROOT=${ARG_ROOT}" "-DFILES=${ARG_FILES}"
            -P "${CMAKE_SOURCE_DIR}/cmake/EmbedScript.cmake"
    DEPENDS ${ARG_FILES} "${CMAKE_SOURCE_DIR}/cmake/EmbedScript.cmake"
    COMMENT "Embedding data files" VERBATIM)
  target_sources(${ARG_TARGET} PRIVATE "${out}")
endfunction()
