// meta.json: what a run ran on (host, CPU, build of the program) and the digests of its data, so
// that a resume can tell other data (refused) from another machine (noted).
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "session/prepare.h"

namespace forknet::run {

// `init_from`: the file of the first weights; `config`: of the settings; or nothing.
[[nodiscard]] std::string meta_json(const Prepared& prepared,
                                    const std::optional<std::string>& init_from,
                                    const std::optional<std::string>& config = {});

// The folder that the run was started in, from which relative paths count; empty: not known.
[[nodiscard]] std::string started_in(const std::string& stored);

// Digests (XXH3-128) of what config.resolved.toml may hold: of the text that was written last, and
// while that is being replaced of both texts. Empty: of a version that did not keep them.
[[nodiscard]] std::vector<std::string> config_digests(const std::string& stored);
[[nodiscard]] std::string with_config_digests(const std::string& stored,
                                              const std::vector<std::string>& digests);

// The digests of all its data sets.
[[nodiscard]] std::vector<std::string> data_digests(const std::string& stored);

// What is wrong with a stored meta.json, in a few words; empty: it can be used.
[[nodiscard]] std::string fault_of_meta(const std::string& stored);

// True: the run's first weights came from a file, so that it cannot begin anew from its settings.
[[nodiscard]] bool had_init(const std::string& stored);

// Compares a stored meta.json with today's. Other data: an Error (data). Notes: what else differs.
[[nodiscard]] Result<std::vector<std::string>> compare_meta(const std::string& stored,
                                                            const Prepared& prepared,
                                                            const std::string& name);

}  // namespace forknet::run
