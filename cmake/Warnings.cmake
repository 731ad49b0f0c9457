# Warnings for our own code; errors if MOBILENET_WERROR is on, as in continuous integration.
option(MOBILENET_WERROR "Treat warnings as errors" OFF)

add_library(mobilenet_warnings INTERFACE)
target_compile_options(mobilenet_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Wundef
  # GCC 12 reports overlapping copies in the standard library's own string concatenation (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${MOBILENET_WERROR}>:-Werror>)
