# XNNPACK, which Debian packages without a CMake config: target XNNPACK::XNNPACK, and XNNPACK_HAS_RESHAPE, which
# tells its two API generations apart: create/setup/run (Debian 12) and create/reshape/setup/run (Debian 13).
include(FindPackageHandleStandardArgs)
find_path(XNNPACK_INCLUDE_DIR xnnpack.h)
find_library(XNNPACK_LIBRARY XNNPACK)
find_package_handle_standard_args(XNNPACK
  REASON_FAILURE_MESSAGE "install libxnnpack-dev, libpthreadpool-dev and libcpuinfo-dev"
  REQUIRED_VARS XNNPACK_LIBRARY XNNPACK_INCLUDE_DIR)
if(XNNPACK_FOUND AND NOT TARGET XNNPACK::XNNPACK)
  add_library(XNNPACK::XNNPACK UNKNOWN IMPORTED)
  set_target_properties(XNNPACK::XNNPACK PROPERTIES
    IMPORTED_LOCATION ${XNNPACK_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${XNNPACK_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES Pthreadpool::Pthreadpool)
  file(STRINGS ${XNNPACK_INCLUDE_DIR}/xnnpack.h XNNPACK_RESHAPE_DECLARATIONS
    REGEX "xnn_reshape_convolution2d_nhwc_f32")
  if(XNNPACK_RESHAPE_DECLARATIONS)
    set(XNNPACK_HAS_RESHAPE TRUE)
  else()
    set(XNNPACK_HAS_RESHAPE FALSE)
  endif()
endif()
mark_as_advanced(XNNPACK_INCLUDE_DIR XNNPACK_LIBRARY)
