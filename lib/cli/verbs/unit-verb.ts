import { wordsApart } from "../../domain/text/unit-word.ts";
import { errorCatalogue } from "../../errors.ts";
import { findUnits } from "../../operations/units/find-units.ts";
import { type Operated, type OperatedVerb, operateUnits } from "../../operations/units/operate-units.ts";
import { operatedView } from "../../operations/views/requests.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { tookWords } from "../view/ages.ts";

/** What `stop`, `start` and `restart` take. */
export const unitVerbUsage = {
  operands: [
    { name: "names", help: "Accounts and collectors, by name or pattern ('fut-*').", arity: "many" },
  ],
  flags: {
    all: { kind: "toggle", help: "Every account and every collector." },
    wait: { kind: "toggle", help: "Wait for the answer of a launcher on another host too." },
  },
} as const satisfies CommandUsage;

/** Carries the verb out for everything that was named, at once. */
export async function runUnitVerb(
  context: Context<typeof unitVerbUsage>,
  verb: OperatedVerb,
): Promise<Outcome> {
  const { args, flags, io } = context;
  const workspace = await context.openWorkspace();
  const [operator, { openReach }] = await Promise.all([
    workspace.openOperator(),
    import("../../compose/operators/reach-launchers.ts"),
  ]);
  const declared = Object.keys(workspace.config.collectors);
  const units = await findUnits(operator.store, { names: args.names, isAll: flags.all }, declared);
  const many = units.length === 1 ? (units[0]?.name ?? "") : `${units.length} bots and collectors`;
  const progress = await io.progress(`Asking ${many} to ${verb}`);
  let settled = 0;
  const operated = await operateUnits(operator, openReach(workspace), units, {
    verb,
    isAwaited: flags.wait,
    onSettled() {
      settled += 1;
      progress.update(`${settled} of ${units.length} ${pastOf[verb]}`);
    },
  }).finally(() => progress.done());
  return {
    data: operatedView(verb, operated),
    text: () => {
      const wordOf = wordsApart(units);
      return operated.map((each) => `${wordOf(each.unit)}: ${sentenceOf(each)}`).join("\n");
    },
    exitStatus: operated.every(({ outcome }) => outcome === "done" || outcome === "asked")
      ? 0
      : errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus,
  };
}

const pastOf: Readonly<Record<OperatedVerb, string>> = {
  stop: "stopped",
  start: "started",
  restart: "restarted",
};

function sentenceOf({ text, outcome, tookMs }: Operated): string {
  return `${text}${outcome === "done" ? tookWords(tookMs) : ""}`;
}
