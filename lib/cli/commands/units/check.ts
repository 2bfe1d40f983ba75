import { errorCatalogue, UsageError } from "../../../errors.ts";
import { checkUnits } from "../../../operations/units/check-units.ts";
import { readinessView } from "../../../operations/views/units/readiness.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "Asks the launchers of this state folder, which answer within 2 s, and no database: fit for a probe of Kubernetes. Ready is a bot that runs on a proven exit and shows life, and a collector that runs. Ends with 1 if one that was named is not.",
  examples: ["launch check alice", "launch check alice --live", "launch check --all --json"],
  operands: [
    { name: "names", help: "Accounts and collectors, by name or pattern ('fut-*').", arity: "many" },
  ],
  flags: {
    ready: { kind: "toggle", help: "It can be relied on now (the default)." },
    live: { kind: "toggle", help: "Its launcher answers; it may be waiting for an exit." },
    all: { kind: "toggle", help: "Everything that the launchers here have." },
  },
} as const satisfies CommandUsage;

/** Gives back how each stands. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { args, flags } = context;
  if (flags.ready && flags.live)
    throw new UsageError("LAUNCH_USAGE", "--live and --ready exclude each other.", {
      hint: "Give one of them.",
    });
  if (flags.all === args.names.length > 0)
    throw new UsageError("LAUNCH_USAGE", "Give either names or --all.", { hint: "`launch check alice`." });
  const [config, { reachIn }] = await Promise.all([
    context.loadConfig(),
    import("../../../compose/operators/reach-launchers.ts"),
  ]);
  const checked = await checkUnits(reachIn(config), { names: args.names, isAll: flags.all });
  const isGood = checked.every(({ isLive, isReady }) => (flags.live ? isLive : isReady));
  return {
    data: readinessView(checked),
    text: () => checked.map(({ name, text }) => `${name}: ${text}`).join("\n"),
    exitStatus: isGood ? 0 : errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus,
  };
}
