# Configures and builds the fuzz project. In: SOURCE, BUILD, ROOT, CLANG, GENERATED (lexer and parser of the main build).
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja -DCMAKE_CXX_COMPILER=${CLANG} -DCMAKE_BUILD_TYPE=None
    -DDUET_ROOT=${ROOT} -DDUET_GENERATED=${GENERATED}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
