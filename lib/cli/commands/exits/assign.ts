import { assignProxy } from "../../../operations/assignments/change-assignment.ts";
import { listAccountExits } from "../../../operations/exits/account-exits.ts";
import { assignmentView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details: "Run it again to change the priority. A new priority never moves a running bot.",
  examples: ["launch assign alice fra-2", "launch assign alice fra-2 --priority 1"],
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: {
    priority: {
      kind: "count",
      value: "number",
      help: "Lower is preferred; by default it comes after the others.",
    },
  },
} as const satisfies CommandUsage;

/** Lets the account use the proxy. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: account, proxyLabel: proxy };
  const assignment = await assignProxy(operator, pairing, context.flags.priority);
  const { exits, registered } = await listAccountExits(operator, account);
  const exit = exits.find((each) => each.proxyLabel === proxy);
  const list = [...registered, exit?.exitIp].join(",");
  if (exit?.isRegistered === false)
    context.io.warn(
      exit.exitIp === undefined
        ? `note: ${account} has a list of registered exits, and nobody knows the exit of ${proxy} yet: run \`launch proxy check ${proxy}\`.`
        : `note: ${proxy} leaves from ${exit.exitIp}, which is not registered for ${account}: it is never used until you register it and run \`launch account edit ${account} --registered ${list}\`.`,
    );
  return {
    data: { version: 1, account, assignment: assignmentView(assignment, proxy) },
    notes: [`${account} may use ${proxy} at priority ${assignment.priority}.`],
  };
}
