import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import { removeProxy } from "../../../operations/proxies/change-proxy.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { warnOf } from "../../terminal/consequences.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details: "Also removes its assignments; its history stays. Refused while a bot uses it.",
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: {
    force: { kind: "toggle", help: "Remove it even while a bot uses it; the bot moves at its next renewal." },
  },
} as const satisfies CommandUsage;

/** Removes the proxy. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  warnOf(context.io, await consequencesOfLoss(operator, context.args.label));
  const removal = { label: context.args.label, force: context.flags.force };
  const { proxy, assignments } = await removeProxy(operator, workspace.processes, removal);
  return {
    data: { version: 1, removed: proxy.label, assignments },
    notes: [
      `Proxy ${proxy.label} was removed with ${assignments} assignment${assignments === 1 ? "" : "s"}.`,
    ],
  };
}
