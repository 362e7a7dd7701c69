#include "service/commands/capture.h"
#include "service/commands/changelog.h"
#include "service/commands/check.h"
#include "service/commands/command.h"
#include "service/commands/config.h"
#include "service/commands/control.h"
#include "service/commands/convert.h"
#include "service/commands/deliver.h"
#include "service/commands/demo.h"
#include "service/commands/dlq.h"
#include "service/commands/explain.h"
#include "service/commands/index.h"
#include "service/commands/inspect.h"
#include "service/commands/purge.h"
#include "service/commands/rebuild.h"
#include "service/commands/validate.h"
#include "service/commands/verify.h"

namespace sluice::service {

const std::vector<AddCommand>& Commands() {
  static const std::vector<AddCommand> commands = {
      AddIndex,  AddCapture,  AddChangelog, AddRun,     AddDeliver, AddControl,
      AddCheck,  AddValidate, AddConfig,    AddConvert, AddInspect, AddExplain,
      AddVerify, AddDlq,      AddPurge,     AddRebuild, AddDemo};
  return commands;
}

}  // namespace sluice::service
