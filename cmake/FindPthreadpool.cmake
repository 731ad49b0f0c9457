# pthreadpool, which Debian packages without a CMake config: target Pthreadpool::Pthreadpool.
# With another XNNPACK than the system's comes its own.
include(FindPackageHandleStandardArgs)
include(${CMAKE_CURRENT_LIST_DIR}/XnnpackPrefix.cmake)
find_path(PTHREADPOOL_INCLUDE_DIR pthreadpool.h ${MOBILENET_XNNPACK_HINTS})
find_library(PTHREADPOOL_LIBRARY pthreadpool ${MOBILENET_XNNPACK_HINTS})
find_package_handle_standard_args(Pthreadpool
  REASON_FAILURE_MESSAGE "install libpthreadpool-dev"
  REQUIRED_VARS PTHREADPOOL_LIBRARY PTHREADPOOL_INCLUDE_DIR)
if(Pthreadpool_FOUND AND NOT TARGET Pthreadpool::Pthreadpool)
  add_library(Pthreadpool::Pthreadpool UNKNOWN IMPORTED)
  set_target_properties(Pthreadpool::Pthreadpool PROPERTIES
    IMPORTED_LOCATION ${PTHREADPOOL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${PTHREADPOOL_INCLUDE_DIR})
endif()
mark_as_advanced(PTHREADPOOL_INCLUDE_DIR PTHREADPOOL_LIBRARY)
