import { wordsApart } from "../../../domain/text/unit-word.ts";
import { errorCatalogue, UsageError } from "../../../errors.ts";
import { type CheckedUnit, checkEverywhere, checkUnits } from "../../../operations/units/check-units.ts";
import { readinessView } from "../../../operations/views/units/readiness.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Asks the launchers of this state folder, which answer within 2 s, and no database: fit for a probe of Kubernetes. With --wait also those of other hosts, through the database; they prove the exit again first. Ready is a bot that runs on a proven exit and shows life, and a collector that runs. Ends with 1 if one that was named is not, and with --all if no launcher answers.",
  examples: [
    "launch check alice",
    "launch check alice --live",
    "launch check --all --json",
    "launch check 'fut-*' --wait",
  ],
  operands: [
    { name: "names", help: "Accounts and collectors, by name or pattern ('fut-*').", arity: "many" },
  ],
  flags: {
    ready: { kind: "toggle", help: "It can be relied on now (the default)." },
    live: { kind: "toggle", help: "Its launcher answers; it may be waiting for an exit." },
    all: { kind: "toggle", help: "Everything that the launchers here have." },
    wait: { kind: "toggle", help: "Ask launchers of other hosts too, and wait for their answers." },
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
  const words = { names: args.names, isAll: flags.all };
  const here = await checkUnits(reachIn(config), words);
  const checked = flags.wait ? await everywhere(context, here) : here;
  // Of nothing everything would be true: a launcher that hangs answers for nothing.
  const isGood =
    checked.length > 0 && checked.every(({ isLive, isReady }) => (flags.live ? isLive : isReady));
  return {
    data: readinessView(checked),
    text: () =>
      checked.length === 0 ? "no launcher of this state folder answers" : linesOf(checked).join("\n"),
    exitStatus: isGood ? 0 : errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus,
  };
}

function linesOf(checked: readonly CheckedUnit[]): readonly string[] {
  const known = checked.flatMap(({ kind, name }) => (kind === undefined ? [] : [{ kind, name }]));
  const wordOf = wordsApart(known);
  return checked.map(
    ({ kind, name, text }) => `${kind === undefined ? name : wordOf({ kind, name })}: ${text}`,
  );
}

async function everywhere(
  context: Context<typeof usage>,
  here: readonly CheckedUnit[],
): Promise<readonly CheckedUnit[]> {
  const { args, flags, io } = context;
  const workspace = await context.openWorkspace();
  const [operator, { openReach }] = await Promise.all([
    workspace.openOperator(),
    import("../../../compose/operators/reach-launchers.ts"),
  ]);
  const progress = await io.progress("Asking the launchers of other hosts");
  const words = { names: args.names, isAll: flags.all, declared: Object.keys(workspace.config.collectors) };
  return await checkEverywhere(operator, openReach(workspace), here, words).finally(() => progress.done());
}
