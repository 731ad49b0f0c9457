# XNNPACK, which Debian packages without a CMake config: target XNNPACK::XNNPACK, and XNNPACK_HAS_RESHAPE, which
# distinguishes its two API generations: create/setup/run (Debian 12) and create/reshape/setup/run (Debian 13).
# If the prefix MOBILENET_XNNPACK is set, the XNNPACK there is used.
include(FindPackageHandleStandardArgs)
include(${CMAKE_CURRENT_LIST_DIR}/XnnpackPrefix.cmake)
find_path(XNNPACK_INCLUDE_DIR xnnpack.h ${MOBILENET_XNNPACK_HINTS})
find_library(XNNPACK_LIBRARY XNNPACK ${MOBILENET_XNNPACK_HINTS})
find_package_handle_standard_args(XNNPACK
  REASON_FAILURE_MESSAGE "install libxnnpack-dev, libpthreadpool-dev and libcpuinfo-dev"
  REQUIRED_VARS XNNPACK_LIBRARY XNNPACK_INCLUDE_DIR)
if(XNNPACK_FOUND AND NOT TARGET XNNPACK::XNNPACK)
  add_library(XNNPACK::XNNPACK UNKNOWN IMPORTED)
  set_target_properties(XNNPACK::XNNPACK PROPERTIES
    IMPORTED_LOCATION ${XNNPACK_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${XNNPACK_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES Pthreadpool::Pthreadpool)
  # Of a static library, which does not name what it needs.
  foreach(name microkernels-prod cpuinfo)
    string(MAKE_C_IDENTIFIER XNNPACK_${name}_LIBRARY variable)
    find_library(${variable} ${name} ${MOBILENET_XNNPACK_HINTS})
    mark_as_advanced(${variable})
    if(XNNPACK_LIBRARY MATCHES "[.]a$" AND ${variable})
      target_link_libraries(XNNPACK::XNNPACK INTERFACE ${${variable}})
    endif()
  endforeach()
  file(STRINGS ${XNNPACK_INCLUDE_DIR}/xnnpack.h XNNPACK_RESHAPE_DECLARATIONS
    REGEX "xnn_reshape_convolution2d_nhwc_f32")
  if(XNNPACK_RESHAPE_DECLARATIONS)
    set(XNNPACK_HAS_RESHAPE TRUE)
  else()
    set(XNNPACK_HAS_RESHAPE FALSE)
  endif()
endif()
mark_as_advanced(XNNPACK_INCLUDE_DIR XNNPACK_LIBRARY)
