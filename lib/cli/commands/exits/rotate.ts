import { errorCatalogue } from "../../../errors.ts";
import { findUnits } from "../../../operations/units/find-units.ts";
import { type Rotation, rotateUnits } from "../../../operations/units/rotate-account.ts";
import { rotationsView } from "../../../operations/views/requests.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { tookWords } from "../../view/ages.ts";

export const usage = {
  details:
    "The launcher of each bot, on any host, proves another exit before it leaves the present one; nothing is held against the one that is left, and no budget of switches is asked. Ends with 1 if one of them does not move. A pattern and --all mean the bots that run.",
  examples: ["launch rotate alice --wait", "launch rotate alice 'fut-*'", "launch rotate --all"],
  operands: [{ name: "names", help: "Accounts, by name or pattern ('fut-*').", arity: "many" }],
  flags: {
    all: { kind: "toggle", help: "Every bot that runs." },
    wait: { kind: "toggle", help: "Wait for the answer of a launcher on another host too." },
  },
} as const satisfies CommandUsage;

/** Asks for the switches, all at once. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { args, flags, io } = context;
  const workspace = await context.openWorkspace();
  const [operator, { openReach }] = await Promise.all([
    workspace.openOperator(),
    import("../../../compose/operators/reach-launchers.ts"),
  ]);
  // A mistyped name must not show only after the others have moved.
  const words = { names: args.names, isAll: flags.all, preferred: "bot" } as const;
  const collectors = Object.keys(workspace.config.collectors);
  const units = await findUnits(operator.store, words, collectors);
  const progress = await io.progress(`Waiting for ${flags.all ? "all bots" : args.names.join(", ")}`);
  const wish = { words: args.names, isAwaited: flags.wait };
  const rotations = await rotateUnits(operator, openReach(workspace), units, wish).finally(() =>
    progress.done(),
  );
  return {
    data: rotationsView(rotations),
    ...(rotations.length === 0
      ? { notes: ["None of these bots runs, so none has an exit to leave."] }
      : { text: () => rotations.map(sentenceOf).join("\n") }),
    exitStatus: rotations.every(({ outcome }) => outcome === "done" || outcome === "asked")
      ? 0
      : errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus,
  };
}

function sentenceOf({ accountName, text, tookMs }: Rotation): string {
  return `${accountName}: ${text}${tookWords(tookMs)}`;
}
