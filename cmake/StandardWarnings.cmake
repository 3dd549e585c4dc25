add_library(standard_warnings INTERFACE)
if(MSVC)
  target_compile_options(standard_warnings INTERFACE /W4 /permissive- /utf-8)
else()
  target_compile_options(standard_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual
    -Wimplicit-fallthrough)
endif()
# GCC 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651), and members of a
# moved-from variant as uninitialised.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(standard_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CARO_WERROR)
  target_compile_options(standard_warnings INTERFACE $<IF:$<CXX_COMPILER_ID:MSVC>,/WX,-Werror>)
endif()
