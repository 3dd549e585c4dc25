include(GNUInstallDirs)
install(TARGETS caro RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

# Manual page and completions are printed by the program itself, which cannot run here when cross-compiling.
if(NOT CMAKE_CROSSCOMPILING)
  set(share "${CMAKE_BINARY_DIR}/share")
  file(MAKE_DIRECTORY "${share}")
  add_custom_command(
    OUTPUT "${share}/caro.1" "${share}/caro.bash" "${share}/_caro" "${share}/caro.fish"
    COMMAND caro manual > "${share}/caro.1"
    COMMAND caro completions bash > "${share}/caro.bash"
    COMMAND caro completions zsh > "${share}/_caro"
    COMMAND caro completions fish > "${share}/caro.fish"
    DEPENDS caro COMMENT "Writing manual page and completions" VERBATIM)
  add_custom_target(caro_share ALL
    DEPENDS "${share}/caro.1" "${share}/caro.bash" "${share}/_caro" "${share}/caro.fish")
  install(FILES "${share}/caro.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${share}/caro.bash" RENAME caro
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${share}/_caro" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
  install(FILES "${share}/caro.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()
