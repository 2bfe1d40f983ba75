import { findUnits } from "../../../operations/units/find-units.ts";
import { unitStatus } from "../../../operations/units/unit-status.ts";
import { statusView } from "../../../operations/views/units/status.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { renderStatus } from "../../view/units/unit-status.ts";

export const usage = {
  details:
    "One screen: exit and proof, tier, what is reachable beside the proxy, lease, heartbeat, traffic, restarts with their reasons, the exits that come next, log and launcher. Traffic is what the relay of this run counted.",
  examples: ["launch status alice", "launch status 'fut-*' --json"],
  operands: [
    { name: "names", help: "Accounts and collectors, by name or pattern ('fut-*').", arity: "many" },
  ],
  flags: { all: { kind: "toggle", help: "Every account and every collector." } },
} as const satisfies CommandUsage;

/** Gives back all that is known of each. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { args, flags } = context;
  const workspace = await context.openWorkspace();
  const { config } = workspace;
  const [operator, { openReach }, { logFileOf }] = await Promise.all([
    workspace.openOperator(),
    import("../../../compose/operators/reach-launchers.ts"),
    import("../../../config/load/units.ts"),
  ]);
  const words = { names: args.names, isAll: flags.all };
  const units = await findUnits(operator.store, words, Object.keys(config.collectors));
  const reach = openReach(workspace);
  const order = config.selection.order;
  const statuses = await Promise.all(units.map((unit) => unitStatus(operator, reach, unit, order)));
  const logOf = ({ unit, snapshot }: (typeof statuses)[number]) =>
    snapshot?.logFile ?? logFileOf(config, unit.kind, unit.name);
  return {
    data: statusView(statuses, logOf),
    text: (style) => statuses.map((status) => renderStatus(status, logOf(status), style)).join("\n\n"),
  };
}
