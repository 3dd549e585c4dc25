add_library(standard_warnings INTERFACE)
if(MSVC)
  target_compile_options(standard_warnings INTERFACE /W4 /permissive- /utf-8)
else()
  target_compile_options(standard_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual
    -Wimplicit-fallthrough)
endif()
if(CARO_WERROR)
  target_compile_options(standard_warnings INTERFACE $<IF:$<CXX_COMPILER_ID:MSVC>,/WX,-Werror>)
endif()
