import type { LaunchConfig } from "../../config/launch-config.ts";
import { type DeclaredUnits, declaredUnits } from "../../config/load/declared-units.ts";
import { ConfigError } from "../../errors.ts";
import { orderProblem, waitedFor } from "../../policy/desk/start-order.ts";
import type { Store } from "../../ports/store/store.ts";

export type { DeclaredUnits } from "../../config/load/declared-units.ts";

/**
 * The units that a launcher of many would keep, of all that launch.yaml and the database name: those given, and what they wait for. Throws UsageError
 * for a name that is none or two, and ConfigError LAUNCH_CONFIG_INVALID for units that wait for nothing or for one another.
 */
export async function planDesk(
  config: LaunchConfig,
  openStore: () => Promise<Pick<Store, "accounts">>,
  names: readonly string[],
): Promise<DeclaredUnits> {
  const accounts = (await (await openStore()).accounts.list()).map(({ name }) => name);
  const all = declaredUnits(config, accounts, []);
  const problem = orderProblem([...all.units, ...all.refused.map(unknownUnit)]);
  if (problem !== undefined)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${config.file ?? "launch.yaml"}: ${problem}.`, {
      hint: "Mend `after` in launch.yaml.",
    });
  if (names.length === 0) return all;
  const named = declaredUnits(config, accounts, names);
  return declaredUnits(config, accounts, names, waitedFor(named.units, all.units));
}

// What cannot run as it is declared is a name that others may wait for all the same.
function unknownUnit({
  kind,
  name,
}: DeclaredUnits["refused"][number]): Parameters<typeof orderProblem>[0][number] {
  return { unit: { kind, name }, care: { after: [] } };
}
