import { removeProxy } from "../../../operations/proxies/change-proxy.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Also removes its assignments; its history stays. Refused while a bot uses it.",
};

/** What the command takes. */
export const args = {
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: {
    force: { kind: "toggle", help: "Remove it even while a bot uses it; the bot moves at its next renewal." },
  },
} as const satisfies CommandArgs;

/** Removes the proxy. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const removal = { label: context.args.label, force: context.flags.force };
  const { proxy, assignments } = await removeProxy(operator, workspace.processes, removal);
  return {
    data: { version: 1, removed: proxy.label, assignments },
    notes: [
      `Proxy ${proxy.label} was removed with ${assignments} assignment${assignments === 1 ? "" : "s"}.`,
    ],
  };
}
