# make demo    install what is missing, build, learn a small robot and draw its learning curve
# make test    install what is missing, build everything, run every test
# make duet    the command alone
# make build | bench | pictures | algorithms-page | format | clean

BUILD ?= build
JOBS ?= $(shell nproc)
CMAKE_FLAGS ?=
DEMO_OUT ?= runs/demo

ROOMS := $(wildcard CMakeLists.txt tests/CMakeLists.txt */*/CMakeLists.txt tests/*/*/CMakeLists.txt)

.PHONY: all install build duet demo test bench pictures algorithms-page format clean
all: build

install:
	@.ci/install

$(BUILD)/build.ninja: $(ROOMS) | install
	cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS)

build: install $(BUILD)/build.ninja
	cmake --build $(BUILD) -j $(JOBS)

# The command alone, without the tests.
duet: install $(BUILD)/build.ninja
	cmake --build $(BUILD) -j $(JOBS) --target duet

demo: duet
	$(BUILD)/duet run algorithms/m_demorl_pendulum.duet --robot inverted_double_pendulum --steps 5000 --seed 1 --out $(DEMO_OUT)
	$(BUILD)/duet eval $(DEMO_OUT) --episodes 10 --seed 7
	$(BUILD)/duet plot $(DEMO_OUT) -o $(DEMO_OUT)/curve.png
	$(BUILD)/duet plot $(DEMO_OUT) -o $(DEMO_OUT)/curve.svg

test: build
	@ctest --test-dir $(BUILD) --output-on-failure

# LibTorch, to which we compare, shall have the best kernels that OpenBLAS knows for this processor.
bench: build
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_WAIT_POLICY=passive cmake --build $(BUILD) -j $(JOBS) --target bench

# One small picture of each robot that looks like itself, for docs/robots.md.
pictures: duet
	for picture in docs/robots/*.png; do \
	  $(BUILD)/duet render $$(basename $$picture .png) -o $$picture --frames 1 --size 240x180 --steps 20 --policy zero || exit 1; \
	done

# The page that docs_test holds against the scripts.
algorithms-page: duet
	$(BUILD)/duet algorithms --markdown > docs/algorithms.md

format:
	@command -v clang-format >/dev/null || { echo "make format needs clang-format (apt-get install clang-format)" >&2; exit 1; }
	find compiler runtime tests \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 -r clang-format -i

clean:
	rm -rf $(BUILD)
