import { reviveAssignment } from "../../operations/assignments/change-assignment.ts";
import { obstaclesTo } from "../../operations/assignments/obstacles.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "Ends a demotion, a cooldown or a burn at once and forgets its failures. If the proxy itself cannot be used (disabled, drifted, not answering), that stays; the output says what ends it.",
  examples: ["launch revive alice fra-1"],
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
} as const satisfies CommandUsage;

/** Brings the assignment back. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: account, proxyLabel: proxy };
  await reviveAssignment(operator, pairing);
  const obstacles = await obstaclesTo(operator, pairing);
  const isUsable = obstacles.length === 0;
  const notes = isUsable
    ? [`${account} may use ${proxy} again.`]
    : [
        `${proxy} was revived for ${account}, but cannot be used yet:`,
        ...obstacles.map(({ message, fix }) => `${message} ${fix}`),
      ];
  return { data: { version: 1, account, proxy, usable: isUsable, obstacles }, notes };
}
