// The functions of include/forknet/config.h.
#include <forknet/config.h>

#include "settings/resolve.h"
#include "settings/rules.h"
#include "settings/schema.h"

namespace forknet {

Result<Config> load_config(const std::string& path) {
  FORKNET_ASSIGN(run::Resolved resolved, run::resolve_file(path, {}));
  return std::move(resolved.config);
}

Status validate(const Config& config) {
  for (const run::Key& key : run::schema()) {
    if (!key.built()) continue;
    if (key.path == "data.train" && config.data.train.absent()) continue;
    if (auto problem = run::check_value(key, key.accessor.get(config))) {
      return run::point_at("config", "", *problem);
    }
  }
  if (auto violation = run::check_rules(config)) {
    return run::point_at("config", "", violation->problem);
  }
  return {};
}

}  // namespace forknet
