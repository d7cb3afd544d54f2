#include "nn/schedules/constant.h"

namespace forknet::nn {
namespace {

class Constant final : public ScheduleKind {
 public:
  std::string_view name() const override { return "constant"; }
  double rate(double lr, std::uint64_t /*done*/, std::uint64_t /*planned*/,
              const Settings& /*settings*/) const override {
    return lr;
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> constant_schedule() { return std::make_unique<Constant>(); }

}  // namespace forknet::nn
