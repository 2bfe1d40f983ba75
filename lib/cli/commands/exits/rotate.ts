import { errorCatalogue, UsageError } from "../../../errors.ts";
import { requireAccount } from "../../../operations/find-by-name.ts";
import { type Rotation, rotateAccount } from "../../../operations/units/rotate-account.ts";
import { rotationsView } from "../../../operations/views/requests.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { tookWords } from "../../view/ages.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "The launcher of each bot, on any host, proves another exit before it leaves the present one; nothing is held against the one that is left, and no budget of switches is asked. Ends with 1 if one of them does not move.",
  examples: ["launch rotate alice --wait", "launch rotate alice bob"],
  operands: [{ name: "names", help: "The accounts' names.", arity: "many" }],
  flags: {
    wait: { kind: "toggle", help: "Wait for the answer of a launcher on another host too." },
  },
} as const satisfies CommandUsage;

/** Asks for the switches, all at once. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { args, flags, io } = context;
  const names = [...new Set(args.names)];
  if (names.length === 0)
    throw new UsageError("LAUNCH_USAGE", "No account was named.", {
      hint: "Name those whose bots are to move: `launch rotate alice`.",
    });
  const workspace = await context.openWorkspace();
  const [operator, { openReach }] = await Promise.all([
    workspace.openOperator(),
    import("../../../compose/operators/reach-launchers.ts"),
  ]);
  const reach = openReach(workspace);
  // A mistyped name must not show only after the others have moved.
  for (const name of names) await requireAccount(operator.store, name);
  const progress = await io.progress(`Waiting for ${names.join(", ")}`);
  const rotations = await Promise.all(
    names.map((accountName) => rotateAccount(operator, reach, { accountName, isAwaited: flags.wait })),
  ).finally(() => progress.done());
  return {
    data: rotationsView(rotations),
    text: () => rotations.map(sentenceOf).join("\n"),
    exitStatus: rotations.every(({ outcome }) => outcome === "done" || outcome === "asked")
      ? 0
      : errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus,
  };
}

function sentenceOf({ accountName, text, tookMs }: Rotation): string {
  return `${accountName}: ${text}${tookWords(tookMs)}`;
}
