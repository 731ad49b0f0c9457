# What an ELF file of any architecture needs, according to binutils' readelf (nothing is run), and which of Debian's
# packages provides it.
cmake_policy(VERSION 3.25)

# The names of the shared libraries that FILE is linked with: libc.so.6 libjpeg.so.62 ...
function(needed_libraries readelf file result)
  execute_process(COMMAND ${readelf} --dynamic --wide ${file} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*\\[[^\n]*\\]" lines "${text}")
  list(TRANSFORM lines REPLACE ".*\\[(.*)\\]" "\\1")
  set(${result} ${lines} PARENT_SCOPE)
endfunction()

# The name by which programs are linked with a library: libtiff.so.6 for libtiff.so.
function(shared_library_name readelf file result)
  execute_process(COMMAND ${readelf} --dynamic --wide ${file} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "\\(SONAME\\)[^\n]*\\[([^\n]*)\\]" line "${text}")
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

# The oldest version of glibc that FILES can use: 2.34.
function(glibc_floor readelf files result)
  execute_process(COMMAND ${readelf} --version-info --wide ${files} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "GLIBC_[0-9.]+" versions "${text}")
  list(REMOVE_DUPLICATES versions)
  list(SORT versions COMPARE NATURAL ORDER DESCENDING)
  list(GET versions 0 newest)
  string(REPLACE "GLIBC_" "" newest "${newest}")
  set(${result} ${newest} PARENT_SCOPE)
endfunction()

# The dependency of a Debian package that needs a library: the library's package in the installed version, or newer,
# without Debian's revision, which differs between architectures and rebuilds.
function(dependency_on_library sysroot triple library result)
  package_of_library("${sysroot}" ${triple} ${library} package)
  execute_process(COMMAND dpkg-query --admindir=${sysroot}/var/lib/dpkg --show "--showformat=\${Version}" ${package}
    OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "-[^-]*$" "" version "${version}")
  set(${result} "${package} (>= ${version})" PARENT_SCOPE)
endfunction()

# The package of a library, according to the dpkg of SYSROOT (empty: this machine).
function(package_of_library sysroot triple library result)
  execute_process(COMMAND dpkg-query --admindir=${sysroot}/var/lib/dpkg --search */${triple}/${library}
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE ":.*" "" package "${text}")
  set(${result} ${package} PARENT_SCOPE)
endfunction()
