import { requireRetirable } from "../../../operations/keys/list-keys.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details: "Refused for the newest key, and while a credential is still sealed with the key.",
  examples: ["launch keys retire 1a2b3c4d"],
  operands: [{ name: "key", help: "The key's id, or its beginning.", arity: "one" }],
} as const satisfies CommandUsage;

/** Takes the key out of the key file. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const keyId = await requireRetirable(await workspace.openOperator(), context.args.key);
  await workspace.keyring.remove(keyId);
  return {
    data: { version: 1, retired: keyId },
    notes: [`Key ${keyId} was removed from ${workspace.keyring.place}.`],
  };
}
