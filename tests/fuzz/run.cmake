# Runs the fuzzer for SECONDS. In: BUILD, ROOT, TOKENS (the grammar's list of words).
# New inputs are kept in BUILD/corpus, and a failing one in BUILD, so that the next run starts from them.
file(MAKE_DIRECTORY ${BUILD}/corpus ${BUILD}/seeds)
file(GLOB_RECURSE scripts ${ROOT}/algorithms/*.duet ${ROOT}/robots/*.duet ${ROOT}/tests/language/*.duet)
foreach(script IN LISTS scripts)
  file(RELATIVE_PATH name ${ROOT} ${script})
  string(REPLACE "/" "-" name ${name})
  configure_file(${script} ${BUILD}/seeds/${name} COPYONLY)
endforeach()

file(STRINGS ${TOKENS} lines REGEX "^'")
set(words "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^'(.*)'=[0-9]+$" "\\1" word "${line}")
  string(APPEND words "\"${word} \"\n")
endforeach()
file(WRITE ${BUILD}/words.txt "${words}")

# Containers that cross between our code and the libraries, which know nothing of the sanitizer, would be false alarms.
set(ENV{ASAN_OPTIONS} detect_container_overflow=0:detect_leaks=0)
execute_process(
  COMMAND ${BUILD}/fuzz_front_end -max_total_time=${SECONDS} -max_len=4096 -timeout=10 -rss_limit_mb=3000
    -dict=${BUILD}/words.txt -artifact_prefix=${BUILD}/ -print_final_stats=1 ${BUILD}/corpus ${BUILD}/seeds
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the fuzzer found an input that fails: see ${BUILD}")
endif()
