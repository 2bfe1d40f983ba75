import { requireRetirable } from "../../../operations/keys/list-keys.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Refused for the newest key, and while a credential is still sealed with the key.",
  examples: ["launch keys retire 1a2b3c4d"],
};

/** What the command takes. */
export const args = {
  operands: [{ name: "key", help: "The key's id, or its beginning.", arity: "one" }],
  flags: {},
} as const satisfies CommandArgs;

/** Takes the key out of the key file. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const keyId = await requireRetirable(await workspace.openOperator(), context.args.key);
  await workspace.keyring.remove(keyId);
  return {
    data: { version: 1, retired: keyId },
    notes: [`Key ${keyId} was removed from ${workspace.keyring.place}.`],
  };
}
